"""The console: doctors, content staff, operators. One module per noun."""

from bot.web.console import (
    alarms,
    broadcast_steps,
    broadcasts,
    delivery,
    entries,
    entry_merging,
    entry_steps,
    entry_versions,
    handoffs,
    importing,
    missed,
    questions,
    signing,
    start,
    suspensions,
    unclear,
    visits,
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
    "entry_merging",
    "entry_steps",
    "entry_versions",
    "handoffs",
    "importing",
    "load",
    "missed",
    "questions",
    "rest",
    "signing",
    "start",
    "suspensions",
    "unclear",
    "visits",
]
