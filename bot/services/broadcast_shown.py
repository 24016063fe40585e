"""A broadcast as staff see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.broadcast import Broadcast as Row
from bot.db.broadcast import BroadcastWriter, MassResult
from bot.db.staff import StaffMember
from bot.errors import NotFound
from bot.services.broadcast_words import Words
from bot.services.staff import Staff

LONGEST_REF = 16


@dataclass(frozen=True)
class Result:
    """What WeChat reported: chosen, left after its own limits, reached, failed."""

    total: int
    filtered: int
    sent: int
    errors: int


@dataclass(frozen=True)
class Broadcast:
    """One article or notice as staff see it; names of staff, moments naive UTC.

    `mine`: whoever looks wrote in it, and so cannot approve it.
    """

    ref: str
    words: Words = field(repr=False)
    state: str
    version: int
    ticked: tuple[str, ...]
    author: str
    approver: str | None
    stopped_by: str | None
    reason: str
    updated_at: datetime
    approved_at: datetime | None
    ended_at: datetime | None
    expected: int | None
    queued: int
    withdrawn_at: datetime | None
    url: str
    has_picture: bool
    mine: bool
    result: Result | None


def named(ref: str) -> Any:
    """The condition on a name from outside, however long."""
    return Row.ref == str(ref)[:LONGEST_REF]


def found(session: Session, ref: str) -> Any:
    """The row of a name from outside. Raises NotFound."""
    row = session.scalars(sa.select(Row).where(named(ref)).execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def words_in(row: Any) -> Words:
    """The words of a row."""
    return Words(**{name: getattr(row, name) for name in Words.__dataclass_fields__})


def shown(session: Session, staff: Staff, row: Any) -> Broadcast:
    """A row with the names of whoever had to do with it, for whoever looks."""
    people = {row.author_id, row.approver_id, row.stopped_by} - {None}
    names = dict(session.execute(sa.select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(people))).all())
    writers = sa.select(BroadcastWriter.staff_id).where(BroadcastWriter.broadcast_id == row.id)
    same = ("ref", "state", "version", "reason", "updated_at", "approved_at", "ended_at", "expected")
    return Broadcast(
        **{name: getattr(row, name) for name in (*same, "queued", "withdrawn_at")},
        words=words_in(row),
        ticked=tuple(row.ticked or ()),
        author=names.get(row.author_id, ""),
        approver=names.get(row.approver_id),
        stopped_by=names.get(row.stopped_by),
        url=row.url or "",
        has_picture=bool(row.picture),
        mine=staff.id in {row.author_id, *session.scalars(writers)},
        result=_result(session, row),
    )


def _result(session: Session, row: Any) -> Result | None:
    if row.job is None or row.way != "mass":
        return None
    columns = (MassResult.total, MassResult.filtered, MassResult.sent, MassResult.errors)
    counts = session.execute(sa.select(*columns).where(MassResult.job == row.job)).first()
    return Result(*counts) if counts is not None else None
