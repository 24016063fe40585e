"""From an intention to an outcome: telling the hospital, writing down what it said, asking again later.

    asked ──► booked ──► cancelling ──► cancelled
      │  ▲      ▲ │          │             ▲
      ▼  │      └─│──────────┘             │  the hospital refused to cancel
    unknown ──►   └────► stopped ──────────┘  the hospital called the clinic off; moved to another half hour
      └──► refused

Every step is a conditional UPDATE, so that a resumed call and the sweep cannot both win.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.errors import HisRefused, HisUnavailable, Refused
from bot.his.port import Appointment
from bot.ports import Ports
from bot.push import outbox
from bot.services import privacy, quiet, returned

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
        answer = ports.his.book(slot_id=asked.slot_id, patient_id=asked.patient_id, key=asked.key)
        _check(asked, answer)
    except HisRefused as refusal:
        _refuse(ports, asked, refusal.code)
    except HisUnavailable:
        with ports.transaction() as session:
            move(session, asked.id, {"asked"}, state="unknown")
        raise
    else:
        _book(ports, asked, answer)


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


def move_at_his(ports: Ports, asked: Any, *, instead_of: str) -> None:
    """Ask the hospital for the number in place of another one, and settle. Raises as `book_at_his`, and leaves
    `not_cancellable` as the refusal when the old appointment stands no longer.
    """
    try:
        answer = ports.his.reschedule(appointment_id=instead_of, slot_id=asked.slot_id, key=asked.key)
        _check(asked, answer)
    except HisRefused as refusal:
        _refuse(ports, asked, refusal.code)
    except HisUnavailable:
        with ports.transaction() as session:
            move(session, asked.id, {"asked"}, state="unknown")
        raise
    else:
        _book(ports, asked, answer)


def stop(ports: Ports, row: Any) -> bool:
    """The hospital called the clinic of a booked number off: its holder is told, once, with this change.

    What was paid through us is given back here, in this transaction; so far nothing is, fees are paid at the hospital.
    """
    at = ports.now()
    with ports.transaction() as session:
        done = move(session, row.id, {"booked"}, state="stopped", guard=None, settled_at=at)
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
    _keep_back(ports, row)
    try:
        ports.his.cancel(appointment_id=row.appointment_id, key=key)
    except HisRefused:
        with ports.transaction() as session:
            returned.stays(session, cause=row.ref)
            move(session, row.id, {"cancelling"}, state="booked")
        raise Refused("not_cancellable") from None
    _cancelled(ports, row, {"cancelling"})


def _keep_back(ports: Ports, row: Any) -> None:
    """From before the hospital frees the place on, it is nobody's but the waitlist's."""
    facts = {"slot_id": row.slot_id, "patient_id": row.patient_id, "start": row.start}
    with ports.transaction() as session:
        if move(session, row.id, {"cancelling"}, state="cancelling"):
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
    answer = ports.his.appointment_by_key(row.key)
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
            _audit(session, asked, "booking.book", at)
            returned.taken_again(session, slot_id=asked.slot_id, patient_id=asked.patient_id)
            return True
        state = session.scalar(sa.select(Booking.state).where(Booking.id == asked.id))
        late = state == "refused" and move(session, asked.id, {"refused"}, state="cancelling", appointment_id=answer.id)
    if late:  # a yes that came after our no: the patient counts on the no, so the number goes back
        cancel_at_his(ports, _again(ports, asked), key=f"{asked.ref}:cancel")
    return False


def _again(ports: Ports, asked: Any) -> Any:
    with ports.transaction() as session:
        return session.get(Booking, asked.id)


def _refuse(ports: Ports, asked: Any, code: str) -> bool:
    at = ports.now()
    with ports.transaction() as session:
        done = move(session, asked.id, OPEN, state="refused", refusal=code, guard=None, settled_at=at)
        if done:
            _audit(session, asked, "booking.refused", at, reason=code)
    return done


def _cancelled(ports: Ports, row: Any, before: Collection[str]) -> bool:
    at = ports.now()
    with ports.transaction() as session:
        done = move(session, row.id, before, state="cancelled", guard=None, cancelled_at=at, settled_at=at)
        if done:
            _audit(session, row, "booking.cancel", at)
    return done


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
