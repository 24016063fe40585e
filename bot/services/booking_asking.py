"""The intention to take a number, written down with its places before the hospital hears of it."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import booking as rows
from bot.db.base import insert_new, new_ref
from bot.db.messages import hold_person
from bot.errors import NotFound, Refused
from bot.his.port import Department, hospital_of
from bot.ports import Ports
from bot.services import (
    booking_reading,
    booking_steps,
    cards,
    guards,
    hospitals,
    limits,
    payment_orders,
    privacy,
    returned,
    suspensions,
    turns,
)
from bot.services.offers import Offer, department

MOVABLE = frozenset({"booked", "stopped"})


def by_key(ports: Ports, person_id: int, key: str) -> Any:
    """Read what was asked for under a key, None = nothing. Raises NotFound for another person's."""
    with ports.transaction() as session:
        row = session.scalars(sa.select(rows.Booking).where(rows.Booking.key == key)).first()
    if row is not None and row.person_id != person_id:
        raise NotFound
    return row


def ask(ports: Ports, person_id: int, card_ref: str, wanted: Offer, key: str, read_at: datetime) -> Any:
    """Write the intention, or the refusal that places decided, under the key; gives the row."""
    seen_by = department(ports, department_id=wanted.department_id)
    with ports.transaction() as session:
        card = cards.held(session, person_id=person_id, ref=card_ref)
        privacy.demand(ports, session, person_id=person_id, purpose=cards.PURPOSE)
        suspensions.check(ports, session, patient_id=card.patient_id)
        _check(ports, seen_by, card, wanted)
        prepay = _prepay(ports, seen_by, wanted)
        if prepay:
            _check_unpaid(ports, session, person_id)
        facts = _facts(ports, card, wanted, key) | {"prepay": prepay}
        _write(ports, session, facts, left=wanted.left, read_at=read_at)
    return by_key(ports, person_id, key)


def ask_instead(ports: Ports, person_id: int, ref: str, wanted: Offer, key: str, read_at: datetime) -> Any:
    """Write the intention to move, and hold the old number still meanwhile; gives the row."""
    seen_by = department(ports, department_id=wanted.department_id)
    with ports.transaction() as session:
        old, card = booking_reading.held(session, person_id, ref)
        _check_movable(ports, old, wanted)
        _check_paid(ports, seen_by, old, wanted)
        _check(ports, seen_by, card, wanted)
        moves = old.moves + (old.state != "stopped")
        paid = old.prepay and old.state != "stopped"  # of a clinic that was called off the money is on its way back
        facts = _facts(ports, card, wanted, key) | {"instead_of_id": old.id, "moves": moves, "prepay": paid}
        # The old number's row first: who comes second finds it moving, and writes nothing.
        if booking_steps.move(session, old.id, {old.state}, state="moving", back_to=old.state):
            if not _write(ports, session, facts, left=wanted.left, read_at=read_at, kept=old):
                booking_steps.move(session, old.id, {"moving"}, state=old.state, back_to=None)
        elif session.scalar(sa.select(rows.Booking.id).where(rows.Booking.key == key)) is None:
            raise Refused("not_movable")  # by another call; a twin of this one has its row, which is the answer
    return by_key(ports, person_id, key)


def _check(ports: Ports, seen_by: Department, card: Any, wanted: Offer) -> None:
    limits.check_slot(ports.rules, ports.now(), day=wanted.day, start=wanted.start)
    turns.check(ports, patient_id=card.patient_id, day=wanted.day)
    limits.check_patient(ports.rules, seen_by, card, wanted.day)


def _check_unpaid(ports: Ports, session: Session, person_id: int) -> None:
    """Nobody keeps many places without paying, or the same ones again and again.

    His row is held until commit, so that two of his wishes are counted one after the other.
    Raises Refused('unpaid_limit' | 'unpaid_lapses', most).
    """
    hold_person(session, person_id)
    waiting = rows.Booking.prepay.is_(True), rows.Booking.state.in_((*booking_steps.OPEN, "unpaid"))
    today = clock.utc(datetime.combine(clock.local(ports.now()).date(), time()))
    lapsed = rows.Booking.cancelled_by == "lapse", rows.Booking.cancelled_at >= today
    for limit, conditions in (("unpaid_limit", waiting), ("unpaid_lapses", lapsed)):
        count = sa.select(sa.func.count()).select_from(rows.Booking).where(rows.Booking.person_id == person_id)
        if (session.scalar(count.where(*conditions)) or 0) >= ports.rules[limit]:
            raise Refused(limit, most=ports.rules[limit])


def _check_movable(ports: Ports, old: Any, wanted: Offer) -> None:
    if old.state not in MOVABLE:
        raise Refused("not_movable")
    if old.state != "stopped":
        limits.check_move(ports.rules, ports.now(), start=old.start, moves=old.moves)
    if old.slot_id == wanted.slot_id:
        raise Refused("same_time")


def _check_paid(ports: Ports, seen_by: Department, old: Any, wanted: Offer) -> None:
    """A payment moves with its number to one of the same price; nothing is paid, or paid back, in between.

    A number whose clinic was called off moves to any other, whose fee is then paid at the desk.
    """
    if old.state == "stopped":
        return
    if old.prepay and wanted.fee_fen != old.fee_fen:
        raise Refused("move_fee", old=f"{old.fee_fen / 100:g}", new=f"{wanted.fee_fen / 100:g}")
    if not old.prepay and _prepay(ports, seen_by, wanted):
        raise Refused("move_needs_pay")


def prepaid(ports: Ports, *, offer: Offer) -> bool:
    """Whether a number is to be paid here before it is booked. Raises HisUnavailable."""
    return _prepay(ports, department(ports, department_id=offer.department_id), offer)


def _prepay(ports: Ports, seen_by: Department, wanted: Offer) -> bool:
    """A hospital that keeps no places for us takes its money at the desk."""
    holds = "holds" in hospitals.one(ports, hospital_id=hospital_of(wanted.department_id)).offers
    title, fee_fen = wanted.doctor_title, wanted.fee_fen
    return holds and payment_orders.needed(ports, department=seen_by, title=title, fee_fen=fee_fen)


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


def begin(ports: Ports, session: Session, *, card: Any, wanted: Any, key: str, prepay: bool) -> None:
    """Write the intention to take a place that is kept for this patient, in the caller's transaction.

    `wanted` is an Offer, or a row with the same fields; `prepay`: it is to be paid first.
    Raises Refused('department_limit' | 'week_limit', most).
    """
    facts = _facts(ports, card, wanted, key) | {"prepay": prepay}
    refusal = guards.insert(session, ports.rules, facts)
    if refusal is not None:
        raise Refused(refusal, most=ports.rules["bookings_per_week"])


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
