"""Slots and their places. A place is taken by one conditional UPDATE; nothing here reads, then writes.

Who changes several rows takes them in this order, so that nobody waits in a circle: half day, slots by id (`lock`),
appointments, and last the row of a new appointment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import HisRefused
from bot.his.embedded.tables import appointment, doctor, session, slot
from bot.his.port import Slot

Door = Literal["wechat", "desk"]  # where a place is sold; each has its share of the slot when there are shares

_FREE: dict[Door, sa.sql.ColumnElement[bool]] = {
    "wechat": sa.or_(slot.c.share == 0, slot.c.share_taken < slot.c.share),
    "desk": sa.or_(slot.c.share == 0, slot.c.taken - slot.c.share_taken < slot.c.capacity - slot.c.share),
}


def slots(
    connection: Connection,
    *,
    first: date,
    last: date,
    department_id: str | None,
    doctor_id: str | None,
    now: datetime,
) -> list[Slot]:
    """Slots that have not begun, full ones too, closed half days not; sorted by start, then doctor."""
    query = _query(now).where(session.c.day.between(first, last), slot.c.start > now, sa.not_(session.c.closed))
    if department_id is not None:
        query = query.where(session.c.department_id == department_id)
    if doctor_id is not None:
        query = query.where(session.c.doctor_id == doctor_id)
    return [Slot(*row) for row in connection.execute(query.order_by(slot.c.start, session.c.doctor_id))]


def one(connection: Connection, slot_id: str, *, now: datetime) -> Slot:
    """Raises HisRefused('not_found')."""
    row = connection.execute(_query(now).where(slot.c.id == slot_id)).first()
    if row is None:
        raise HisRefused("not_found")
    return Slot(*row)


def _query(now: datetime) -> sa.sql.Select:
    """Slots as WeChat may sell them: of its share, with the places whose holds have lapsed."""
    lapsed = (
        sa.select(appointment.c.slot_id, sa.func.count().label("places"))
        .where(appointment.c.state == "held", appointment.c.hold_until <= now)
        .group_by(appointment.c.slot_id)
        .subquery()
    )
    unsold = sa.case((slot.c.share > 0, slot.c.share - slot.c.share_taken), else_=slot.c.capacity - slot.c.taken)
    left = sa.case((slot.c.closed, 0), else_=unsold + sa.func.coalesce(lapsed.c.places, 0))
    columns = {
        **{column.name: column for column in (*session.c, *slot.c)},  # what both have is the slot's
        "department_id": session.c.department_id,
        "left": left.label("left"),
        "fee_fen": doctor.c.fee_fen,
    }
    return (
        sa.select(*(columns[name] for name in Slot.__dataclass_fields__))
        .join_from(slot, session)
        .join(doctor, doctor.c.id == session.c.doctor_id)
        .outerjoin(lapsed, lapsed.c.slot_id == slot.c.id)
    )


def lock(connection: Connection, slot_ids: set[str]) -> None:
    """Hold the rows of these slots until commit, in the order in which everybody takes them.

    An UPDATE that changes nothing: SELECT … FOR UPDATE is silently dropped on SQLite.
    """
    for slot_id in sorted(slot_ids):
        connection.execute(sa.update(slot).where(slot.c.id == slot_id).values(taken=slot.c.taken))


def take_place(connection: Connection, slot_id: str, door: Door) -> int:
    """Take one place and its number: the lowest free one of the slot. Raises HisRefused('slot_full' | 'slot_closed').

    The UPDATE holds the slot's row until commit, so nobody else picks a number of this slot meanwhile.
    """
    free = (sa.not_(slot.c.closed), slot.c.taken < slot.c.capacity, _FREE[door])
    taking = sa.update(slot).where(slot.c.id == slot_id, *free)
    more = {"taken": slot.c.taken + 1, "share_taken": slot.c.share_taken + int(door == "wechat")}
    taken = connection.execute(taking.values(**more)).rowcount == 1
    row = connection.execute(sa.select(slot).where(slot.c.id == slot_id)).one()
    if not taken:
        raise HisRefused("slot_closed" if row.closed else "slot_full")
    in_use = sa.select(appointment.c.number).where(appointment.c.slot_id == slot_id, appointment.c.active == 1)
    sold = set(connection.execute(in_use).scalars())
    return next(number for number in range(row.first_number, row.first_number + row.capacity) if number not in sold)


def give_back(connection: Connection, slot_id: str, places: Mapping[str, int]) -> None:
    """Free so many places per door; the caller ends their appointments in the same transaction."""
    fewer = {
        "taken": slot.c.taken - sum(places.values()),
        "share_taken": slot.c.share_taken - places.get("wechat", 0),
    }
    connection.execute(sa.update(slot).where(slot.c.id == slot_id).values(**fewer))
