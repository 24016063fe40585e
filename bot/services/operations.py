"""Not faster than a hand: booking operations counted per person and per patient within a minute of the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.booking import Operation
from bot.errors import Refused
from bot.ports import Ports


def count(ports: Ports, session: Session, *, person_id: int, patient_id: str, key: str) -> None:
    """Count one operation in the caller's transaction; the same key counts once.

    Raises Refused('too_fast'); nothing is changed then. Each of the minute's operations takes a place of its own name,
    so that two at once cannot be the same one.
    """
    now, rules = ports.now(), ports.rules
    limits = (
        (f"person:{person_id}", rules["operations_per_minute"]),
        (f"patient:{patient_id}", rules["patient_operations_per_minute"]),
    )
    for who, most in limits:
        if not _take(session, f"{who}|{now:%Y%m%d%H%M}", most, operation=f"{who}|{key}", at=now):
            raise Refused("too_fast")


def forget(ports: Ports) -> int:
    """Delete what was counted long ago; gives how many rows went."""
    before = ports.now() - timedelta(minutes=ports.rules["operations_kept_minutes"])
    with ports.transaction() as session:
        done = session.execute(
            sa.delete(Operation).where(Operation.at < before).execution_options(synchronize_session=False)
        )
        return int(done.rowcount)


def _take(session: Session, name: str, most: int, **facts: Any) -> bool:
    """Take the first free place of the minute, from the first that nobody is seen to have; False = there is none."""
    places = [f"{name}|{n}" for n in range(most)]
    seen = session.scalar(sa.select(sa.func.count()).where(Operation.place.in_(places)))
    if any(insert_new(session, Operation, place=place, **facts) for place in places[seen:]):
        return True
    same = sa.select(Operation.id).where(Operation.operation == facts["operation"])
    return session.scalars(same).first() is not None
