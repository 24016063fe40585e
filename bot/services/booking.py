"""Numbers at the hospital: what is open, taking one, giving it back.

A booking is first an intention of ours (`asked`), committed before the hospital hears of it; its key makes
every repetition find the first result, and the sweep of settling.py asks about what stayed open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import booking as rows
from bot.db.base import insert_new, new_ref
from bot.db.cards import Card
from bot.errors import BadInput, HisUnavailable, NotFound, Refused
from bot.his.port import Department, Doctor
from bot.ports import Ports
from bot.services import (
    access,
    cards,
    guards,
    limits,
    masking,
    operations,
    privacy,
    returned,
    settling,
    suspensions,
    turns,
)
from bot.services.guards import Calendar
from bot.services.offers import (
    DayStock,
    Offer,
    department,
    departments,
    departments_of,
    doctor,
    doctors,
    doctors_of,
    full_days,
    offer,
    offers,
    open_days,
    place,
)
from bot.services.settling import settle_open

__all__ = [
    "Booking",
    "Calendar",
    "DayStock",
    "Department",
    "Doctor",
    "Offer",
    "begin",
    "book",
    "calendar",
    "cancel",
    "check_cancel",
    "check_day",
    "check_fits",
    "check_move",
    "check_patient",
    "department",
    "departments",
    "departments_of",
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
    "place",
    "reschedule",
    "settle_open",
    "standing",
]
SHOWN = ("asked", "booked", "cancelling", "moving", "unknown", "stopped")
MOVABLE = frozenset({"booked", "stopped"})


@dataclass(frozen=True)
class Booking:
    """One booking as its holder may see it. Moments naive UTC, `day` the hospital's, money in fen.

    `state`: booked | unknown (not confirmed yet) | cancelling, moving (that is not confirmed yet) | cancelled | moved
    (another booking stands instead) | stopped (the hospital called the clinic off) | done | missed. `moves` counts how
    often its patient moved it before.
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


def book(ports: Ports, *, person_id: int, card_ref: str, slot_id: str, key: str) -> Booking:
    """Take one number for one card; the same key always gives the first result, also the first refusal.

    Raises NotFound (card or slot), Refused('slot_full' | 'slot_past' | 'slot_closed' | 'already_booked' |
    'department_limit' | 'week_limit'), without an intention written down Refused('too_fast' | 'suspended' |
    'not_released' | 'not_your_turn' | 'department_age' | 'department_sex' | 'consent_binding'), and HisUnavailable:
    the outcome is then settled later.
    """
    asked = _by_key(ports, person_id, key)
    if asked is None:
        _count(ports, person_id, card_ref, key)
        read_at = ports.now()
        asked = _ask(ports, person_id, card_ref, offer(ports, slot_id=slot_id), key, read_at)
    return _told(ports, asked)


def reschedule(ports: Ports, *, person_id: int, ref: str, slot_id: str, key: str) -> Booking:
    """Move a number to another half hour in one step at the hospital; gives the new one. The old stands till then.

    A number whose clinic was called off moves at any time, and that does not count.
    Raises as `book` does, and Refused('not_movable' | 'move_too_late' | 'move_limit' | 'same_time').
    """
    asked = _by_key(ports, person_id, key)
    if asked is None:
        _count(ports, person_id, one(ports, person_id=person_id, ref=ref).card_ref, key)
        read_at = ports.now()
        asked = _ask_instead(ports, person_id, ref, offer(ports, slot_id=slot_id), key, read_at)
    return _told(ports, asked)


def check_patient(ports: Ports, *, person_id: int, card_ref: str) -> None:
    """Whether this patient may book at all now. Raises NotFound, Refused('suspended', until, missed)."""
    with ports.transaction() as session:
        card = cards.held(session, person_id=person_id, ref=card_ref)
        suspensions.check(ports, session, patient_id=card.patient_id)


def check_fits(ports: Ports, *, card: cards.Card, department_id: str) -> None:
    """Whether a department sees this patient. Raises Refused('department_age' | 'department_sex'), HisUnavailable."""
    seen_by, today = department(ports, department_id=department_id), clock.local(ports.now()).date()
    limits.check_patient(ports.rules, seen_by, card, today)


