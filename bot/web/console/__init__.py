"""The console: doctors, content staff, operators. One module per noun."""

from bot.web.console import (
    alarms,
    broadcast_steps,
    broadcasts,
    delivery,
    entries,
    handoffs,
    phrases,
    question_acts,
    questions,
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
    "load",
    "phrases",
    "question_acts",
    "questions",
    "rest",
    "start",
    "suspensions",
    "unclear",
    "visits",
]
