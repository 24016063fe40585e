"""What is pushed while one waits: 三人之后到您, half an hour before, 现在出发, 过号. Each once, none at night.

Every booking of today has one row that says when its queue is looked at next: often when it moves, seldom when it is
far away. Taking a row is a conditional UPDATE, and a notice's key names booking, half hour and round, so that two jobs
processes and repeated runs send nothing twice. Words are drawn when the notice leaves, from the queue as it is then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.booking import Booking as Row
from bot.db.messages import Person
from bot.db.queue import CheckIn, QueueWatch
from bot.errors import HisRefused, HisUnavailable, NotFound
from bot.his.port import HisPort, QueueState
from bot.ports import Ports
from bot.push import outbox
from bot.services import booking, expected, travel
from bot.services.booking import Booking
from bot.services.expected import WAITS
from bot.services.waiting import Wait

BEGINS = timedelta(hours=6)  # before its half hour a queue is watched: the longest way, and some
AT_ONCE = 300  # queues looked at in one run
FAILURES_BEFORE_STOP = 3
CALM = 4  # a queue is looked at again after this part of the shortest wait
LIVE = WAITS | {"called", "missed"}
USEFUL_MINUTES = {"near": 10, "leave": 15, "soon": 20, "missed": 12 * 60}  # later the notice is worth nothing


def watch(ports: Ports) -> int:
    """Look at the queues that are due and write what is to be told; gives how many notices. Called by bot.jobs.

    Stops when the hospital gave no answer three times: the next run goes on.
    """
    _begin(ports)
    ports = replace(ports, his=cast("HisPort", _AskedOnce(ports.his)))
    written = failures = 0
    for watched in _due(ports):
        if failures == FAILURES_BEFORE_STOP:
            break
        try:
            written += _look(ports, watched)
        except HisUnavailable:
            failures += 1
    return written


class _AskedOnce:
    """HisPort for one run: what all patients of a half day share is asked for once."""

    def __init__(self, inner: HisPort) -> None:
        self._inner = inner
        self.slot, self.calls = cache(inner.slot), cache(inner.calls)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _begin(ports: Ports) -> None:
    """A row for every booking of today whose half hour comes near."""
    now = ports.now()
    query = sa.select(Row.id).outerjoin(QueueWatch, QueueWatch.booking_id == Row.id)
    near = (Row.state == "booked", Row.day == clock.local(now).date(), Row.start <= now + BEGINS)
    with ports.transaction() as session:
        for booking_id in session.scalars(query.where(QueueWatch.booking_id.is_(None), *near)).all():
            insert_new(session, QueueWatch, booking_id=booking_id, look_at=now, ended=False)


def _due(ports: Ports) -> Iterator[Any]:
    """Bookings whose turn to be looked at has come, each taken by this run alone."""
    now = ports.now()
    query = sa.select(Row).join(QueueWatch, QueueWatch.booking_id == Row.id).join(Person, Person.id == Row.person_id)
    due = (QueueWatch.ended.is_(False), QueueWatch.look_at <= now)
    lives = (Row.state == "booked", Row.day == clock.local(now).date(), Person.subscribed.is_(True))
    with ports.transaction() as session:
        found = session.scalars(query.where(*due, *lives).order_by(QueueWatch.look_at).limit(AT_ONCE)).all()
    for row in found:
        later = now + timedelta(seconds=ports.rules["queue_watch_seconds"])
        with ports.transaction() as session:
            taken = _set(session, row.id, *due, look_at=later)
        if taken:
            yield row


def _look(ports: Ports, row: Any) -> bool:
    """Tell what is to be told of one queue, and say when to look again."""
    try:
        held = booking.one(ports, person_id=row.person_id, ref=row.ref)
        state = expected.asked(ports, row.appointment_id)
    except (HisRefused, NotFound):  # taken out by the desk; the card was unbound
        state = None
    if state is None or state.state not in LIVE:
        with ports.transaction() as session:
            _set(session, row.id, ended=True)
        return False
    wait = expected.wait(ports, held=held, state=state) if state.state in WAITS else None
    with ports.transaction() as session:
        way = 0 if state.arrived else travel.minutes(ports, session, person_id=row.person_id)
        kind = _kind(ports, state, wait, way)
        _set(session, row.id, look_at=_again(ports, wait))
        return kind is not None and _enqueue(ports, session, row, held, kind)


def _kind(ports: Ports, state: QueueState, wait: Wait | None, way: int) -> str | None:
    """The one thing that is worth a push now."""
    rules = ports.rules
    if _quiet(ports, ports.now()):
        return None
    if state.state == "missed":
        return "missed"
    if wait is None:
        return None
    soon = wait.middle <= rules["notice_before_minutes"]
    if soon and state.calling is not None and state.ahead <= rules["notice_ahead"]:
        return "near"
    if way and wait.low <= way + rules["leave_margin_minutes"]:
        return "leave"
    return "soon" if soon else None


def _enqueue(ports: Ports, session: Session, row: Any, held: Booking, kind: str) -> bool:
    back = sa.select(sa.func.count()).where(CheckIn.booking_id == row.id, CheckIn.outcome == "back")
    now = ports.now()
    return outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind=f"queue_{kind}",
        payload={"view": f"queue_{kind}", "ref": row.ref},
        dedupe_key=f"queue:{kind}:{row.ref}:{held.start:%d%H%M}:{session.scalar(back)}",
        due_at=now,
        expires_at=min(now + timedelta(minutes=USEFUL_MINUTES[kind]), _night(ports, now)),
    )


def _again(ports: Ports, wait: Wait | None) -> datetime:
    """When to look next: the sooner the call may come, the sooner."""
    shortest, longest = ports.rules["queue_watch_seconds"], ports.rules["queue_watch_longest_seconds"]
    seconds = min(max(wait.low * 60 / CALM, shortest), longest) if wait else 2 * shortest
    return ports.now() + timedelta(seconds=seconds)


def _quiet(ports: Ports, moment: datetime) -> bool:
    hour = clock.local(moment).hour
    return hour >= ports.rules["quiet_from_hour"] or hour < ports.rules["quiet_until_hour"]


def _night(ports: Ports, moment: datetime) -> datetime:
    """When quiet begins this evening."""
    return clock.utc(datetime.combine(clock.local(moment).date(), time(ports.rules["quiet_from_hour"])))


def _set(session: Session, booking_id: int, *conditions: Any, **values: Any) -> bool:
    statement = sa.update(QueueWatch).where(QueueWatch.booking_id == booking_id, *conditions).values(**values)
    return bool(session.execute(statement.execution_options(synchronize_session=False)).rowcount)
