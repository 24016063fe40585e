"""Hand on the questions that are late, and send answers once more that nobody has opened."""

from __future__ import annotations

from bot import wiring
from bot.services import desk_delivery, desk_overdue


def run() -> int:
    ports = wiring.ports()
    return desk_overdue.sweep(ports) + desk_delivery.remind(ports)
