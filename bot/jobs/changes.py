"""Hear what happened at the hospitals: numbers that the desk gave away, clinics that were called off, reports."""

from __future__ import annotations

from bot import wiring
from bot.services import news


def run() -> int:
    return news.hear(wiring.ports())
