"""The console: doctors, content staff, operators. One module per noun."""

from bot.web.console import (
    accounts,
    alarms,
    broadcast_steps,
    broadcasts,
    delivery,
    entries,
    handoffs,
    own_account,
    questions,
    start,
    suspensions,
    trail,
    unclear,
    visits,
)
from bot.web.console.room import blueprint
from bot.web.console.session import load

__all__ = [
    "accounts",
    "alarms",
    "blueprint",
    "broadcast_steps",
    "broadcasts",
    "delivery",
    "entries",
    "handoffs",
    "load",
    "own_account",
    "questions",
    "start",
    "suspensions",
    "trail",
    "unclear",
    "visits",
]
