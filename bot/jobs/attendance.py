"""Learn what became of visits of days that are over, and suspend whoever missed too many."""

from __future__ import annotations

from bot import wiring
from bot.services import attendance, crowding, operations, suspensions


def run() -> int:
    ports = wiring.ports()
    learnt = attendance.learn(ports)
    operations.forget(ports)
    crowding.forget(ports)
    return learnt + suspensions.judge(ports)
