"""From an intention to an outcome: telling the hospital, writing down what it said, asking again later.

    asked ──► booked ──► cancelling ──► cancelled
      │  ▲      ▲ │          │
      ▼  │      └─│──────────┘  the hospital refused to cancel
    unknown ──►   └────► stopped   the hospital called the clinic off
      └──► refused

A number that is paid first is kept and `unpaid` between asked and booked: paid_holds.py goes on from there.
A number moved to another half hour is a new booking beside the old one; both settle in one transaction:

    new:  asked | unknown ──► booked        refused
    old:  booked | stopped ──► moving ──► moved   or   as it was

Attendance (attendance.py) takes a booked one on to done, missed, or cancelled by the hospital.
Every step is a conditional UPDATE, so that a resumed call and the sweep cannot both win.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from bot.errors import HisRefused, HisUnavailable
from bot.his.port import Appointment
from bot.ports import Ports
from bot.services import booking_steps, giving_back, guards, moving, outcome_notices, payment_orders, returned

log = logging.getLogger(__name__)


def book_at_his(ports: Ports, asked: Any) -> None:
    """Ask the hospital for the number and settle. Raises HisUnavailable with the outcome unknown."""
    try:
        answer = _ask(ports, asked)
        check(asked, answer)
    except HisRefused as refusal:
        refuse(ports, asked, refusal.code)
    except HisUnavailable:
        with ports.transaction() as session:
            booking_steps.move(session, asked.id, {"asked"}, state="unknown")
        raise
    else:
        taken(ports, asked, answer)


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


def confirm_at_his(ports: Ports, asked: Any, *, appointment_id: str) -> bool:
    """Make the place that is held under the booking's key a booked one, or one that waits to be paid, and settle.

    False = the hospital had given it away. Raises HisUnavailable with the outcome unknown.
    """
    try:
        answer = _accept(ports, asked, appointment_id)
        check(asked, answer)
    except HisRefused:
        refuse(ports, asked, "place_gone")
        return False
    except HisUnavailable:
        with ports.transaction() as session:
            booking_steps.move(session, asked.id, {"asked"}, state="unknown")
        raise
    return taken(ports, asked, answer)


def _accept(ports: Ports, asked: Any, appointment_id: str) -> Appointment:
    if asked.prepay:  # it is confirmed when it is paid
        return ports.his.appointment(appointment_id)
    return ports.his.confirm(appointment_id=appointment_id, key=f"{asked.key}:confirm")


def check(asked: Any, answer: Appointment) -> None:
    """Somebody else's appointment is no answer; it is an alarm."""
    if (answer.key, answer.patient_id, answer.slot_id) != (asked.key, asked.patient_id, asked.slot_id):
        log.error("the HIS answered booking %s with another appointment", asked.ref)
        raise HisUnavailable


def taken(ports: Ports, asked: Any, answer: Appointment, *, later: bool = False) -> bool:
    """Write down a yes: the number is booked, or kept until it is paid. `later`: nobody waits for the answer now."""
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
    at, facts = ports.now(), _facts(asked, answer)
    with ports.transaction() as session:
        if booking_steps.move(session, asked.id, booking_steps.OPEN, state="booked", settled_at=at, **facts):
            moving.give_way(session, asked)
            booking_steps.audit(session, asked, "booking.book" if asked.instead_of_id is None else "booking.move", at)
            returned.taken_again(session, slot_id=asked.slot_id, patient_id=asked.patient_id)
            if answer.state != "stopped":  # then that is the word
                outcome_notices.tell(ports, session, asked, "booked" if asked.instead_of_id is None else "rebooked")
            return True
    _answer_late(ports, asked, facts, at)
    return False


def _facts(asked: Any, answer: Appointment) -> dict[str, Any]:
    facts = {"appointment_id": answer.id, "number": answer.number, "start": answer.start, "day": answer.day}
    facts |= {"session_id": answer.session_id, "fee_fen": answer.fee_fen, "room": answer.room or asked.room}
    return facts


def _answer_late(ports: Ports, asked: Any, facts: dict[str, Any], at: datetime) -> None:
    """A yes that came after our no. The patient counts on the no, so the number goes back.

    A move is kept: the hospital has given the old number away, and going back would leave him with none.
    """
    with ports.transaction() as session:
        if not booking_steps.move(session, asked.id, {"refused"}, state="booked", settled_at=at, refusal=None, **facts):
            return
        if asked.instead_of_id is not None and moving.moved_late(session, asked):
            booking_steps.audit(session, asked, "booking.move", at, reason="late")
            return
        booking_steps.move(session, asked.id, {"booked"}, state="cancelling", refusal=booking_steps.NOT_DONE)
    giving_back.cancel_at_his(ports, booking_steps.row(ports, asked.id), key=f"{asked.ref}:cancel")


def refuse(ports: Ports, asked: Any, code: str) -> bool:
    """Write down a no."""
    at = ports.now()
    with ports.transaction() as session:
        done = booking_steps.move(
            session, asked.id, booking_steps.OPEN, state="refused", refusal=code, settled_at=at, **guards.FREED
        )
        if done:
            moving.stay(session, asked)
            booking_steps.audit(session, asked, "booking.refused", at, reason=code)
            outcome_notices.tell(ports, session, asked, "not_booked" if asked.instead_of_id is None else "not_moved")
    return done
