"""Offer free places to those who wait for them."""

from __future__ import annotations

from bot import wiring
from bot.services import waitlist_offers


def run() -> int:
    return waitlist_offers.tick(wiring.ports())
