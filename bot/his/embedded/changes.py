"""What happened at the hospital and not at the caller's wish: an append-only list, and half days that ran out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.his.embedded import results
from bot.his.embedded.appointments import EXPECTED
from bot.his.embedded.tables import appointment, change, session
from bot.his.port import Change, ChangeKind, hospital_of

REACH = timedelta(days=3)  # nobody is told what is older: a caller that was away so long compares by itself
UNFINISHED = (*EXPECTED, "called")  # what becomes missed or done when the half day is over


def record(
    connection: Connection, kind: ChangeKind, subjects: Iterable[tuple[str, str | None]], *, now: datetime
) -> None:
    """Write (subject id, patient id) pairs down in the transaction that changes them.

    `at` is the moment of writing, also for what is entered late: who asks for news must not miss it.
    """
    rows = [{"at": now, "kind": kind, "subject_id": subject, "patient_id": who} for subject, who in subjects]
    if rows:
        connection.execute(sa.insert(change), rows)


def since(connection: Connection, moment: datetime, *, now: datetime) -> list[Change]:
    """All from `moment` to now, oldest first, at most three days back but for reports."""
    first = max(moment, now - REACH)
    reports = results.changes(connection, since=moment, now=now)  # nobody writes down that a moment came
    found = [*_recorded(connection, first, now), *_run_out(connection, first, now), *reports]
    return sorted(found, key=lambda each: (each.at, each.id))


def _recorded(connection: Connection, first: datetime, now: datetime) -> list[Change]:
    rows = connection.execute(sa.select(change).where(change.c.at.between(first, now)))
    return [
        Change(f"{hospital_of(row.subject_id)}.e{row.position:09d}", row.at, row.kind, row.subject_id, row.patient_id)
        for row in rows
    ]


def _run_out(connection: Connection, first: datetime, now: datetime) -> list[Change]:
    """Numbers that became missed or done because their half day was over: nobody writes that down."""
    query = sa.select(session.c.over_at, appointment.c.id, appointment.c.patient_id).join_from(appointment, session)
    over = session.c.over_at.between(first, now)
    rows = connection.execute(query.where(over, appointment.c.state.in_(UNFINISHED)))
    return [Change(f"{row.id}.over", row.over_at, "appointment", row.id, row.patient_id) for row in rows]
