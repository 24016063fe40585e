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
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.errors import HisRefused, HisUnavailable, Refused
from bot.his.port import Appointment
from bot.ports import Ports
from bot.push import outbox, quiet
from bot.services import guards, outcome_notices, payment_orders, payment_refunds, privacy, returned

log = logging.getLogger(__name__)
OPEN = frozenset({"asked", "unknown"})
UNWANTED = OPEN | {"refused", "cancelled"}  # states of a number to which a kept place is of no use
WAITLIST_KEYS = "wait:"  # keys of places that were held and offered: their patients have said yes
NOT_DONE = "his_unavailable"  # refusal of a booking that never reached the hospital


def move(session: Session, booking_id: int, before: Collection[str], **values: Any) -> bool:
    """Take one step if the booking still stands where we saw it; False = somebody was faster."""
    done = session.execute(
        sa.update(Booking)
        .where(Booking.id == booking_id, Booking.state.in_(before))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def book_at_his(ports: Ports, asked: Any) -> None:
    """Ask the hospital for the number and settle. Raises HisUnavailable with the outcome unknown."""
    try:
        answer = _ask(ports, asked)
        check(asked, answer)
    except HisRefused as refusal:
        refuse(ports, asked, refusal.code)
    except HisUnavailable:
        with ports.transaction() as session:
            move(session, asked.id, {"asked"}, state="unknown")
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
    old = _row(ports, asked.instead_of_id)
    if old.back_to == "booked":  # of a clinic that was called off nothing comes back
        _keep_back(ports, old, "moving")
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
            move(session, asked.id, {"asked"}, state="unknown")
        raise
    return taken(ports, asked, answer)


def _accept(ports: Ports, asked: Any, appointment_id: str) -> Appointment:
    if asked.prepay:  # it is confirmed when it is paid
        return ports.his.appointment(appointment_id)
    return ports.his.confirm(appointment_id=appointment_id, key=f"{asked.key}:confirm")


def stop(ports: Ports, row: Any) -> bool:
    """The hospital called the clinic of a booked number off: its holder is told, once, with this change.

    What was paid through us is owed back with it, in this transaction.
    """
    at = ports.now()
    with ports.transaction() as session:
        done = move(session, row.id, {"booked"}, state="stopped", settled_at=at, **guards.FREED)
        if done:
            payment_refunds.owe(ports, session, booking_id=row.id, cause="stopped")
            audit(session, row, "booking.stopped", at)
            _tell_stopped(ports, session, row)
    return done


def _tell_stopped(ports: Ports, session: Session, row: Any) -> None:
    """At once by day; at night in the morning, unless the clinic begins early."""
    now, soon = ports.now(), row.start - timedelta(hours=ports.rules["stopped_notice_hours"])
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind="stopped",
        payload={"view": "stopped", "ref": row.ref},
        dedupe_key=f"stopped:{row.ref}",
        due_at=max(now, min(quiet.waking(ports.rules, now), soon)),
        expires_at=max(row.end, now + timedelta(hours=1)),
    )


def cancel_at_his(ports: Ports, row: Any, *, key: str) -> None:
    """Give the number back at the hospital and settle. Raises Refused, HisUnavailable (still cancelling)."""
    _keep_back(ports, row, "cancelling")
    try:
        ports.his.cancel(appointment_id=row.appointment_id, key=key)
    except HisRefused:
        if row.pay_until is not None:  # it was only kept: the hospital lets it go by itself
            cancelled(ports, row, {"cancelling"})
            return
        with ports.transaction() as session:
            returned.stays(session, cause=row.ref)
            if move(session, row.id, {"cancelling"}, state="booked"):
                outcome_notices.tell(ports, session, row, "not_given_back")
        raise Refused("not_cancellable") from None
    cancelled(ports, row, {"cancelling"})


def _keep_back(ports: Ports, row: Any, state: str) -> None:
    """From before the hospital frees the place on, it is nobody's but the waitlist's."""
    facts = {"slot_id": row.slot_id, "patient_id": row.patient_id, "start": row.start}
    with ports.transaction() as session:
        if move(session, row.id, {state}, state=state):
            returned.note(ports, session, cause=row.ref, **facts)


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
        _put_back(ports, asked, answer.id)
        refused = refuse(ports, asked, "place_gone")
        if refused:
            log.warning("the HIS was to keep booking %s and calls it %s", asked.ref, answer.state)
        return refused
    until = answer.hold_until - timedelta(minutes=ports.rules["pay_grace_minutes"])
    until = min(until, ports.now() + timedelta(minutes=ports.rules["hold_minutes"]))
    with ports.transaction() as session:
        known = move(session, asked.id, OPEN, state="unpaid", pay_until=until, **_facts(asked, answer))
        if known:
            payment_orders.make(ports, session, booking=asked, amount_fen=answer.fee_fen, until=until)
            audit(session, asked, "booking.keep", ports.now())
            returned.taken_again(session, slot_id=asked.slot_id, patient_id=asked.patient_id)
            if later:
                tell(ports, session, asked, "unpaid", expires_at=until)
    if not known:
        _put_back(ports, asked, answer.id)
    return known


def _put_back(ports: Ports, asked: Any, appointment_id: str) -> None:
    """Give back a place that nobody counts on: a yes after our no. What a faster call of this key settled stands."""
    if _row(ports, asked.id).state in UNWANTED:
        let_go(ports, asked, appointment_id)


