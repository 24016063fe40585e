"""The console: doctors, content staff, operators. One module per noun."""

from bot.web.console import (
    alarms,
    broadcast_steps,
    broadcasts,
    delivery,
    entries,
    handoffs,
    questions,
    start,
    suspensions,
    unclear,
    visits,
    voice,
)
from bot.web.console.room import blueprint
from bot.web.console.session import load, rest

__all__ = [
    "alarms",
    "blueprint",
    "broadcast_steps",
    "broadcasts",
    "delivery",
    "entries",
    "handoffs",
    "load",
    "questions",
    "rest",
    "start",
    "suspensions",
    "unclear",
    "visits",
    "voice",
]
