"""Forget personal values whose time is over."""

from __future__ import annotations

from bot import wiring
from bot.services import vault


def run() -> int:
    return vault.purge(wiring.ports())
