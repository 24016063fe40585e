"""A person's bookings as he may see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import booking as rows
from bot.db.cards import Card
from bot.errors import NotFound
from bot.ports import Ports
from bot.services import access, booking_steps, masking

SHOWN = ("asked", "booked", "cancelling", "moving", "unknown", "stopped", "unpaid", "paid")


@dataclass(frozen=True)
class Booking:
    """One booking as its holder may see it. Moments naive UTC, `day` the hospital's, money in fen.

    `state`: booked | unknown (not confirmed yet) | cancelling, moving (that is not confirmed yet) | cancelled | moved
    (another booking stands instead) | stopped (the hospital called the clinic off) | done | missed | unpaid (kept until
    `pay_until`) | paid (and not confirmed yet). `moves` counts how often its patient moved it before; `prepay`: paid
    before it is booked, `lapsed`: it was not paid in time.
    """

    ref: str
    card_ref: str
    patient_name: str = field(repr=False)
    masked_name: str
    department_id: str
    department_name: str
    doctor_id: str
    doctor_name: str
    day: date
    start: datetime
    end: datetime
    number: int | None
    room: str
    place: str
    fee_fen: int
    state: str
    moves: int = 0
    prepay: bool = False
    pay_until: datetime | None = None
    lapsed: bool = False


@access.reads("bookings.list", why="own")
def mine(ports: Ports, *, person_id: int) -> list[Booking]:
    """List the bookings of today and later that stand or are not settled yet, earliest first."""
    with ports.transaction() as session:
        query = visible(person_id).where(
            rows.Booking.state.in_(SHOWN),
            rows.Booking.day >= clock.local(ports.now()).date(),
            sa.or_(rows.Booking.instead_of_id.is_(None), rows.Booking.state.not_in(booking_steps.OPEN)),
        )
        found = session.execute(query.order_by(rows.Booking.start, rows.Booking.id)).all()
        return [shown(ports, row, card) for row, card in found]


@access.reads("bookings.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Booking:
    """Give one booking. Raises NotFound, the same for another person's and an unknown one."""
    with ports.transaction() as session:
        return shown(ports, *held(session, person_id, ref))


@access.reads("bookings.list", why="own")
def standing(ports: Ports, *, person_id: int, day: date) -> list[tuple[Booking, str]]:
    """List the booked numbers of one hospital day with the HIS's appointment ids, earliest first."""
    with ports.transaction() as session:
        query = visible(person_id).where(rows.Booking.state == "booked", rows.Booking.day == day)
        found = session.execute(query.order_by(rows.Booking.start, rows.Booking.id)).all()
        return [(shown(ports, row, card), row.appointment_id) for row, card in found]


def visible(person_id: int) -> Any:
    """Select bookings with the card as it is bound now: after unbinding, its bookings are out of sight."""
    return (
        sa.select(rows.Booking, Card)
        .join(
            Card,
            sa.and_(Card.person_id == rows.Booking.person_id, Card.patient_id == rows.Booking.patient_id),
        )
        .where(rows.Booking.person_id == person_id, Card.active == 1)
    )


def held(session: Session, person_id: int, ref: str) -> Any:
    found = session.execute(visible(person_id).where(rows.Booking.ref == str(ref)[:32])).first()
    if found is None:
        raise NotFound
    return found


def shown(ports: Ports, row: Any, card: Any) -> Booking:
    name = ports.crypto.open(card.name_sealed)
    return Booking(
        ref=row.ref,
        card_ref=card.ref,
        patient_name=name,
        masked_name=masking.name(name),
        department_id=row.department_id,
        department_name=row.department_name,
        doctor_id=row.doctor_id,
        doctor_name=row.doctor_name,
        day=row.day,
        start=row.start,
        end=row.end,
        number=row.number,
        room=row.room,
        place=row.place,
        fee_fen=row.fee_fen,
        state="unknown" if row.state == "asked" else row.state,
        moves=row.moves,
        prepay=row.prepay,
        pay_until=row.pay_until,
        lapsed=row.cancelled_by == "lapse",
    )
