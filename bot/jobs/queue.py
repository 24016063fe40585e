"""Tell waiting patients when their turn comes near, and learn how fast half days go."""

from __future__ import annotations

from bot import wiring
from bot.services import pace, queue_notices


def run() -> int:
    return queue_notices.watch(wiring.ports())


def learn() -> int:
    return pace.learn(wiring.ports())
