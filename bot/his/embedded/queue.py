"""Calling numbers and waiting for them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil, floor
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import appointments, changes
from bot.his.embedded.appointments import over_after
from bot.his.embedded.engine import Database
from bot.his.embedded.tables import appointment, call, session, slot
from bot.his.port import Appointment, QueueState, Session

TRIES = 3
LATE = timedelta(hours=2)  # checking in ends this long after the half day was to end: nobody is seen any more
EARLY_MINUTES = 15  # nobody is expected at the door earlier than this before his slot
PACE_CALLS = 3  # fewer calls than this say nothing about a doctor's pace
SPREAD = (0.8, 1.3)  # the honest range around the pace: most patients take 20 % less to 30 % more
LONGEST_GAP_MINUTES = 20.0  # a longer gap between two calls is a break, not a patient
STEP = 1000  # between the turns of two numbers: room for those who are put back behind one of them


def turn_of(row: Any) -> Any:
    """When an appointment of its half day is called; `row` is the table or an alias of it."""
    return sa.func.coalesce(row.c.turn, row.c.number * STEP)


def sessions(connection: Connection, day: date) -> list[Session]:
    """All half days of one day that are not closed, by start, then doctor."""
    query = _sessions().where(session.c.day == day, sa.not_(session.c.closed))
    rows = connection.execute(query.order_by(session.c.start, session.c.doctor_id))
    return [Session(*row) for row in rows]


def one_session(connection: Connection, session_id: str) -> Session:
    """Raises HisRefused('not_found')."""
    row = connection.execute(_sessions().where(session.c.id == session_id)).first()
    if row is None:
        raise HisRefused("not_found")
    return Session(*row)


def _sessions() -> sa.sql.Select:
    waiting = (
        sa.select(sa.func.count())
        .where(appointment.c.session_id == session.c.id, appointment.c.state == "booked")
        .scalar_subquery()
    )
    columns = {**session.c, "waiting": waiting.label("waiting")}
    return sa.select(*(columns[name] for name in Session.__dataclass_fields__))


def waiting_from(connection: Connection, day: date, moment: datetime) -> dict[str, int]:
    """By half day of a day: how many wait whose slots begin after a moment."""
    later = (session.c.day == day, appointment.c.state == "booked", appointment.c.start > moment)
    query = sa.select(session.c.id, sa.func.count()).join_from(session, appointment).where(*later)
    return {row[0]: row[1] for row in connection.execute(query.group_by(session.c.id))}


def call_next(database: Database, *, session_id: str, key: str, now: datetime) -> Session:
    """Finish who is inside, call the next number; the same key calls once.

    Raises HisRefused('not_found'; 'slot_closed' when the half day is not today's or was closed;
    'conflict' when the key called in another half day, or was a miss).
    """
    return _call(database, session_id, key, now, leaves="done")


def miss(database: Database, *, session_id: str, key: str, now: datetime) -> Session:
    """The number now called did not come: it is missed, the next one is called. Raises as `call_next`."""
    return _call(database, session_id, key, now, leaves="missed")


def _call(database: Database, session_id: str, key: str, now: datetime, *, leaves: str) -> Session:
    """Call the next number; the one called before `leaves` as done or missed."""
    with database.reading() as connection:  # repeats are common and need no write lock
        if _called_before(connection, session_id, key, leaves):
            return one_session(connection, session_id)
    for _ in range(TRIES):
        try:
            with database.writing() as connection:
                _call_once(connection, session_id, key, now, leaves)
                return one_session(connection, session_id)
        except IntegrityError:
            continue
    raise HisUnavailable(why="call")


def _call_once(connection: Connection, session_id: str, key: str, now: datetime, leaves: str) -> None:
    query = sa.select(session.c.day, session.c.end, session.c.closed).where(session.c.id == session_id)
    found = connection.execute(query).first()
    if found is None:
        raise HisRefused("not_found")
    if _called_before(connection, session_id, key, leaves):
        return
    if found.closed or found.day != clock.local(now).date():
        raise HisRefused("slot_closed")
    # The half day's row is the lock that makes callers of one session, and who closes it, take turns.
    mine = sa.update(session).where(session.c.id == session_id, sa.not_(session.c.closed))
    counted = mine.values(calls=session.c.calls + 1, over_at=over_after(found.end, now))
    if connection.execute(counted).rowcount != 1:
        raise HisRefused("slot_closed")
    number = _call_lowest(connection, session_id, now, leaves)
    connection.execute(sa.insert(call).values(key=key, session_id=session_id, number=number, at=now, leaves=leaves))
    if number is not None:
        connection.execute(mine.values(calling=number))


def _called_before(connection: Connection, session_id: str, key: str, leaves: str) -> bool:
    """Raises HisRefused('conflict') when the key stands for a call in another half day or of the other kind."""
    earlier = connection.execute(sa.select(call.c.session_id, call.c.leaves).where(call.c.key == key)).first()
    if earlier is not None and tuple(earlier) != (session_id, leaves):
        raise HisRefused("conflict")
    return earlier is not None


def _call_lowest(connection: Connection, session_id: str, now: datetime, leaves: str) -> int | None:
    """Let the one inside leave and call the number whose turn it is; None = nobody waits."""
    inside = (appointment.c.session_id == session_id, appointment.c.state == "called")
    leaving = connection.execute(sa.select(appointment.c.id, appointment.c.patient_id).where(*inside)).all()
    connection.execute(sa.update(appointment).where(*inside).values({"state": leaves, f"{leaves}_at": now}))
    changes.record(connection, "appointment", leaving, now=now)
    waiting = (appointment.c.session_id == session_id, appointment.c.state == "booked")
    query = sa.select(appointment).where(*waiting).order_by(turn_of(appointment))
    for row in connection.execute(query).all():
        calling = sa.update(appointment).where(appointment.c.id == row.id, appointment.c.state == "booked")
        if connection.execute(calling.values(state="called", called_at=now)).rowcount == 1:
            changes.record(connection, "appointment", [(row.id, row.patient_id)], now=now)
            return int(row.number)
    return None  # every candidate was cancelled while we looked


def calls(connection: Connection, session_id: str) -> list[datetime]:
    """When numbers were called in one half day, oldest first. Raises HisRefused('not_found')."""
    one_session(connection, session_id)
    query = sa.select(call.c.at).where(call.c.session_id == session_id, call.c.number.is_not(None))
    return list(connection.execute(query.order_by(call.c.at)).scalars())


def place(connection: Connection, appointment_id: str, *, now: datetime) -> QueueState:
    """Where one appointment stands. Raises HisRefused('not_found')."""
    mine = appointments.one(connection, appointment_id, now=now)
    opened = one_session(connection, mine.session_id)
    waits = mine.state in {"booked", "waiting"}
    ahead = _ahead(connection, mine) if waits else 0
    low, high = _minutes(connection, mine, opened, ahead, now) if waits else (0, 0)
    arrived = sa.select(appointment.c.arrived_at).where(appointment.c.id == mine.id)
    here = connection.execute(arrived).scalar() is not None
    until = opened.end + LATE if mine.state == "missed" or (waits and not here) else None
    return QueueState(mine.id, mine.number, opened.calling, ahead, mine.state, mine.room, low, high, here, until)


def _ahead(connection: Connection, mine: Appointment) -> int:
    other = appointment.alias()
    my_turn = sa.select(turn_of(appointment)).where(appointment.c.id == mine.id).scalar_subquery()
    query = sa.select(sa.func.count()).where(
        other.c.session_id == mine.session_id,
        other.c.state == "booked",
        turn_of(other) < my_turn,
    )
    return int(connection.execute(query).scalar_one())


def _minutes(connection: Connection, mine: Appointment, opened: Session, ahead: int, now: datetime) -> tuple[int, int]:
    """From now until this number is called: at the earliest, at the latest (whole minutes).

    The doctor begins at the session's start, sees those ahead at his pace, calls nobody not yet expected.
    """
    pace = _pace(connection, mine)
    opens = max(_minutes_until(opened.start, now), 0.0)
    expected = _minutes_until(mine.start - timedelta(minutes=EARLY_MINUTES), now)
    low = max(opens + ahead * pace * SPREAD[0], expected, 0.0)
    high = max(opens + (ahead + 1) * pace * SPREAD[1], _minutes_until(mine.start, now) + pace)
    return floor(low), max(ceil(high), floor(low) + 1)


def _minutes_until(moment: datetime, now: datetime) -> float:
    return (moment - now).total_seconds() / 60


def _pace(connection: Connection, mine: Appointment) -> float:
    """Minutes per patient: this half day's so far, or slot length over capacity before it is known."""
    query = sa.select(appointment.c.called_at).where(
        appointment.c.session_id == mine.session_id, appointment.c.called_at.is_not(None)
    )
    calls = sorted(connection.execute(query).scalars())
    gaps = [min((later - sooner).total_seconds() / 60, LONGEST_GAP_MINUTES) for sooner, later in pairwise(calls)]
    if len(gaps) >= PACE_CALLS:
        return max(sum(gaps) / len(gaps), 1.0)
    row: Row = connection.execute(sa.select(slot).where(slot.c.id == mine.slot_id)).one()
    return float((row.end - row.start).total_seconds() / 60 / row.capacity)
