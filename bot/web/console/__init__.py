"""The console: doctors, content staff, operators. One module per noun."""

from bot.web.console import delivery, entries, questions, start, suspensions
from bot.web.console.room import blueprint
from bot.web.console.session import load, rest

__all__ = ["blueprint", "delivery", "entries", "load", "questions", "rest", "start", "suspensions"]
