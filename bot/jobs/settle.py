"""Find out what became of bookings whose answer from the hospital was lost."""

from __future__ import annotations

from bot import wiring
from bot.services import booking


def run() -> int:
    return booking.settle_open(wiring.ports())
