"""From an intention to an outcome: telling the hospital, writing down what it said, asking again later.

    asked ──► booked ──► cancelling ──► cancelled
      │  ▲      ▲ │          │
      ▼  │      └─│──────────┘  the hospital refused to cancel
    unknown ──►   └────► stopped   the hospital called the clinic off
      └──► refused

A number moved to another half hour is a new booking beside the old one; both settle in one transaction:

    new:  asked | unknown ──► booked        refused
    old:  booked | stopped ──► moving ──► moved   or   as it was

Attendance (attendance.py) takes a booked one on to done, missed, or cancelled by the hospital.
Every step is a conditional UPDATE, so that a resumed call and the sweep cannot both win.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.errors import HisRefused, HisUnavailable, Refused
from bot.his.port import Appointment, hospital_of
from bot.ports import Ports
from bot.push import outbox
from bot.services import guards, outcome_notices, privacy, quiet, returned

log = logging.getLogger(__name__)
OPEN = frozenset({"asked", "unknown"})
FAILURES_BEFORE_STOP = 3
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
        _check(asked, answer)
    except HisRefused as refusal:
        _refuse(ports, asked, refusal.code)
    except HisUnavailable:
        with ports.transaction() as session:
            move(session, asked.id, {"asked"}, state="unknown")
        raise
    else:
        _book(ports, asked, answer)


def _ask(ports: Ports, asked: Any) -> Appointment:
    """One call: a number, or a number in place of another."""
    if asked.instead_of_id is None:
        return ports.his.book(slot_id=asked.slot_id, patient_id=asked.patient_id, key=asked.key)
    old = _row(ports, asked.instead_of_id)
    if old.back_to == "booked":  # of a clinic that was called off nothing comes back
        _keep_back(ports, old, "moving")
    return ports.his.reschedule(appointment_id=old.appointment_id, slot_id=asked.slot_id, key=asked.key)


def confirm_at_his(ports: Ports, asked: Any, *, appointment_id: str) -> bool:
    """Make the place that is held under the booking's key a booked one, and settle.

    False = the hospital had given it away. Raises HisUnavailable with the outcome unknown.
    """
    try:
        answer = ports.his.confirm(appointment_id=appointment_id, key=f"{asked.key}:confirm")
        _check(asked, answer)
    except HisRefused:
        _refuse(ports, asked, "place_gone")
        return False
    except HisUnavailable:
        with ports.transaction() as session:
            move(session, asked.id, {"asked"}, state="unknown")
        raise
    return _book(ports, asked, answer)


def stop(ports: Ports, row: Any) -> bool:
    """The hospital called the clinic of a booked number off: its holder is told, once, with this change.

    What was paid through us is given back here, in this transaction; so far nothing is, fees are paid at the hospital.
    """
    at = ports.now()
    with ports.transaction() as session:
        done = move(session, row.id, {"booked"}, state="stopped", settled_at=at, **guards.FREED)
        if done:
            _audit(session, row, "booking.stopped", at)
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
        with ports.transaction() as session:
            returned.stays(session, cause=row.ref)
            if move(session, row.id, {"cancelling"}, state="booked"):
                outcome_notices.tell(ports, session, row, "not_given_back")
        raise Refused("not_cancellable") from None
    _cancelled(ports, row, {"cancelling"})


def _keep_back(ports: Ports, row: Any, state: str) -> None:
    """From before the hospital frees the place on, it is nobody's but the waitlist's."""
    facts = {"slot_id": row.slot_id, "patient_id": row.patient_id, "start": row.start}
    with ports.transaction() as session:
        if move(session, row.id, {state}, state=state):
            returned.note(ports, session, cause=row.ref, **facts)


def settle_open(ports: Ports) -> int:
    """Ask the hospital about every open booking and cancelling; gives how many found their end.

    Stops when the hospital gave no answer three times: the next run goes on. Called by bot.jobs.
    """
    settled = failures = 0
    for row in _overdue(ports):
        if failures == FAILURES_BEFORE_STOP:
            break
        try:
            settled += _settle_one(ports, row)
        except HisUnavailable:
            failures += 1
        except Refused:  # a cancelling that the hospital refused stands as booked again: that is its end
            settled += 1
    return settled


def _overdue(ports: Ports) -> list[Any]:
    before = ports.now() - timedelta(minutes=ports.rules["settle_after_minutes"])
    with ports.transaction() as session:
        return list(
            session.scalars(
                sa.select(Booking)
                .where(Booking.state.in_([*OPEN, "cancelling"]), Booking.asked_at <= before)
                .order_by(Booking.id)
            )
        )


def _settle_one(ports: Ports, row: Any) -> bool:
    if row.state == "cancelling":
        cancel_at_his(ports, row, key=f"{row.ref}:cancel")
        return True
    answer = ports.his.appointment_by_key(row.key, hospital_id=hospital_of(row.slot_id))
    if answer is None:
        return _refuse(ports, row, NOT_DONE)
    _check(row, answer)
    if answer.state == "held" and row.key.startswith(WAITLIST_KEYS):
        return confirm_at_his(ports, row, appointment_id=answer.id)
    if answer.state == "cancelled":
        return _cancelled(ports, row, OPEN)
    done = _book(ports, row, answer)
    return (stop(ports, row) or done) if answer.state == "stopped" else done


def _check(asked: Any, answer: Appointment) -> None:
    """Somebody else's appointment is no answer; it is an alarm."""
    if (answer.key, answer.patient_id, answer.slot_id) != (asked.key, asked.patient_id, asked.slot_id):
        log.error("the HIS answered booking %s with another appointment", asked.ref)
        raise HisUnavailable


