"""End the talks with a person in which nobody says anything any more."""

from __future__ import annotations

from bot import wiring
from bot.services import handoff_ends


def run() -> int:
    return handoff_ends.sweep(wiring.ports())
