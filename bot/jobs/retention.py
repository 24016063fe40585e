"""Delete what its time is over for."""

from __future__ import annotations

from bot import wiring
from bot.services import retention


def run() -> dict[str, int]:
    return retention.purge(wiring.ports())