def _book(ports: Ports, asked: Any, answer: Appointment) -> bool:
    at = ports.now()
    facts = {"appointment_id": answer.id, "number": answer.number, "start": answer.start, "day": answer.day}
    facts |= {"session_id": answer.session_id, "fee_fen": answer.fee_fen, "room": answer.room or asked.room}
    with ports.transaction() as session:
        if move(session, asked.id, OPEN, state="booked", settled_at=at, **facts):
            _give_way(session, asked)
            _audit(session, asked, "booking.book" if asked.instead_of_id is None else "booking.move", at)
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
            _audit(session, asked, "booking.move", at, reason="late")
            return
        move(session, asked.id, {"booked"}, state="cancelling", refusal=NOT_DONE)
    cancel_at_his(ports, _row(ports, asked.id), key=f"{asked.ref}:cancel")


def _moved_late(session: Session, new: Any) -> bool:
    """False = the old number is no longer what it was when it was to be moved."""
    old = session.get(Booking, new.instead_of_id)
    if not move(session, old.id, {"booked", "stopped"}, state="moved", **guards.FREED):
        return False
    same = (old.department_id, old.day) == (new.department_id, new.day)
    move(session, new.id, {"booked"}, guard=old.guard if same else None, week_guard=old.week_guard)
    return True


def _row(ports: Ports, booking_id: int) -> Any:
    with ports.transaction() as session:
        return session.get(Booking, booking_id)


def _refuse(ports: Ports, asked: Any, code: str) -> bool:
    at = ports.now()
    with ports.transaction() as session:
        done = move(session, asked.id, OPEN, state="refused", refusal=code, settled_at=at, **guards.FREED)
        if done:
            _stay(session, asked)
            _audit(session, asked, "booking.refused", at, reason=code)
            outcome_notices.tell(ports, session, asked, "not_booked" if asked.instead_of_id is None else "not_moved")
    return done


def _cancelled(ports: Ports, row: Any, before: Collection[str]) -> bool:
    at = ports.now()
    by_patient = row.state not in OPEN
    facts = {"cancelled_at": at, "cancelled_by": "patient" if by_patient else "hospital", "settled_at": at}
    with ports.transaction() as session:
        done = move(session, row.id, before, state="cancelled", **facts, **guards.FREED)
        if done:
            _give_way(session, row)
            _audit(session, row, "booking.cancel", at)
            taken: outcome_notices.Outcome = "moved_and_cancelled" if row.instead_of_id else "cancelled_at_desk"
            outcome_notices.tell(ports, session, row, "given_back" if by_patient else taken)
    return done


def _give_way(session: Session, new: Any) -> None:
    """The old number of a move is gone, its places go to the new one if that still stands."""
    old = session.get(Booking, new.instead_of_id) if new.instead_of_id is not None else None
    if old is None or not move(session, old.id, {"moving"}, state="moved", back_to=None, **guards.FREED):
        return
    move(session, new.id, {"booked"}, **guards.handed_on(old, new))


def _stay(session: Session, new: Any) -> None:
    """The old number of a move stands again as it stood before."""
    if new.instead_of_id is not None:
        old = session.get(Booking, new.instead_of_id)
        if move(session, old.id, {"moving"}, state=Booking.back_to, back_to=None):
            returned.stays(session, cause=old.ref)


def _audit(session: Session, row: Any, action: str, at: Any, reason: str = "") -> None:
    privacy.audit(
        session,
        actor_kind="person",
        actor_id=row.person_id,
        action=action,
        subject=f"{row.patient_id}/{row.ref}",
        reason=reason,
        at=at,
    )
