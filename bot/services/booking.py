"""Numbers at the hospital: what is open, taking one, giving it back.

A booking is first an intention of ours (`asked`), committed before the hospital hears of it; its key makes
every repetition find the first result, and the sweep of settling.py asks about what stayed open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import booking as rows
from bot.db.base import insert_new, new_ref
from bot.db.cards import Card
from bot.errors import HisUnavailable, NotFound, Refused
from bot.his.port import Department, Doctor
from bot.ports import Ports
from bot.services import cards, masking, returned, settling
from bot.services.offers import (
    DayStock,
    Offer,
    department,
    departments,
    doctor,
    doctors,
    doctors_of,
    full_days,
    offer,
    offers,
    open_days,
)
from bot.services.settling import settle_open

__all__ = [
    "Booking",
    "DayStock",
    "Department",
    "Doctor",
    "Offer",
    "begin",
    "book",
    "cancel",
    "department",
    "departments",
    "doctor",
    "doctors",
    "doctors_of",
    "full_days",
    "mine",
    "offer",
    "offers",
    "one",
    "open_days",
    "outcome",
    "settle_open",
    "standing",
]
SHOWN = ("asked", "booked", "cancelling", "unknown", "stopped")


@dataclass(frozen=True)
class Booking:
    """One booking as its holder may see it. Moments naive UTC, `day` the hospital's, money in fen.

    `state`: booked | cancelled | unknown (not confirmed yet) | cancelling (giving back not confirmed yet) | stopped
    (the hospital called the clinic off).
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


def book(ports: Ports, *, person_id: int, card_ref: str, slot_id: str, key: str) -> Booking:
    """Take one number for one card; the same key always gives the first result, also the first refusal.

    Raises NotFound (card or slot), Refused('slot_full' | 'slot_past' | 'slot_closed' | 'already_booked' |
    'department_limit') and HisUnavailable: the outcome is then unknown and settled later.
    """
    asked = _by_key(ports, person_id, key)
    if asked is None:
        read_at = ports.now()
        wanted = offer(ports, slot_id=slot_id)
        asked = _ask(ports, person_id, card_ref, wanted, key, read_at)
    if asked.state not in settling.OPEN:
        return _result(ports, asked)
    settling.book_at_his(ports, asked)
    return _result(ports, _by_key(ports, person_id, key))


def mine(ports: Ports, *, person_id: int) -> list[Booking]:
    """List the bookings of today and later that stand or are not settled yet, earliest first."""
    with ports.transaction() as session:
        query = _visible(person_id).where(
            rows.Booking.state.in_(SHOWN), rows.Booking.day >= clock.local(ports.now()).date()
        )
        found = session.execute(query.order_by(rows.Booking.start, rows.Booking.id)).all()
        return [_booking(ports, row, card) for row, card in found]


def one(ports: Ports, *, person_id: int, ref: str) -> Booking:
    """Give one booking. Raises NotFound, the same for another person's and an unknown one."""
    with ports.transaction() as session:
        return _booking(ports, *_held(session, person_id, ref))


def standing(ports: Ports, *, person_id: int, day: date) -> list[tuple[Booking, str]]:
    """List the booked numbers of one hospital day with the HIS's appointment ids, earliest first."""
    with ports.transaction() as session:
        query = _visible(person_id).where(rows.Booking.state == "booked", rows.Booking.day == day)
        found = session.execute(query.order_by(rows.Booking.start, rows.Booking.id)).all()
        return [(_booking(ports, row, card), row.appointment_id) for row, card in found]


def cancel(ports: Ports, *, person_id: int, ref: str, key: str) -> Booking:
    """Give a number back; doing it twice is doing it once.

    Raises NotFound, Refused('cancel_too_late' | 'not_cancellable') and HisUnavailable (settled later).
    """
    with ports.transaction() as session:
        row, card = _held(session, person_id, ref)
        if row.state == "cancelled":
            return _booking(ports, row, card)
        _begin_cancel(ports, session, row)
    settling.cancel_at_his(ports, row, key=key)
    return one(ports, person_id=person_id, ref=ref)


def _begin_cancel(ports: Ports, session: Session, row: Any) -> None:
    if row.state == "cancelling":
        return
    if row.state != "booked":
        raise Refused("not_cancellable")
    if row.start - ports.now() < timedelta(minutes=ports.rules["cancel_until_minutes"]):
        raise Refused("cancel_too_late", until_minutes=ports.rules["cancel_until_minutes"])
    settling.move(session, row.id, {"booked"}, state="cancelling")


