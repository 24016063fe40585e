"""Numbers of the past, as their holder may see them in a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.ports import Ports
from bot.services import access, masking

PAGE = 20  # numbers shown at once
LATEST = 3  # departments that one has been to
OVER = ("cancelled", "done", "missed")  # what was moved stands as another number; what was refused never was one
STOOD = ("booked", "stopped")  # of days gone by: the hospital has not said yet what became of them


@dataclass(frozen=True)
class Line:
    """One number in a list. `start` naive UTC, `day` the hospital's; states as in booking.Booking."""

    ref: str
    masked_name: str
    department_name: str
    doctor_name: str
    day: date
    start: datetime
    number: int | None
    state: str


@access.reads("bookings.list", why="own")
def past(ports: Ports, *, person_id: int, page: int = 1) -> tuple[list[Line], bool]:
    """(numbers that are over, newest first, whether there are more on the next page); `page` counts from 1."""
    today = clock.local(ports.now()).date()
    query = (
        sa.select(Booking, Card.name_sealed)
        .join(Card, sa.and_(Card.person_id == Booking.person_id, Card.patient_id == Booking.patient_id))
        .where(Booking.person_id == person_id, Card.active == 1)
        .where(sa.or_(Booking.state.in_(OVER), sa.and_(Booking.state.in_(STOOD), Booking.day < today)))
        .order_by(Booking.start.desc(), Booking.id.desc())
    )
    with ports.transaction() as session:
        rows = session.execute(query.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return [_line(ports, row, name) for row, name in rows[:PAGE]], len(rows) > PAGE


@access.reads("bookings.list", why="own")
def departments(ports: Ports, *, person_id: int, card_ref: str) -> list[str]:
    """Ids of the departments in which this card had numbers, the latest first, a few at most."""
    query = (
        sa.select(Booking.department_id)
        .join(Card, sa.and_(Card.person_id == Booking.person_id, Card.patient_id == Booking.patient_id))
        .where(Booking.person_id == person_id, Card.active == 1, Card.ref == str(card_ref)[:32])
        .where(Booking.refusal.is_(None))
        .group_by(Booking.department_id)
        .order_by(sa.func.max(Booking.id).desc())
    )
    with ports.transaction() as session:
        return list(session.scalars(query.limit(LATEST)))


def _line(ports: Ports, row: Any, name_sealed: Any) -> Line:
    return Line(
        ref=row.ref,
        masked_name=masking.name(ports.crypto.open(name_sealed)),
        department_name=row.department_name,
        doctor_name=row.doctor_name,
        day=row.day,
        start=row.start,
        number=row.number,
        state=row.state,
    )
