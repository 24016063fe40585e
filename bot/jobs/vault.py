"""Forget personal values, codes, text messages and counters whose time is over."""

from __future__ import annotations

from bot import wiring
from bot.services import codes, quotas, sms_twin, texts, vault


def run() -> int:
    ports = wiring.ports()
    return sum(room.purge(ports) for room in (vault, codes, texts, sms_twin, quotas))
