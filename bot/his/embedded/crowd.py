"""The demo's other patients: they booked before us, first at the window, so queues and stock are alive.

A hospital that was not generated (no seed) has no crowd; then nothing here does anything.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot import clock
from bot.his.embedded import changes, tables
from bot.his.embedded.appointments import over_after
from bot.his.embedded.schedule import Rows
from bot.his.embedded.ticker import EARLY, pace
from bot.his.port import hospital_of

CROWD_KEY = "crowd:"  # how the keys of their appointments begin
LOCAL = ".q"  # ids of the crowd: yh.qf… women, yh.qm… men, yh.qc… children
AUDIENCES = {"f": "f", "m": "m", "child": "c", "any": "fm"}


def fill(connection: Connection, day: date, halves: Rows, slots: Rows) -> Rows:
    """Sell places of one planned day to the crowd: sets `taken` in the slots, returns the appointments' rows.

    Depends on seed, day, rota and demand alone, not on when it runs.
    """
    seed = connection.execute(sa.select(tables.hospital.c.seed)).scalar()
    if seed is None:
        return []
    people = _people(connection)
    doctors = {row.id: row for row in connection.execute(sa.select(tables.doctor)).all()}
    audience = dict(connection.execute(sa.select(tables.department.c.id, tables.department.c.audience)).all())
    by_id = {half["id"]: half for half in halves}
    rooms: dict[str, Rows] = defaultdict(list)
    for slot in slots:
        rooms[by_id[slot["session_id"]]["department_id"]].append(slot)
    sold: Rows = []
    for department_id, offered in rooms.items():
        rng = Random(f"{seed}/crowd/{day}/{department_id}")  # noqa: S311 - reproducible play data
        pool = [person for kind in AUDIENCES[audience[department_id]] for person in people[kind]]
        places = sum(slot["capacity"] for slot in offered)
        queue = iter(rng.sample(pool, min(places, len(pool))))
        for slot in offered:
            half = by_id[slot["session_id"]]
            sold += _sell(rng, slot, half, doctors[half["doctor_id"]], queue)
    return sold


def write(connection: Connection, sold: Rows) -> None:
    """Insert what `fill` sold."""
    if sold:
        connection.execute(sa.insert(tables.appointment), sold)


def _people(connection: Connection) -> dict[str, list[str]]:
    """Ids of the crowd by kind (f, m, c), in one order on every engine."""
    prefix = str(connection.execute(sa.select(tables.hospital.c.id)).scalar_one()) + LOCAL
    query = sa.select(tables.patient.c.id).where(tables.patient.c.id.startswith(prefix))
    people: dict[str, list[str]] = {"f": [], "m": [], "c": []}
    for patient_id in sorted(connection.execute(query).scalars()):
        people[patient_id[len(prefix)]].append(patient_id)
    return people


def _sell(rng: Random, slot: dict[str, Any], half: dict[str, Any], doctor: Any, queue: Iterator[str]) -> Rows:
    wanted = slot["capacity"] * doctor.demand / 100
    taken = int(wanted) + (rng.random() < wanted % 1)
    if doctor.demand < 100:  # noqa: PLR2004 - percent
        taken += rng.choice((-1, 0, 0, 1))
    buyers = list(islice(queue, min(max(taken, 0), slot["capacity"])))
    window = slot["capacity"] - slot["share"] if slot["share"] else 0
    slot["taken"], slot["share_taken"] = len(buyers), max(len(buyers) - window, 0)
    booked_at = slot["start"] - timedelta(days=1 + rng.random() * 12)
    return [
        {
            **_appointment(slot, half, doctor, patient_id, slot["first_number"] + place),
            "door": "desk" if place < window else "wechat",
            "booked_at": booked_at,
        }
        for place, patient_id in enumerate(buyers)
    ]


def _appointment(
    slot: dict[str, Any], half: dict[str, Any], doctor: Any, patient_id: str, number: int
) -> dict[str, Any]:
    key = f"{CROWD_KEY}{slot['id']}:{number}"
    return {
        "id": f"{hospital_of(slot['id'])}.a{hashlib.sha256(key.encode()).hexdigest()[:16]}",
        "key": key,
        "slot_id": slot["id"],
        "session_id": half["id"],
        "patient_id": patient_id,
        "department_id": half["department_id"],
        "doctor_id": half["doctor_id"],
        "day": half["day"],
        "start": slot["start"],
        "number": number,
        "room": half["room"],
        "fee_fen": doctor.fee_fen,
        "state": "booked",
        "active": 1,
        "act": "book",
    }


def catch_up(connection: Connection, now: datetime) -> int:
    """Play today's half days that began while nobody ticked, up to now; returns how many.

    The calls follow the ticker's own pace, so that the ticker goes on without a jump.
    """
    query = sa.select(tables.session).where(
        tables.session.c.day == clock.local(now).date(),
        tables.session.c.start <= now,
        tables.session.c.calling.is_(None),
        sa.not_(tables.session.c.closed),
    )
    return sum(_play(connection, half, now) for half in connection.execute(query).all())


def _play(connection: Connection, half: Any, now: datetime) -> bool:
    waiting = (tables.appointment.c.session_id == half.id, tables.appointment.c.state == "booked")
    line = connection.execute(sa.select(tables.appointment).where(*waiting).order_by(tables.appointment.c.number)).all()
    calls = _calls(line, half, now)
    if not calls:
        return False
    opening = sa.update(tables.session).where(tables.session.c.id == half.id, tables.session.c.calling.is_(None))
    over_at = over_after(half.end, calls[-1]["called_at"])
    opened = opening.values(calling=calls[-1]["number"], calls=len(calls), over_at=over_at)
    if connection.execute(opened).rowcount != 1:
        return False
    calling = sa.update(tables.appointment).where(tables.appointment.c.id == sa.bindparam("who"))
    values = {name: sa.bindparam(name) for name in ("state", "called_at", "done_at", "missed_at")}
    calling = calling.where(tables.appointment.c.state == "booked").values(**values)
    connection.execute(calling, [{k: v for k, v in call.items() if k != "number"} for call in calls])
    patients = {row.id: row.patient_id for row in line}
    changes.record(connection, "appointment", ((call["who"], patients[call["who"]]) for call in calls), now=now)
    connection.execute(sa.insert(tables.call), [_written(half.id, call) for call in calls])
    return True


def _written(session_id: str, call: dict[str, Any]) -> dict[str, Any]:
    key = f"played:{session_id}:{call['number']}"
    return {"key": key, "session_id": session_id, "number": call["number"], "at": call["called_at"], "leaves": "done"}


def _calls(line: list[Any], half: Any, now: datetime) -> Rows:
    """Who was called when, at this half day's pace; the last one is still inside unless his time is over."""
    calls: Rows = []
    free, step = half.start, pace(half.id)
    for waiting in line:
        at = max(free, waiting.start - EARLY)
        if at > now:
            break
        free = at + step
        came = waiting.arrived_at is not None or waiting.key.startswith(CROWD_KEY)
        state = "called" if free > now else "done" if came else "missed"
        ends = {f"{name}_at": free if state == name else None for name in ("done", "missed")}
        calls.append({"who": waiting.id, "number": waiting.number, "state": state, "called_at": at, **ends})
    return calls
