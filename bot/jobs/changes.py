"""Hear what happened at the hospitals: numbers that the desk gave away, clinics that were called off, reports."""

from __future__ import annotations

from bot import wiring
from bot.services import news
from bot.services import unheard as looked_after


def run() -> int:
    return news.hear(wiring.ports())


def unheard() -> int:
    """The same of hospitals that tell no news: one call a number, so seldom."""
    return looked_after.ask(wiring.ports())
