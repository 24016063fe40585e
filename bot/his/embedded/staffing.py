"""What the hospital's office changes while running: a new doctor."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded import schedule, tables
from bot.his.port import Doctor, hospital_of

WEEKDAYS = range(5)
CAPACITY = 5  # places per half hour until the office decides otherwise


def add(connection: Connection, *, name: str, department_id: str, title: str, specialty: str, fee_fen: int) -> Doctor:
    """Write the doctor, his rota, and his half days on every day that is already scheduled."""
    query = sa.select(tables.department.c.floor).where(tables.department.c.id == department_id)
    floor = connection.execute(query).scalar()
    if floor is None:
        raise HisRefused("not_found")
    doctor = Doctor(
        f"{hospital_of(department_id)}.d{uuid.uuid4().hex[:10]}", name, department_id, title, specialty, fee_fen
    )
    row = {**vars(doctor), "room": f"{floor}加诊室", "capacity": CAPACITY, "demand": 0}
    connection.execute(sa.insert(tables.doctor).values(**row))
    rota = [{"doctor_id": doctor.id, "weekday": day, "period": half} for day in WEEKDAYS for half in ("am", "pm")]
    connection.execute(sa.insert(tables.rota), rota)
    _join_schedule(connection, doctor.id)
    return doctor


def _join_schedule(connection: Connection, doctor_id: str) -> None:
    query = sa.select(tables.scheduled_day.c.day).where(tables.scheduled_day.c.day >= clock.today())
    for day in connection.execute(query).scalars().all():
        schedule.write_day(connection, *schedule.plan_day(connection, day, doctor_id))
