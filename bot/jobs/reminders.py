"""Remind of visits that come, and ask after those that were."""

from __future__ import annotations

from bot import wiring
from bot.services import reminders


def run() -> int:
    return reminders.remind(wiring.ports())
