"""What became of visits: seen, missed, or given away by the hospital's own desk, as the hospital tells it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.booking import Booking, NewsCursor
from bot.errors import HisRefused, HisUnavailable
from bot.his.port import Appointment
from bot.ports import Ports
from bot.push import outbox
from bot.services import guards, paid_holds, payment_refunds, privacy, settling

log = logging.getLogger(__name__)
READER = "attendance"
BATCH = 200  # past visits asked about in one run
FAILURES_BEFORE_STOP = 3
ENDS = {"done": "done", "missed": "missed"}  # the hospital's word → ours


def learn(ports: Ports) -> int:
    """Ask about visits of past days that still stand as booked; gives how many found their end.

    Only whole days that are over: who was called and missed may come back while the clinic is open.
    Stops when the hospital gave no answer three times: the next run goes on. Called by bot.jobs.
    """
    learnt = failures = 0
    for row in _past(ports):
        if failures == FAILURES_BEFORE_STOP:
            break
        try:
            learnt += _learn_one(ports, row)
        except HisUnavailable:
            failures += 1
    return learnt


def hear(ports: Ports) -> int:
    """Read the hospital's news: numbers that its desk gave away are told to whoever booked them. Gives how many.

    Reads with an overlap and takes repeats for one. Raises HisUnavailable: the same news is read next time.
    """
    now = ports.now()
    changes = ports.his.changes(since=_since(ports, now))
    subjects = {change.subject_id for change in changes if change.kind == "appointment"}
    heard = sum(_learn_one(ports, row) for row in _ours(ports, subjects))
    _read_to(ports, now)
    return heard


def _past(ports: Ports) -> list[Any]:
    today = clock.local(ports.now()).date()
    query = sa.select(Booking).where(
        Booking.state == "booked",
        Booking.day < today,
        Booking.day >= today - timedelta(days=ports.rules["attendance_days"]),
    )
    with ports.transaction() as session:
        return list(session.scalars(query.order_by(Booking.day, Booking.id).limit(BATCH)))


def _ours(ports: Ports, appointments: set[str]) -> list[Any]:
    query = sa.select(Booking).where(
        Booking.appointment_id.in_(appointments), Booking.state.in_(("booked", "unpaid", "done", "missed"))
    )
    with ports.transaction() as session:
        return list(session.scalars(query.order_by(Booking.id)))


def _learn_one(ports: Ports, row: Any) -> bool:
    """Ask about one booking; one odd answer must not keep the news of all others back."""
    try:
        answer = ports.his.appointment(row.appointment_id)
    except HisRefused:
        return False  # the hospital has forgotten it; after `attendance_days` nobody asks again
    if answer.patient_id != row.patient_id:
        log.error("the HIS answered booking %s with another patient's appointment", row.ref)
        return False
    return _apply(ports, row, answer)


def _apply(ports: Ports, row: Any, answer: Appointment) -> bool:
    """Write down what the hospital says of one booking; False = nothing new."""
    if answer.state == "cancelled" and row.state == "unpaid":
        return paid_holds.called_off(ports, row)
    if answer.state == "cancelled":
        return _cancelled(ports, row)
    over = row.day < clock.local(ports.now()).date()
    return over and answer.state in ENDS and _ended(ports, row, ENDS[answer.state])


def _ended(ports: Ports, row: Any, state: str) -> bool:
    at = ports.now()
    with ports.transaction() as session:
        done = settling.move(session, row.id, {"booked", "done", "missed"} - {state}, state=state)
        if done:
            _audit(session, row, f"booking.{state}", at)
        return done


def _cancelled(ports: Ports, row: Any) -> bool:
    """Given away by the desk, for instance because the visitor's name was not the card's."""
    at = ports.now()
    facts = {"cancelled_at": at, "cancelled_by": "hospital", "settled_at": at}
    with ports.transaction() as session:
        done = settling.move(session, row.id, {"booked"}, state="cancelled", **facts, **guards.FREED)
        if done:
            payment_refunds.owe(ports, session, booking_id=row.id, cause="desk")
            _tell(ports, session, row)
            _audit(session, row, "booking.cancelled_at_desk", at)
        return done


def _tell(ports: Ports, session: Session, row: Any) -> None:
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind="booking_cancelled",
        payload={"view": "cancelled_at_desk", "ref": row.ref},
        dedupe_key=f"desk:{row.ref}",
        due_at=ports.now(),
    )


def _since(ports: Ports, now: datetime) -> datetime:
    """Where the last look ended, less the overlap."""
    with ports.transaction() as session:
        read_to = session.scalar(sa.select(NewsCursor.read_to).where(NewsCursor.reader == READER))
    return (read_to or now) - timedelta(minutes=ports.rules["news_overlap_minutes"])


def _read_to(ports: Ports, now: datetime) -> None:
    """Two readers at once: the later moment stays, and what both read is one by the booking's own state."""
    with ports.transaction() as session:
        if insert_new(session, NewsCursor, reader=READER, read_to=now):
            return
        ours = sa.update(NewsCursor).where(NewsCursor.reader == READER, NewsCursor.read_to < now)
        session.execute(ours.values(read_to=now).execution_options(synchronize_session=False))


def _audit(session: Session, row: Any, action: str, at: datetime) -> None:
    subject = f"{row.patient_id}/{row.ref}"
    privacy.audit(session, actor_kind="system", actor_id="attendance", action=action, subject=subject, at=at)
