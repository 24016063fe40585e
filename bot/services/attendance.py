"""What became of numbers: seen, missed, given away or called off by the hospital, as the hospital tells it."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.booking import Booking
from bot.errors import HisUnavailable, OddAnswer
from bot.his.port import Appointment, Change
from bot.ports import Ports
from bot.services import booking_lost, booking_steps, paid_holds, privacy, visit_changes

log = logging.getLogger(__name__)
BATCH = 200  # past visits asked about in one run
FAILURES_BEFORE_STOP = 3
NAMES = 500  # values in one statement
HEARD = ("booked", "unpaid", "done", "missed")  # states of a number of which the hospital may still have news
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
            learnt += ask(ports, row)
        except OddAnswer:
            continue
        except HisUnavailable:
            failures += 1
    return learnt


def hear(ports: Ports, change: Change) -> int:
    """Look at the numbers that a change of the hospital's news concerns; gives how many ended or stopped.

    Whoever booked one that the desk gave away or called off is told. Raises HisUnavailable, OddAnswer.
    """
    return sum(ask(ports, row) for row in _ours(ports, change.subject_id))


def booked_here(ports: Ports, subjects: Collection[str]) -> set[str]:
    """Which of these appointments and half days have a number of ours."""
    found: set[str] = set()
    names = iter(sorted(subjects))
    while part := list(islice(names, NAMES)):
        for column in (Booking.appointment_id, Booking.session_id):
            with ports.transaction() as session:
                ours = sa.select(column).where(column.in_(part), Booking.state.in_(HEARD)).distinct()
                found |= set(session.scalars(ours))
    return found


def _past(ports: Ports) -> list[Any]:
    today = clock.local(ports.now()).date()
    query = sa.select(Booking).where(
        Booking.state == "booked",
        Booking.day < today,
        Booking.day >= today - timedelta(days=ports.rules["attendance_days"]),
    )
    with ports.transaction() as session:
        return list(session.scalars(query.order_by(Booking.day, Booking.id).limit(BATCH)))


def _ours(ports: Ports, subject_id: str) -> list[Any]:
    subject = sa.or_(Booking.appointment_id == subject_id, Booking.session_id == subject_id)
    query = sa.select(Booking).where(subject, Booking.state.in_(HEARD))
    with ports.transaction() as session:
        return list(session.scalars(query.order_by(Booking.id)))


def ask(ports: Ports, row: Any) -> bool:
    """Ask what became of one number and write it down; False = nothing new. Raises HisUnavailable, OddAnswer."""
    says = booking_steps.says(ports, row)
    return says is not None and _apply(ports, row, says)  # after `attendance_days` nobody asks about a forgotten one


def _apply(ports: Ports, row: Any, answer: Appointment) -> bool:
    """Write down what the hospital says of one booking; False = nothing new."""
    if answer.state in {"cancelled", "stopped"} and row.state == "unpaid":
        return paid_holds.called_off(ports, row)
    if answer.state in {"cancelled", "stopped"}:
        with ports.transaction() as session:
            return booking_lost.taken_away(ports, session, row.id, answer)
    if answer.state == "booked" and row.state == "booked" and visit_changes.differs(row, answer):
        return visit_changes.change(ports, row, answer)
    over = row.day < clock.local(ports.now()).date()
    return over and answer.state in ENDS and _ended(ports, row, ENDS[answer.state])


def _ended(ports: Ports, row: Any, state: str) -> bool:
    at = ports.now()
    with ports.transaction() as session:
        done = booking_steps.move(session, row.id, {"booked", "done", "missed"} - {state}, state=state)
        if done:
            _audit(session, row, f"booking.{state}", at)
        return done


def _audit(session: Session, row: Any, action: str, at: datetime) -> None:
    subject = f"{row.patient_id}/{row.ref}"
    privacy.audit(session, actor_kind="system", actor_id="attendance", action=action, subject=subject, at=at)
