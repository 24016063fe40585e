"""Numbers at the hospital: taking one, moving it, giving it back.

A booking is first an intention of ours (booking_asking.py), committed before the hospital hears of it; its key makes
every repetition find the first result, and sweeping.py asks about what stayed open.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot import clock
from bot.errors import BadInput, HisUnavailable, NotFound, Refused
from bot.his.port import Department, Doctor
from bot.ports import Ports
from bot.services import (
    access,
    booking_asking,
    booking_reading,
    booking_steps,
    cards,
    giving_back,
    guards,
    limits,
    operations,
    payment_orders,
    settling,
    suspensions,
)
from bot.services.booking_asking import MOVABLE, begin, prepaid
from bot.services.booking_reading import Booking, mine, one, standing
from bot.services.changing import GIVEN_BACK, can_cancel, can_move, check_cancel, check_move
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
from bot.services.sweeping import settle_open

__all__ = [
    "GIVEN_BACK",
    "MOVABLE",
    "Booking",
    "Calendar",
    "DayStock",
    "Department",
    "Doctor",
    "Offer",
    "begin",
    "book",
    "calendar",
    "can_cancel",
    "can_move",
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
    "prepaid",
    "reschedule",
    "settle_open",
    "standing",
]


def book(ports: Ports, *, person_id: int, card_ref: str, slot_id: str, key: str) -> Booking:
    """Take one number for one card; the same key always gives the first result, also the first refusal.

    Raises NotFound (card or slot), Refused('slot_full' | 'slot_past' | 'slot_closed' | 'already_booked' |
    'department_limit' | 'week_limit'), without an intention written down Refused('too_fast' | 'suspended' |
    'not_released' | 'not_your_turn' | 'department_age' | 'department_sex' | 'consent_binding' | 'unpaid_limit' |
    'unpaid_lapses'), and HisUnavailable: the outcome is then settled later. A number that is to be paid first comes
    back `unpaid`.
    """
    asked = booking_asking.by_key(ports, person_id, key)
    if asked is None:
        _count(ports, person_id, card_ref, key)
        read_at = ports.now()
        asked = booking_asking.ask(ports, person_id, card_ref, offer(ports, slot_id=slot_id), key, read_at)
    return _told(ports, asked)


def reschedule(ports: Ports, *, person_id: int, ref: str, slot_id: str, key: str) -> Booking:
    """Move a number to another half hour in one step at the hospital; gives the new one. The old stands till then.

    A number whose clinic was called off moves at any time, and that does not count.
    Raises as `book` does, and Refused('not_movable' | 'move_too_late' | 'move_limit' | 'same_time' |
    'move_fee' | 'move_needs_pay').
    """
    asked = booking_asking.by_key(ports, person_id, key)
    if asked is None:
        _count(ports, person_id, one(ports, person_id=person_id, ref=ref).card_ref, key)
        read_at = ports.now()
        asked = booking_asking.ask_instead(ports, person_id, ref, offer(ports, slot_id=slot_id), key, read_at)
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


def calendar(ports: Ports, *, person_id: int, card_ref: str, department_id: str, without: str = "") -> Calendar:
    """The days on which a patient's numbers leave no room in one department. Raises NotFound."""
    with ports.transaction() as session:
        card = cards.held(session, person_id=person_id, ref=card_ref)
        facts = {"patient_id": card.patient_id, "department_id": department_id, "without": without}
        first = clock.local(ports.now()).date()
        return guards.calendar(session, ports.rules, person_id=person_id, first=first, **facts)


@access.acts("bookings.cancel", why="own")
def cancel(ports: Ports, *, person_id: int, ref: str, key: str) -> Booking:
    """Give a number back; doing it twice is doing it once.

    Raises NotFound, Refused('cancel_too_late' | 'not_cancellable') and HisUnavailable (settled later).
    """
    with ports.transaction() as session:
        row, card = booking_reading.held(session, person_id, ref)
        if row.state == "cancelled":
            return booking_reading.shown(ports, row, card)
        _begin_cancel(ports, session, row)
        operations.count(ports, session, person_id=person_id, patient_id=row.patient_id, key=f"{ref}:{key}")
    giving_back.cancel_at_his(ports, row, key=key)
    return one(ports, person_id=person_id, ref=ref)


def _begin_cancel(ports: Ports, session: Session, row: Any) -> None:
    if row.state == "cancelling":
        return
    if row.state in {"unpaid", "paid"}:
        _leave_unpaid(session, row)
        return
    if row.state != "booked":
        raise Refused("not_cancellable")
    limits.check_cancel(ports.rules, ports.now(), row.start)
    booking_steps.move(session, row.id, {"booked"}, state="cancelling")


def _leave_unpaid(session: Session, row: Any) -> None:
    """A number that is not paid yet can be let go at any time; money that comes all the same is given back."""
    if not booking_steps.move(session, row.id, {"unpaid"}, state="cancelling"):
        raise Refused("pay_settling")
    payment_orders.close_soon(session, booking_id=row.id)


def _count(ports: Ports, person_id: int, card_ref: str, key: str) -> None:
    with ports.transaction() as session:
        card = cards.held(session, person_id=person_id, ref=card_ref)
        operations.count(ports, session, person_id=person_id, patient_id=card.patient_id, key=key)


def outcome(ports: Ports, *, person_id: int, key: str) -> Booking:
    """Give what became of an intention. Raises NotFound, Refused with its reason, HisUnavailable while it is open."""
    row = booking_asking.by_key(ports, person_id, key)
    if row is None:
        raise NotFound
    return _result(ports, row)


def _told(ports: Ports, asked: Any) -> Booking:
    """Tell the hospital of an intention that is still open; gives what became of it.

    Who got no answer looks again: another call of the same key may have had one.
    """
    if asked.state in booking_steps.OPEN:
        with suppress(HisUnavailable):
            settling.book_at_his(ports, asked)
        asked = booking_asking.by_key(ports, asked.person_id, asked.key)
    return _result(ports, asked)


def _result(ports: Ports, row: Any) -> Booking:
    if row.refusal:
        raise Refused(row.refusal, most=ports.rules["bookings_per_week"])
    if row.state in booking_steps.OPEN:
        raise HisUnavailable
    return one(ports, person_id=row.person_id, ref=row.ref)
