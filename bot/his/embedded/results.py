"""Reports of laboratory and imaging. One that is not ready says when it will be, and nothing else."""

from __future__ import annotations

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded.directory import read_as
from bot.his.embedded.tables import observation, report
from bot.his.port import Observation, Report

HEAD = ("id", "patient_id", "kind", "name", "ordered_at", "expected_at", "ready_at", "doctor_name")


def listed(connection: Connection, patient_id: str, *, since: date, now: datetime) -> list[Report]:
    """Ordered on `since` or later, newest first; heads only."""
    begin = clock.utc(datetime.combine(since, time()))
    query = sa.select(*(report.c[name] for name in HEAD)).where(
        report.c.patient_id == patient_id, report.c.ordered_at >= begin, report.c.ordered_at <= now
    )
    rows = connection.execute(query.order_by(report.c.ordered_at.desc(), report.c.id))
    return [_head(row, now) for row in rows.mappings()]


def one(connection: Connection, *, patient_id: str, report_id: str, now: datetime) -> Report:
    """One whole report, or its head alone while it is not ready. Raises HisRefused('not_found')."""
    query = sa.select(report).where(
        report.c.id == report_id, report.c.patient_id == patient_id, report.c.ordered_at <= now
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise HisRefused("not_found")
    head = _head(row, now)
    if head.ready_at is None:
        return head
    lines = read_as(Observation, observation).where(observation.c.report_id == report_id)
    items = tuple(Observation(*line) for line in connection.execute(lines.order_by(observation.c.position)))
    return Report(**{**vars(head), "items": items, "finding": row["finding"], "impression": row["impression"]})


def _head(row: RowMapping, now: datetime) -> Report:
    facts = {name: row[name] for name in HEAD}
    ready = facts["ready_at"] is not None and facts["ready_at"] <= now
    return Report(**{**facts, "ready_at": facts["ready_at"] if ready else None})
