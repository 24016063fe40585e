"""The embedded hospital's tables: its own metadata, no connection to Peizhen's. Moments are naive UTC."""

from __future__ import annotations

from bot.his.embedded.tables.base import metadata
from bot.his.embedded.tables.directory import department, doctor, hospital, price
from bot.his.embedded.tables.papers import bill, bill_item, observation, prescription, prescription_item, report
from bot.his.embedded.tables.schedule import closing, rota, scheduled_day, session, slot
from bot.his.embedded.tables.visits import appointment, call, change, check_in, patient

__all__ = [
    "appointment",
    "bill",
    "bill_item",
    "call",
    "change",
    "check_in",
    "closing",
    "department",
    "doctor",
    "hospital",
    "metadata",
    "observation",
    "patient",
    "prescription",
    "prescription_item",
    "price",
    "report",
    "rota",
    "scheduled_day",
    "session",
    "slot",
]
