"""Offer free places to those who wait for them."""

from __future__ import annotations

from bot import wiring
from bot.services import waitlist_filling


def run() -> int:
    return waitlist_filling.tick(wiring.ports())
