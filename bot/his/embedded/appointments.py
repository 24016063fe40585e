"""Reading booked numbers. What is stored is what somebody did; some states follow from arrival and clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot.errors import HisRefused
from bot.his.embedded.tables import appointment, session
from bot.his.port import Appointment, AppointmentState

EXPECTED = ("booked", "waiting")  # those whom the doctor is still to see; stored is `booked` for both
STANDING = ("held", *EXPECTED)  # these have a place and were not called yet
OVERTIME = timedelta(minutes=30)  # a half day that runs late is over so long after its last call or arrival

WANTED = tuple(name for name in Appointment.__dataclass_fields__ if name not in {"state", "hold_until"})
_QUERY = sa.select(
    *(appointment.c[name] for name in WANTED),
    appointment.c.state,
    appointment.c.hold_until,
    appointment.c.arrived_at,
    session.c.over_at,
).join_from(appointment, session)


def over_after(end: datetime, called_at: datetime) -> datetime:
    """When a half day is over that was to end at `end`, if at `called_at` the doctor called or somebody came late."""
    return max(end, called_at + OVERTIME)


def state_of(
    stored: str, *, arrived: bool, over_at: datetime, hold_until: datetime | None, now: datetime
) -> AppointmentState:
    """What a stored state means at this moment; `over_at` is the end of the half day."""
    if stored == "held":
        return "held" if hold_until is not None and now < hold_until else "cancelled"
    if stored in EXPECTED and now >= over_at:
        return "missed"
    if stored == "called" and now >= over_at:
        return "done"
    if stored == "booked" and arrived:
        return "waiting"
    return stored  # type: ignore[return-value]


def one(connection: Connection, appointment_id: str, *, now: datetime) -> Appointment:
    """Raises HisRefused('not_found')."""
    row = connection.execute(_QUERY.where(appointment.c.id == appointment_id)).mappings().first()
    if row is None:
        raise HisRefused("not_found")
    return _read(row, now)


def by_key(connection: Connection, key: str, *, now: datetime) -> Appointment | None:
    """What an earlier act with this key did."""
    row = connection.execute(_QUERY.where(appointment.c.key == key)).mappings().first()
    return _read(row, now) if row else None


def of_patient(connection: Connection, patient_id: str, *, now: datetime) -> list[Appointment]:
    """Newest day first, within a day the latest start first."""
    order = (appointment.c.day.desc(), appointment.c.start.desc(), appointment.c.id)
    rows = connection.execute(_QUERY.where(appointment.c.patient_id == patient_id).order_by(*order))
    return [_read(row, now) for row in rows.mappings()]


def _read(row: RowMapping, now: datetime) -> Appointment:
    facts = {name: row[name] for name in WANTED}
    state = state_of(
        row["state"],
        arrived=row["arrived_at"] is not None,
        over_at=row["over_at"],
        hold_until=row["hold_until"],
        now=now,
    )
    return Appointment(**facts, state=state, hold_until=row["hold_until"] if state == "held" else None)