def check_day(ports: Ports, *, day: date) -> None:
    """Raises BadInput('bad_day') for a day that is over, Refused('not_released', day, opens) for one not open yet."""
    if day < clock.local(ports.now()).date():
        raise BadInput("bad_day")
    limits.check_day(ports.rules, ports.now(), day)


def check_cancel(ports: Ports, *, person_id: int, ref: str) -> None:
    """Raises what `cancel` would refuse now: NotFound, Refused('cancel_too_late', until_minutes)."""
    limits.check_cancel(ports.rules, ports.now(), one(ports, person_id=person_id, ref=ref).start)


def check_move(ports: Ports, *, person_id: int, ref: str) -> None:
    """Raises what `reschedule` would refuse whatever the new half hour: NotFound, Refused as there."""
    made = one(ports, person_id=person_id, ref=ref)
    if made.state not in MOVABLE:
        raise Refused("not_movable")
    if made.state != "stopped":
        limits.check_move(ports.rules, ports.now(), start=made.start, moves=made.moves)


def calendar(ports: Ports, *, person_id: int, card_ref: str, department_id: str, without: str = "") -> Calendar:
    """The days on which a patient's numbers leave no room in one department. Raises NotFound."""
    with ports.transaction() as session:
        card = cards.held(session, person_id=person_id, ref=card_ref)
        facts = {"patient_id": card.patient_id, "department_id": department_id, "without": without}
        first = clock.local(ports.now()).date()
        return guards.calendar(session, ports.rules, person_id=person_id, first=first, **facts)


@access.reads("bookings.list", why="own")
def mine(ports: Ports, *, person_id: int) -> list[Booking]:
    """List the bookings of today and later that stand or are not settled yet, earliest first."""
    with ports.transaction() as session:
        query = _visible(person_id).where(
            rows.Booking.state.in_(SHOWN),
            rows.Booking.day >= clock.local(ports.now()).date(),
            sa.or_(rows.Booking.instead_of_id.is_(None), rows.Booking.state.not_in(settling.OPEN)),
        )
        found = session.execute(query.order_by(rows.Booking.start, rows.Booking.id)).all()
        return [_booking(ports, row, card) for row, card in found]


