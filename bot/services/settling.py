"""From an intention to an outcome: telling the hospital, writing down what it said, asking again later.

    asked ──► booked ──► cancelling ──► cancelled
      │  ▲      ▲ │          │
      ▼  │      └─│──────────┘  the hospital refused to cancel
    unknown ──►   └────► stopped   the hospital called the clinic off
      └──► refused

A number that is paid first is kept and `unpaid` between asked and booked: paid_holds.py goes on from there.
A number moved to another half hour is a new booking beside the old one; both settle in one transaction:

    new:  asked | unknown ──► booked        refused
    old:  booked | stopped ──► moving ──► moved   or   as it was, unless the hospital took it away meanwhile

Attendance (attendance.py) takes a booked one on to done or missed. The hospital's news of a number are read while it
stands; one that becomes `booked` from anywhere else does so with the hospital's word of it (booking_lost.py).
Every step is a conditional UPDATE, so that a resumed call and the sweep cannot both win.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.errors import HisRefused, HisUnavailable
from bot.his.port import Appointment
from bot.ports import Ports
from bot.services import (
    booking_lost,
    booking_steps,
    giving_back,
    guards,
    moving,
    outcome_notices,
    payment_orders,
    returned,
)

log = logging.getLogger(__name__)


def book_at_his(ports: Ports, asked: Any) -> None:
    """Ask the hospital for the number and settle. Raises HisUnavailable with the outcome unknown."""
    with _unknown_meanwhile(ports, asked):
        try:
            answer = _ask(ports, asked)
        except HisRefused as refusal:
            refuse(ports, asked, refusal.code)
            return
        booking_steps.check(asked, answer)
    taken(ports, asked, answer)


@contextmanager
def _unknown_meanwhile(ports: Ports, asked: Any) -> Iterator[None]:
    """Without an answer of the hospital the outcome is unknown, and settled later."""
    try:
        yield
    except HisUnavailable:
        with ports.transaction() as session:
            booking_steps.move(session, asked.id, {"asked"}, state="unknown")
        raise


def _ask(ports: Ports, asked: Any) -> Appointment:
    """One call: a number, one that is kept until it is paid, or a number in place of another."""
    wanted = {"slot_id": asked.slot_id, "patient_id": asked.patient_id, "key": asked.key}
    if asked.instead_of_id is None and asked.prepay:
        return ports.his.hold(**wanted, minutes=ports.rules["hold_minutes"] + ports.rules["pay_grace_minutes"])
    if asked.instead_of_id is None:
        return ports.his.book(**wanted)
    old = booking_steps.row(ports, asked.instead_of_id)
    if old.back_to == "booked":  # of a clinic that was called off nothing comes back
        giving_back.keep_back(ports, old, "moving")
    return ports.his.reschedule(appointment_id=old.appointment_id, slot_id=asked.slot_id, key=asked.key)


def confirm_at_his(ports: Ports, asked: Any, *, appointment_id: str, later: bool = False) -> bool:
    """Make the place that is held under the booking's key a booked one, or one that waits to be paid, and settle.

    False = the hospital had given it away. `later` as for `taken`. Raises HisUnavailable with the outcome unknown.
    """
    with _unknown_meanwhile(ports, asked):
        try:
            answer = _accept(ports, asked, appointment_id)
        except HisRefused:
            refuse(ports, asked, "place_gone")
            return False
        booking_steps.check(asked, answer)
    return taken(ports, asked, answer, later=later)


def _accept(ports: Ports, asked: Any, appointment_id: str) -> Appointment:
    if asked.prepay:  # it is confirmed when it is paid
        return ports.his.appointment(appointment_id)
    return ports.his.confirm(appointment_id=appointment_id, key=f"{asked.key}:confirm")


def taken(ports: Ports, asked: Any, answer: Appointment, *, later: bool = False) -> bool:
    """Write down a yes: the number is booked, or kept until it is paid; or what the hospital has done to it since.

    `later`: nobody waits for the answer now.
    """
    if asked.prepay and asked.instead_of_id is None:
        return _keep(ports, asked, answer, later=later)
    return _book(ports, asked, answer)


def _keep(ports: Ports, asked: Any, answer: Appointment, *, later: bool) -> bool:
    """A place that the hospital keeps, and an order for it, in one transaction."""
    if answer.state != "held" or answer.hold_until is None:
        giving_back.put_back(ports, asked, answer.id)
        refused = refuse(ports, asked, "place_gone")
        if refused:
            log.warning("the HIS was to keep booking %s and calls it %s", asked.ref, answer.state)
        return refused
    until = answer.hold_until - timedelta(minutes=ports.rules["pay_grace_minutes"])
    until = min(until, ports.now() + timedelta(minutes=ports.rules["hold_minutes"]))
    with ports.transaction() as session:
        known = booking_steps.move(
            session, asked.id, booking_steps.OPEN, state="unpaid", pay_until=until, **_facts(asked, answer)
        )
        if known:
            payment_orders.make(ports, session, booking=asked, amount_fen=answer.fee_fen, until=until)
            booking_steps.audit(session, asked, "booking.keep", ports.now())
            returned.taken_again(session, slot_id=asked.slot_id, patient_id=asked.patient_id)
            if later:
                booking_steps.tell(ports, session, asked, "unpaid", expires_at=until)
    if not known:
        giving_back.put_back(ports, asked, answer.id)
    return known


def _book(ports: Ports, asked: Any, answer: Appointment) -> bool:
    at, moves = ports.now(), asked.instead_of_id is not None
    with ports.transaction() as session:
        known = booking_steps.move(
            session, asked.id, booking_steps.OPEN, state="booked", settled_at=at, **_facts(asked, answer)
        )
        if known:
            moving.give_way(session, asked)
            booking_steps.audit(session, asked, "booking.move" if moves else "booking.book", at)
            returned.taken_again(session, slot_id=asked.slot_id, patient_id=asked.patient_id)
            if not booking_lost.taken_away(ports, session, asked.id, answer, moved_now=moves):  # else that is the word
                outcome_notices.tell(ports, session, asked, "rebooked" if moves else "booked")
    if not known:
        _answer_late(ports, asked, answer)
    return known


def _facts(asked: Any, answer: Appointment) -> dict[str, Any]:
    facts = {"appointment_id": answer.id, "number": answer.number, "start": answer.start, "day": answer.day}
    facts |= {"session_id": answer.session_id, "fee_fen": answer.fee_fen, "room": answer.room or asked.room}
    return facts


def _answer_late(ports: Ports, asked: Any, answer: Appointment) -> None:
    """A yes that came after our no. The patient counts on the no, so the number goes back.

    A move is kept: the hospital has given the old number away, and going back would leave him with none.
    """
    at = ports.now()
    facts = {"settled_at": at, "refusal": None, **_facts(asked, answer)}
    with ports.transaction() as session:
        if not booking_steps.move(session, asked.id, {"refused"}, state="booked", **facts):
            return
        if asked.instead_of_id is not None and moving.moved_late(session, asked):
            booking_steps.audit(session, asked, "booking.move", at, reason="late")
            booking_lost.taken_away(ports, session, asked.id, answer, moved_now=True)
            return
        booking_steps.move(session, asked.id, {"booked"}, state="cancelling", refusal=booking_steps.NOT_DONE)
    giving_back.cancel_at_his(ports, booking_steps.row(ports, asked.id), key=f"{asked.ref}:cancel")


def refuse(ports: Ports, asked: Any, code: str) -> bool:
    """Write down a no; the old number of a move is then what the hospital says of it now.

    Raises HisUnavailable when it does not say: the move is still open.
    """
    at, says = ports.now(), moving.ask_old(ports, asked)
    with ports.transaction() as session:
        done = booking_steps.move(
            session, asked.id, booking_steps.OPEN, state="refused", refusal=code, settled_at=at, **guards.FREED
        )
        if done:
            booking_steps.audit(session, asked, "booking.refused", at, reason=code)
            outcome_notices.tell(ports, session, asked, _no(ports, session, asked, says))
    return done


def _no(ports: Ports, session: Session, asked: Any, says: Appointment | None) -> outcome_notices.Outcome:
    """What there is to say of a no, after the old number of a move has found its place."""
    if asked.instead_of_id is not None:
        return "not_moved" if moving.stay(ports, session, asked, says) else "not_moved_and_lost"
    return "place_gone" if asked.key.startswith(booking_steps.WAITLIST_KEYS) else "not_booked"
