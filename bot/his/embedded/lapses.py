"""Held places whose time ran out: they read as cancelled at once, and here their places are given back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.his.embedded import changes, stock
from bot.his.embedded.engine import Database
from bot.his.embedded.tables import appointment


def lapsed(now: datetime) -> sa.sql.ColumnElement[bool]:
    """The condition on his_appointment: held, and its time is over."""
    return sa.and_(appointment.c.state == "held", appointment.c.hold_until <= now)


def slots_of(connection: Connection, *conditions: sa.sql.ColumnElement[bool], now: datetime) -> set[str]:
    """Ids of the slots with lapsed holds that also fulfil the conditions."""
    query = sa.select(appointment.c.slot_id).where(lapsed(now), *conditions)
    return set(connection.execute(query).scalars())


def release_all(database: Database, *, now: datetime) -> int:
    """Give all lapsed places back, each slot in a transaction of its own; returns how many."""
    with database.reading() as connection:
        slot_ids = slots_of(connection, now=now)
    return sum(_release_one(database, slot_id, now) for slot_id in sorted(slot_ids))


def _release_one(database: Database, slot_id: str, now: datetime) -> int:
    with database.writing() as connection:
        stock.lock(connection, {slot_id})
        return release(connection, {slot_id}, now=now)


def release(connection: Connection, slot_ids: set[str], *, now: datetime) -> int:
    """Give the lapsed places of slots back whose rows the caller has locked; returns how many."""
    query = sa.select(appointment.c.id, appointment.c.slot_id, appointment.c.patient_id, appointment.c.door)
    found = connection.execute(query.where(lapsed(now), appointment.c.slot_id.in_(slot_ids))).all()
    freed = [row for row in found if _end(connection, row.id, now)]
    for row in freed:
        stock.give_back(connection, row.slot_id, {row.door: 1})
    changes.record(connection, "appointment", ((row.id, row.patient_id) for row in freed), now=now)
    return len(freed)


def _end(connection: Connection, appointment_id: str, now: datetime) -> bool:
    """False when somebody confirmed or ended it since we looked."""
    ending = sa.update(appointment).where(appointment.c.id == appointment_id, lapsed(now))
    values = {"state": "cancelled", "active": None, "cancelled_at": now}
    return connection.execute(ending.values(**values)).rowcount == 1
