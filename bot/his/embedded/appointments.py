"""Reading booked numbers. What is stored is what somebody did; some states follow from arrival and clock."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded.tables import appointment
from bot.his.port import Appointment, AppointmentState

WANTED = tuple(name for name in Appointment.__dataclass_fields__ if name != "state")
_QUERY = sa.select(*(appointment.c[name] for name in WANTED), appointment.c.state, appointment.c.arrived_at)


def state_of(stored: str, *, day: date, arrived: bool, now: datetime) -> AppointmentState:
    """What a stored state means at this moment: who is booked and here, waits; who was never called, missed it."""
    if stored != "booked":
        return stored  # type: ignore[return-value]
    if clock.local(now).date() > day:
        return "missed"
    return "waiting" if arrived else "booked"


def one(connection: Connection, appointment_id: str, *, now: datetime) -> Appointment:
    """Raises HisRefused('not_found')."""
    row = connection.execute(_QUERY.where(appointment.c.id == appointment_id)).mappings().first()
    if row is None:
        raise HisRefused("not_found")
    return _read(row, now)


def by_key(connection: Connection, key: str, *, now: datetime) -> Appointment | None:
    """What an earlier `book` with this key did."""
    row = connection.execute(_QUERY.where(appointment.c.key == key)).mappings().first()
    return _read(row, now) if row else None


def of_patient(connection: Connection, patient_id: str, *, now: datetime) -> list[Appointment]:
    """Newest day first, within a day the latest start first."""
    order = (appointment.c.day.desc(), appointment.c.start.desc(), appointment.c.id)
    rows = connection.execute(_QUERY.where(appointment.c.patient_id == patient_id).order_by(*order))
    return [_read(row, now) for row in rows.mappings()]


def _read(row: RowMapping, now: datetime) -> Appointment:
    facts, here = {name: row[name] for name in WANTED}, row["arrived_at"] is not None
    return Appointment(**facts, state=state_of(row["state"], day=row["day"], arrived=here, now=now))
