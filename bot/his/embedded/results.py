"""Reports of laboratory and imaging. One that is not ready says when it will be, and nothing else."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded.directory import read_as
from bot.his.embedded.tables import observation, report
from bot.his.port import Change, Observation, Report

HEAD = ("id", "patient_id", "kind", "name", "ordered_at", "expected_at", "ready_at", "doctor_name")
MOMENTS = ("ready_at", "final_at", "released_at")  # each of them is news about a report


def listed(connection: Connection, patient_id: str, *, since: date, now: datetime) -> list[Report]:
    """Ordered on `since` or later, newest first; heads only."""
    begin = clock.utc(datetime.combine(since, time()))
    query = sa.select(report).where(
        report.c.patient_id == patient_id, report.c.ordered_at >= begin, report.c.ordered_at <= now
    )
    rows = connection.execute(query.order_by(report.c.ordered_at.desc(), report.c.id))
    return [Report(**_head(row, now)) for row in rows.mappings()]


def one(connection: Connection, *, patient_id: str, report_id: str, now: datetime) -> Report:
    """One whole report, or its head alone while it is not ready. Raises HisRefused('not_found')."""
    query = sa.select(report).where(
        report.c.id == report_id, report.c.patient_id == patient_id, report.c.ordered_at <= now
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise HisRefused("not_found")
    head = _head(row, now)
    if head["ready_at"] is None:
        return Report(**head)
    lines = read_as(Observation, observation).where(observation.c.report_id == report_id)
    items = tuple(Observation(*line) for line in connection.execute(lines.order_by(observation.c.position)))
    impression = row["preliminary"] if head["status"] == "preliminary" else row["impression"]
    return Report(**head, items=items, finding=row["finding"], impression=impression)


def release(connection: Connection, report_id: str, *, now: datetime) -> None:
    """A doctor lets the patient see it; the first time counts. Raises HisRefused('not_found')."""
    known = (report.c.id == report_id, report.c.ready_at <= now)
    releasing = sa.update(report).where(*known).values(released_at=sa.func.coalesce(report.c.released_at, now))
    if connection.execute(releasing).rowcount != 1:
        raise HisRefused("not_found")


def changes(connection: Connection, *, since: datetime, now: datetime) -> list[Change]:
    """Reports that became readable, final or released at or after `since`, oldest first."""
    found = [change for moment in MOMENTS for change in _changes(connection, moment, since, now)]
    return sorted(found, key=lambda change: (change.at, change.id))


def _changes(connection: Connection, moment: str, since: datetime, now: datetime) -> list[Change]:
    at = report.c[moment]
    query = sa.select(report.c.id, report.c.patient_id, at.label("at")).where(at >= since, at <= now)
    return [
        Change(f"{row.id}:{moment.removesuffix('_at')}", row.at, "report_ready", row.id, row.patient_id)
        for row in connection.execute(query)
    ]


def _head(row: RowMapping, now: datetime) -> dict[str, Any]:
    """What is known at `now`: a moment that lies ahead has not happened."""
    facts = {name: row[name] for name in HEAD}
    if not _past(row["ready_at"], now):
        return {**facts, "ready_at": None, "status": "registered"}
    waiting = row["final_at"] is not None and not _past(row["final_at"], now)
    released = row["released_at"] if _past(row["released_at"], now) else None
    status = "preliminary" if waiting else "final"
    return {**facts, "status": status, "critical": row["critical"], "released_at": released}


def _past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
