"""Answer what web left open: a worker that died, a part that was down."""

from __future__ import annotations

from bot import wiring
from bot.services import messages


def run() -> int:
    return messages.sweep(wiring.ports())
