"""The console: doctors, content staff, operators. One module per noun."""

from bot.web.console import (
    alarms,
    broadcast_steps,
    broadcasts,
    delivery,
    entries,
    handoffs,
    insight,
    questions,
    review,
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
    "handoffs",
    "insight",
    "load",
    "questions",
    "rest",
    "review",
    "start",
    "suspensions",
    "unclear",
    "visits",
]
