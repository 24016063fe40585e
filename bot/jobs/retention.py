"""Delete what its time is over for."""

from __future__ import annotations

from bot import wiring
from bot.services import following, retention


def run() -> dict[str, int]:
    following.finish(wiring.ports())
    return retention.purge(wiring.ports())
