"""Confirm what was paid, close what was not, ask about what is open, send money back."""

from __future__ import annotations

from bot import wiring
from bot.services import paid_holds


def run() -> int:
    return paid_holds.tick(wiring.ports())
