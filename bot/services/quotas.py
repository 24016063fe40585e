"""How often something may be done on one hospital day; a conditional UPDATE decides every race."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.quotas import Quota

NO_LIMIT = 10**9


def take(session: Session, *, kind: str, subject: str, at: datetime, limit: int, gap_seconds: int = 0) -> bool:
    """Count once more; False = the day's `limit` is reached, or the last one is not `gap_seconds` ago."""
    day = clock.local(at).date()
    insert_new(session, Quota, kind=kind, subject=subject, day=day, used=0)
    rested = sa.or_(Quota.last_at.is_(None), Quota.last_at <= at - timedelta(seconds=gap_seconds))
    where = (*_this(kind, subject, at), Quota.used < limit, rested)
    return _update(session, where, used=Quota.used + 1, last_at=at)


def give_back(session: Session, *, kind: str, subject: str, at: datetime) -> None:
    """Undo one `take` of what did not happen after all; the next one need not wait either."""
    _update(session, (*_this(kind, subject, at), Quota.used > 0), used=Quota.used - 1, last_at=None)


def rest(session: Session, *, kind: str, subject: str, at: datetime) -> None:
    """End the gap to the last one; the day's count stays."""
    _update(session, _this(kind, subject, at), last_at=None)


def used(session: Session, *, kind: str, subject: str, at: datetime) -> int:
    """How often it was done on the hospital day of `at`."""
    return int(session.scalar(sa.select(Quota.used).where(*_this(kind, subject, at))) or 0)


def seconds_left(session: Session, *, kind: str, subject: str, at: datetime, gap_seconds: int) -> int:
    """How long until the gap to the last one is over; 0 = it is."""
    last = session.scalar(sa.select(Quota.last_at).where(*_this(kind, subject, at)))
    return 0 if last is None else max(0, gap_seconds - int((at - last).total_seconds()))


def _this(kind: str, subject: str, at: datetime) -> tuple[Any, ...]:
    return Quota.kind == kind, Quota.subject == subject, Quota.day == clock.local(at).date()


def _update(session: Session, where: tuple[Any, ...], **values: Any) -> bool:
    statement = sa.update(Quota).where(*where).values(**values).execution_options(synchronize_session=False)
    return bool(session.execute(statement).rowcount)
