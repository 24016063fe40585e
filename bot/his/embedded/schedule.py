"""From the weekly rota to half days and half-hour slots."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot import clock
from bot.his.embedded import tables

SLOT = timedelta(minutes=30)
PERIODS = {"am": (time(8), time(12)), "pm": (time(13, 30), time(17)), "night": (time(17, 30), time(20, 30))}


Rows = list[dict[str, Any]]  # what an INSERT takes


def plan_day(connection: Connection, day: date, doctor_id: str | None = None) -> tuple[Rows, Rows]:
    """Half days and slots of one day as the rota has it, of one doctor or of all; nothing is written."""
    query = sa.select(tables.rota.c.period, tables.doctor).join_from(tables.rota, tables.doctor)
    query = query.where(tables.rota.c.weekday == day.weekday())
    if doctor_id is not None:
        query = query.where(tables.doctor.c.id == doctor_id)
    on_duty = connection.execute(query.order_by(tables.doctor.c.id, tables.rota.c.period)).all()
    halves = [_half_day(row, day) for row in on_duty]
    return halves, [line for row, half in zip(on_duty, halves, strict=True) for line in _slots(row, half)]


def write_day(connection: Connection, halves: Rows, slots: Rows) -> None:
    """The caller makes sure that it is done once (table his_scheduled_day); twice breaks a unique key."""
    if halves:
        connection.execute(sa.insert(tables.session), halves)
        connection.execute(sa.insert(tables.slot), slots)


def _half_day(row: Any, day: date) -> dict[str, Any]:
    begin, end = PERIODS[row.period]
    return {
        "id": f"{_stem(row.id, 's')}-{day:%Y%m%d}-{row.period}",
        "doctor_id": row.id,
        "department_id": row.department_id,
        "day": day,
        "period": row.period,
        "start": clock.utc(datetime.combine(day, begin)),
        "end": clock.utc(datetime.combine(day, end)),
        "over_at": clock.utc(datetime.combine(day, end)),
        "room": row.room,
    }


def _slots(row: Any, half: dict[str, Any]) -> list[dict[str, Any]]:
    """Half hours of one half day. Numbers run on: the first slot of 5 has 1–5, the next 6–10."""
    count = int((half["end"] - half["start"]) / SLOT)
    stem = _stem(row.id, "t")
    return [
        {
            "id": f"{stem}-{clock.local(half['start'] + SLOT * place):%Y%m%d-%H%M}",
            "session_id": half["id"],
            "start": half["start"] + SLOT * place,
            "end": half["start"] + SLOT * (place + 1),
            "first_number": 1 + place * row.capacity,
            "capacity": row.capacity,
            "taken": 0,
            "share": row.share,
            "share_taken": 0,
        }
        for place in range(count)
    ]


def _stem(doctor_id: str, kind: str) -> str:
    """`yh.s-d012` of `yh.d012`."""
    hospital, local = doctor_id.split(".", 1)
    return f"{hospital}.{kind}-{local}"
