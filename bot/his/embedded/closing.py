"""Calling a half day off (停诊)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import changes, lapses, queue, stock
from bot.his.embedded.appointments import STANDING
from bot.his.embedded.engine import Database
from bot.his.embedded.tables import appointment, closing, session, slot
from bot.his.port import Session

TRIES = 3


def close_session(database: Database, *, session_id: str, key: str, now: datetime) -> Session:
    """Raises HisRefused as HisPort.close_session."""
    for _ in range(TRIES):
        try:
            with database.writing() as connection:
                _close_once(connection, session_id, key, now)
                return queue.one_session(connection, session_id)
        except IntegrityError:  # another transaction used this key, or closed this half day
            continue
    raise HisUnavailable(why="close_session")


def _close_once(connection: Connection, session_id: str, key: str, now: datetime) -> None:
    queue.one_session(connection, session_id)
    used_for = connection.execute(sa.select(closing.c.session_id).where(closing.c.key == key)).scalar()
    if used_for not in {None, session_id}:
        raise HisRefused("conflict")
    shutting = sa.update(session).where(session.c.id == session_id, sa.not_(session.c.closed))
    if connection.execute(shutting.values(closed=True)).rowcount == 1:
        connection.execute(sa.insert(closing).values(key=key, session_id=session_id, at=now))
        _stop(connection, session_id, now)


def _stop(connection: Connection, session_id: str, now: datetime) -> None:
    """No slot sells any more; who was still to come is stopped; who is inside is seen to the end."""
    slot_ids = set(connection.execute(sa.select(slot.c.id).where(slot.c.session_id == session_id)).scalars())
    stock.lock(connection, slot_ids)
    connection.execute(sa.update(slot).where(slot.c.session_id == session_id).values(closed=True))
    lapses.release(connection, slot_ids, now=now)
    stopped = _change(connection, session_id, STANDING, state="stopped", active=None)
    inside = _change(connection, session_id, ("called",), state="done", done_at=now)
    places: dict[str, Counter[str]] = defaultdict(Counter)
    for row in stopped:
        places[row.slot_id][row.door] += 1
    for slot_id in sorted(places):
        stock.give_back(connection, slot_id, places[slot_id])
    changes.record(connection, "session_closed", [(session_id, None)], now=now)
    changes.record(connection, "appointment", ((row.id, row.patient_id) for row in [*stopped, *inside]), now=now)


def _change(connection: Connection, session_id: str, states: tuple[str, ...], **values: object) -> list[Any]:
    """Give these values to the half day's appointments in these states; returns the rows as they were.

    Nobody takes or gives back a place meanwhile: the caller holds the half day's row and its slots'.
    """
    query = sa.select(appointment).where(appointment.c.session_id == session_id, appointment.c.state.in_(states))
    rows = connection.execute(query.order_by(appointment.c.id)).all()
    ids = [row.id for row in rows]
    connection.execute(sa.update(appointment).where(appointment.c.id.in_(ids)).values(**values))
    return rows
