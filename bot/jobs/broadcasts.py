"""Carry approved articles and notices on."""

from __future__ import annotations

from bot import wiring
from bot.services import broadcast_sending


def run() -> int:
    return broadcast_sending.tick(wiring.ports())
