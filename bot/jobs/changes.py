"""Hear what happened at the hospital: clinics that were called off."""

from __future__ import annotations

from bot import wiring
from bot.services import stopping


def run() -> int:
    return stopping.follow(wiring.ports())
