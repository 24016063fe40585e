"""Learn what became of visits, suspend whoever missed too many, and hear what the hospital's desk gave away."""

from __future__ import annotations

from bot import wiring
from bot.services import attendance, crowding, operations, suspensions


def run() -> int:
    """The past: visits of days that are over."""
    ports = wiring.ports()
    learnt = attendance.learn(ports)
    operations.forget(ports)
    crowding.forget(ports)
    return learnt + suspensions.judge(ports)


def news() -> int:
    """The present: numbers that no longer stand at the hospital."""
    return attendance.hear(wiring.ports())