def _by_key(ports: Ports, person_id: int, key: str) -> Any:
    with ports.transaction() as session:
        row = session.scalars(sa.select(rows.Booking).where(rows.Booking.key == key)).first()
    if row is not None and row.person_id != person_id:
        raise NotFound
    return row


def _ask(ports: Ports, person_id: int, card_ref: str, wanted: Offer, key: str, read_at: datetime) -> Any:
    """Write the intention, or the refusal by our own rules, under the key."""
    with ports.transaction() as session:
        card = cards.held(session, person_id=person_id, ref=card_ref)
        refusal = _refusal(ports, session, card, wanted, key, read_at)
        if refusal:
            facts = _facts(ports, card, wanted, key)
            insert_new(session, rows.Booking, **facts | {"state": "refused", "refusal": refusal})
    return _by_key(ports, person_id, key)


def _refusal(ports: Ports, session: Session, card: Any, wanted: Offer, key: str, read_at: datetime) -> str | None:
    """Why our own rules say no; None = the intention is written down."""
    facts = {"slot_id": wanted.slot_id, "patient_id": card.patient_id, "left": wanted.left, "read_at": read_at}
    begun = wanted.start <= ports.now()  # the hospital says it better than 约满
    if not begun and not returned.for_sale(ports, session, **facts):
        return "slot_full"
    return None if begin(ports, session, card=card, wanted=wanted, key=key) else "department_limit"


def begin(ports: Ports, session: Session, *, card: Any, wanted: Any, key: str) -> bool:
    """Write the intention in the caller's transaction; False = the patient has his numbers of that day.

    `wanted` is an Offer, or a row with the same fields.
    """
    return _insert_guarded(ports, session, _facts(ports, card, wanted, key))


def outcome(ports: Ports, *, person_id: int, key: str) -> Booking:
    """Give what became of an intention. Raises NotFound, Refused with its reason, HisUnavailable while it is open."""
    row = _by_key(ports, person_id, key)
    if row is None:
        raise NotFound
    return _result(ports, row)


def _facts(ports: Ports, card: Any, wanted: Offer, key: str) -> dict[str, Any]:
    return {
        "ref": new_ref("b"),
        "key": key,
        "person_id": card.person_id,
        "card_id": card.id,
        "patient_id": card.patient_id,
        "slot_id": wanted.slot_id,
        "department_id": wanted.department_id,
        "department_name": wanted.department_name,
        "doctor_id": wanted.doctor_id,
        "doctor_name": wanted.doctor_name,
        "day": wanted.day,
        "start": wanted.start,
        "end": wanted.end,
        "room": wanted.room,
        "place": wanted.place,
        "fee_fen": wanted.fee_fen,
        "asked_at": ports.now(),
    }


def _insert_guarded(ports: Ports, session: Session, facts: dict[str, Any]) -> bool:
    """Take one of the patient's places in this department and day; a unique key decides every race."""
    base = f"{facts['patient_id']}|{facts['department_id']}|{facts['day'].isoformat()}"
    places = range(ports.rules["bookings_per_department_day"])
    return any(insert_new(session, rows.Booking, **facts, guard=f"{base}|{place}") for place in places)


def _result(ports: Ports, row: Any) -> Booking:
    if row.refusal:
        raise Refused(row.refusal)
    if row.state in settling.OPEN:
        raise HisUnavailable
    return one(ports, person_id=row.person_id, ref=row.ref)


def _visible(person_id: int) -> Any:
    """Select bookings with the card as it is bound now: after unbinding, its bookings are out of sight."""
    return (
        sa.select(rows.Booking, Card)
        .join(
            Card,
            sa.and_(Card.person_id == rows.Booking.person_id, Card.patient_id == rows.Booking.patient_id),
        )
        .where(rows.Booking.person_id == person_id, Card.active == 1)
    )


def _held(session: Session, person_id: int, ref: str) -> Any:
    found = session.execute(_visible(person_id).where(rows.Booking.ref == str(ref)[:32])).first()
    if found is None:
        raise NotFound
    return found


def _booking(ports: Ports, row: Any, card: Any) -> Booking:
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
    )