@access.reads("bookings.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Booking:
    """Give one booking. Raises NotFound, the same for another person's and an unknown one."""
    with ports.transaction() as session:
        return _booking(ports, *_held(session, person_id, ref))


@access.reads("bookings.list", why="own")
def standing(ports: Ports, *, person_id: int, day: date) -> list[tuple[Booking, str]]:
    """List the booked numbers of one hospital day with the HIS's appointment ids, earliest first."""
    with ports.transaction() as session:
        query = _visible(person_id).where(rows.Booking.state == "booked", rows.Booking.day == day)
        found = session.execute(query.order_by(rows.Booking.start, rows.Booking.id)).all()
        return [(_booking(ports, row, card), row.appointment_id) for row, card in found]


@access.acts("bookings.cancel", why="own")
def cancel(ports: Ports, *, person_id: int, ref: str, key: str) -> Booking:
    """Give a number back; doing it twice is doing it once.

    Raises NotFound, Refused('cancel_too_late' | 'not_cancellable') and HisUnavailable (settled later).
    """
    with ports.transaction() as session:
        row, card = _held(session, person_id, ref)
        if row.state == "cancelled":
            return _booking(ports, row, card)
        _begin_cancel(ports, session, row)
        operations.count(ports, session, person_id=person_id, patient_id=row.patient_id, key=f"{ref}:{key}")
    settling.cancel_at_his(ports, row, key=key)
    return one(ports, person_id=person_id, ref=ref)


def _begin_cancel(ports: Ports, session: Session, row: Any) -> None:
    if row.state == "cancelling":
        return
    if row.state != "booked":
        raise Refused("not_cancellable")
    limits.check_cancel(ports.rules, ports.now(), row.start)
    settling.move(session, row.id, {"booked"}, state="cancelling")


def _by_key(ports: Ports, person_id: int, key: str) -> Any:
    with ports.transaction() as session:
        row = session.scalars(sa.select(rows.Booking).where(rows.Booking.key == key)).first()
    if row is not None and row.person_id != person_id:
        raise NotFound
    return row


def _count(ports: Ports, person_id: int, card_ref: str, key: str) -> None:
    with ports.transaction() as session:
        card = cards.held(session, person_id=person_id, ref=card_ref)
        operations.count(ports, session, person_id=person_id, patient_id=card.patient_id, key=key)


def _ask(ports: Ports, person_id: int, card_ref: str, wanted: Offer, key: str, read_at: datetime) -> Any:
    """Write the intention, or the refusal that places decided, under the key."""
    seen_by = department(ports, department_id=wanted.department_id)
    with ports.transaction() as session:
        card = cards.held(session, person_id=person_id, ref=card_ref)
        privacy.demand(ports, session, person_id=person_id, purpose=cards.PURPOSE)
        suspensions.check(ports, session, patient_id=card.patient_id)
        _check(ports, seen_by, card, wanted)
        _write(ports, session, _facts(ports, card, wanted, key), left=wanted.left, read_at=read_at)
    return _by_key(ports, person_id, key)


def _ask_instead(ports: Ports, person_id: int, ref: str, wanted: Offer, key: str, read_at: datetime) -> Any:
    """Write the intention to move, and hold the old number still meanwhile."""
    seen_by = department(ports, department_id=wanted.department_id)
    with ports.transaction() as session:
        old, card = _held(session, person_id, ref)
        _check_movable(ports, old, wanted)
        _check(ports, seen_by, card, wanted)
        moves = old.moves + (old.state != "stopped")
        facts = _facts(ports, card, wanted, key) | {"instead_of_id": old.id, "moves": moves}
        # The old number's row first: who comes second finds it moving, and writes nothing.
        if settling.move(session, old.id, {old.state}, state="moving", back_to=old.state):
            if not _write(ports, session, facts, left=wanted.left, read_at=read_at, kept=old):
                settling.move(session, old.id, {"moving"}, state=old.state, back_to=None)
        elif session.scalar(sa.select(rows.Booking.id).where(rows.Booking.key == key)) is None:
            raise Refused("not_movable")  # by another call; a twin of this one has its row, which is the answer
    return _by_key(ports, person_id, key)


def _check(ports: Ports, seen_by: Department, card: Any, wanted: Offer) -> None:
    limits.check_slot(ports.rules, ports.now(), day=wanted.day, start=wanted.start)
    turns.check(ports, patient_id=card.patient_id, day=wanted.day)
    limits.check_patient(ports.rules, seen_by, card, wanted.day)


def _check_movable(ports: Ports, old: Any, wanted: Offer) -> None:
    if old.state not in MOVABLE:
        raise Refused("not_movable")
    if old.state != "stopped":
        limits.check_move(ports.rules, ports.now(), start=old.start, moves=old.moves)
    if old.slot_id == wanted.slot_id:
        raise Refused("same_time")


def _write(
    ports: Ports, session: Session, facts: dict[str, Any], *, left: int, read_at: datetime, kept: Any = None
) -> bool:
    """Write a booking with its places, or its refusal; False = refused, or the key is there already.

    `left` is what the hospital had at `read_at`, `kept` the row that the booking is to replace.
    """
    sought = {"slot_id": facts["slot_id"], "patient_id": facts["patient_id"], "left": left, "read_at": read_at}
    refusal: str | None = "slot_full"
    if returned.for_sale(ports, session, **sought):
        refusal = guards.insert(session, ports.rules, facts, kept=kept)
    if refusal is not None:
        insert_new(session, rows.Booking, **facts, state="refused", refusal=refusal)
    return refusal is None


def begin(ports: Ports, session: Session, *, card: Any, wanted: Any, key: str) -> None:
    """Write the intention to take a place that is kept for this patient, in the caller's transaction.

    `wanted` is an Offer, or a row with the same fields. Raises Refused('department_limit' | 'week_limit', most).
    """
    refusal = guards.insert(session, ports.rules, _facts(ports, card, wanted, key))
    if refusal is not None:
        raise Refused(refusal, most=ports.rules["bookings_per_week"])


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


def _told(ports: Ports, asked: Any) -> Booking:
    """Tell the hospital of an intention that is still open; gives what became of it."""
    if asked.state in settling.OPEN:
        settling.book_at_his(ports, asked)
        asked = _by_key(ports, asked.person_id, asked.key)
    return _result(ports, asked)


def _result(ports: Ports, row: Any) -> Booking:
    if row.refusal:
        raise Refused(row.refusal, most=ports.rules["bookings_per_week"])
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
        moves=row.moves,
    )
