"""Who is at the hospital: checking in (报到), and finding back into the queue after a missed call."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import changes, queue
from bot.his.embedded.appointments import over_after
from bot.his.embedded.crowd import CROWD_KEY
from bot.his.embedded.engine import Database
from bot.his.embedded.tables import appointment, session
from bot.his.embedded.tables import check_in as given
from bot.his.port import QueueState

OPENS = timedelta(hours=3)  # checking in begins this long before one's half hour
PLACES_BACK = 3  # whoever missed his call is put behind this many of those who wait at the door


def check_in(database: Database, *, appointment_id: str, key: str, now: datetime) -> QueueState:
    """Raises HisRefused as HisPort.check_in; the same key is one check-in."""
    for _ in range(queue.TRIES):
        try:
            with database.writing() as connection:
                if not _given_before(connection, appointment_id, key):
                    _arrive(connection, appointment_id, key, now)
                return queue.place(connection, appointment_id, now=now)
        except IntegrityError:  # the same key in two transactions: the second look finds it
            continue
    raise HisUnavailable(why="check_in")


def _given_before(connection: Connection, appointment_id: str, key: str) -> bool:
    """Raises HisRefused('conflict') when the key checked in another appointment."""
    earlier = connection.execute(sa.select(given.c.appointment_id).where(given.c.key == key)).scalar()
    if earlier not in {None, appointment_id}:
        raise HisRefused("conflict")
    return earlier is not None


def _arrive(connection: Connection, appointment_id: str, key: str, now: datetime) -> None:
    mine = _held(connection, appointment_id)
    _allowed(mine, now, until=queue.one_session(connection, mine.session_id).end + queue.LATE)
    if connection.execute(sa.select(session.c.closed).where(session.c.id == mine.session_id)).scalar():
        raise HisRefused("not_queued")  # called off: who had missed his call finds nobody
    values = {"arrived_at": sa.func.coalesce(appointment.c.arrived_at, now)}
    if mine.state == "missed":
        values |= {"state": "booked", "turn": _turn_back(connection, mine, now)}
    stands = sa.update(appointment).where(appointment.c.id == mine.id, appointment.c.state == mine.state)
    if connection.execute(stands.values(**values)).rowcount != 1:
        raise HisRefused("not_queued")  # cancelled since we looked
    connection.execute(sa.insert(given).values(key=key, appointment_id=mine.id, at=now))
    _stay_open(connection, mine.session_id, now)
    changes.record(connection, "appointment", [(mine.id, mine.patient_id)], now=now)


def _held(connection: Connection, appointment_id: str) -> Row:
    """The appointment as stored, with its half day held, so that no call comes between look and write."""
    half = sa.select(appointment.c.session_id).where(appointment.c.id == appointment_id)
    locked = sa.update(session).where(session.c.id == half.scalar_subquery())
    if connection.execute(locked.values(calls=session.c.calls)).rowcount != 1:
        raise HisRefused("not_found")
    return connection.execute(sa.select(appointment).where(appointment.c.id == appointment_id)).one()


def _allowed(mine: Row, now: datetime, *, until: datetime) -> None:
    if mine.state not in {"booked", "called", "missed"}:
        raise HisRefused("not_queued")
    if mine.day != clock.local(now).date():
        raise HisRefused("not_today")
    if now < mine.start - OPENS:
        raise HisRefused("too_early")
    if now > until and (mine.state == "missed" or mine.arrived_at is None):
        raise HisRefused("too_late")


def _stay_open(connection: Connection, session_id: str, now: datetime) -> None:
    """Who comes late is still seen: the half day is not over while he waits for the next call."""
    half = connection.execute(sa.select(session).where(session.c.id == session_id)).one()
    late = sa.update(session).where(session.c.id == session_id, session.c.over_at < over_after(half.end, now))
    connection.execute(late.values(over_at=over_after(half.end, now)))


def _turn_back(connection: Connection, mine: Row, now: datetime) -> int:
    """A turn behind those next at the door, and behind whoever was put back there before; alone he is next."""
    waiting = sa.and_(appointment.c.session_id == mine.session_id, appointment.c.state == "booked")
    here = waiting & (appointment.c.start <= now + timedelta(minutes=queue.EARLY_MINUTES))
    turn = queue.turn_of(appointment)
    before = connection.execute(sa.select(turn).where(here).order_by(turn).limit(PLACES_BACK)).scalars()
    last = max(before, default=None)
    if last is None:
        return int(mine.turn or mine.number * queue.STEP)
    block = (last // queue.STEP + 1) * queue.STEP
    taken = connection.execute(sa.select(sa.func.max(turn)).where(waiting, turn < block)).scalar_one()
    return int(taken) + 1


def absent(connection: Connection, day: date) -> frozenset[str]:
    """Half days whose called number nobody answers to: a real patient who never checked in. The crowd always comes."""
    query = sa.select(appointment.c.session_id).where(
        appointment.c.day == day,
        appointment.c.state == "called",
        appointment.c.arrived_at.is_(None),
        sa.not_(appointment.c.key.startswith(CROWD_KEY)),
    )
    return frozenset(connection.execute(query).scalars())
