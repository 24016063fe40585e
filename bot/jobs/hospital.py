"""Demo only: the hospital's own staff. Schedules are extended and patients called, by the calls a desk makes."""

from __future__ import annotations

from bot import wiring


def schedules() -> None:
    wiring.demo_hospital().extend()


def calls() -> None:
    wiring.demo_hospital().tick()