def let_go(ports: Ports, row: Any, appointment_id: str) -> None:
    """Give a place back that was only kept; a hospital that does not answer now lets it go by itself."""
    with suppress(HisRefused, HisUnavailable):
        ports.his.cancel(appointment_id=appointment_id, key=f"{row.ref}:cancel")


def tell(ports: Ports, session: Session, row: Any, view: str, *, expires_at: datetime | None = None) -> None:
    """One word to whoever booked, once a booking and view."""
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind=view,
        payload={"view": view, "ref": row.ref},
        dedupe_key=f"{view}:{row.ref}",
        due_at=ports.now(),
        expires_at=expires_at,
    )


def _facts(asked: Any, answer: Appointment) -> dict[str, Any]:
    facts = {"appointment_id": answer.id, "number": answer.number, "start": answer.start, "day": answer.day}
    facts |= {"session_id": answer.session_id, "fee_fen": answer.fee_fen, "room": answer.room or asked.room}
    return facts


def _book(ports: Ports, asked: Any, answer: Appointment) -> bool:
    at, facts = ports.now(), _facts(asked, answer)
    with ports.transaction() as session:
        if move(session, asked.id, OPEN, state="booked", settled_at=at, **facts):
            _give_way(session, asked)
            audit(session, asked, "booking.book" if asked.instead_of_id is None else "booking.move", at)
            returned.taken_again(session, slot_id=asked.slot_id, patient_id=asked.patient_id)
            if answer.state != "stopped":  # then that is the word
                outcome_notices.tell(ports, session, asked, "booked" if asked.instead_of_id is None else "rebooked")
            return True
    _answer_late(ports, asked, facts, at)
    return False


def _answer_late(ports: Ports, asked: Any, facts: dict[str, Any], at: datetime) -> None:
    """A yes that came after our no. The patient counts on the no, so the number goes back.

    A move is kept: the hospital has given the old number away, and going back would leave him with none.
    """
    with ports.transaction() as session:
        if not move(session, asked.id, {"refused"}, state="booked", settled_at=at, refusal=None, **facts):
            return
        if asked.instead_of_id is not None and _moved_late(session, asked):
            audit(session, asked, "booking.move", at, reason="late")
            return
        move(session, asked.id, {"booked"}, state="cancelling", refusal=NOT_DONE)
    cancel_at_his(ports, _row(ports, asked.id), key=f"{asked.ref}:cancel")


def _moved_late(session: Session, new: Any) -> bool:
    """False = the old number is no longer what it was when it was to be moved."""
    old = session.get(Booking, new.instead_of_id)
    if not move(session, old.id, {"booked", "stopped"}, state="moved", **guards.FREED):
        return False
    payment_orders.handed_on(session, old_id=old.id, new_id=new.id)
    same = (old.department_id, old.day) == (new.department_id, new.day)
    move(session, new.id, {"booked"}, guard=old.guard if same else None, week_guard=old.week_guard)
    return True


def _row(ports: Ports, booking_id: int) -> Any:
    with ports.transaction() as session:
        return session.get(Booking, booking_id)


def refuse(ports: Ports, asked: Any, code: str) -> bool:
    """Write down a no."""
    at = ports.now()
    with ports.transaction() as session:
        done = move(session, asked.id, OPEN, state="refused", refusal=code, settled_at=at, **guards.FREED)
        if done:
            _stay(session, asked)
            audit(session, asked, "booking.refused", at, reason=code)
            outcome_notices.tell(ports, session, asked, "not_booked" if asked.instead_of_id is None else "not_moved")
    return done


def cancelled(ports: Ports, row: Any, before: Collection[str]) -> bool:
    """Write down that a number was given back; what was paid for it is owed."""
    at = ports.now()
    by_patient = row.state not in OPEN
    facts = {"cancelled_at": at, "cancelled_by": "patient" if by_patient else "hospital", "settled_at": at}
    with ports.transaction() as session:
        done = move(session, row.id, before, state="cancelled", **facts, **guards.FREED)
        if done:
            _give_way(session, row)
            payment_refunds.owe(ports, session, booking_id=row.id, cause="cancelled")
            audit(session, row, "booking.cancel", at)
            taken: outcome_notices.Outcome = "moved_and_cancelled" if row.instead_of_id else "cancelled_at_desk"
            outcome_notices.tell(ports, session, row, "given_back" if by_patient else taken)
    return done


def _give_way(session: Session, new: Any) -> None:
    """The old number of a move is gone, its places go to the new one if that still stands."""
    old = session.get(Booking, new.instead_of_id) if new.instead_of_id is not None else None
    if old is None or not move(session, old.id, {"moving"}, state="moved", back_to=None, **guards.FREED):
        return
    payment_orders.handed_on(session, old_id=old.id, new_id=new.id)
    move(session, new.id, {"booked"}, **guards.handed_on(old, new))


def _stay(session: Session, new: Any) -> None:
    """The old number of a move stands again as it stood before."""
    if new.instead_of_id is not None:
        old = session.get(Booking, new.instead_of_id)
        if move(session, old.id, {"moving"}, state=Booking.back_to, back_to=None):
            returned.stays(session, cause=old.ref)


def audit(session: Session, row: Any, action: str, at: Any, reason: str = "") -> None:
    """One step of a booking, in the audit trail."""
    privacy.audit(
        session,
        actor_kind="person",
        actor_id=row.person_id,
        action=action,
        subject=f"{row.patient_id}/{row.ref}",
        reason=reason,
        at=at,
    )
