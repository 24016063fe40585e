"""Hear what happened at the hospital: clinics that were called off."""

from __future__ import annotations

from bot import wiring
from bot.services import stopping
from bot.services import unheard as looked_after


def run() -> int:
    return stopping.follow(wiring.ports())


def unheard() -> int:
    """The same of hospitals that tell no news: one call a number, so seldom."""
    return looked_after.ask(wiring.ports())
