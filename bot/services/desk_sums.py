"""How many questions each filter of the inbox has, and what stands for the state of them all.

Counted anew only when the database has counted a change of this scope, or when time itself makes a difference:
somebody gets late, or a hold runs out. Until then a poll costs one small read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.desk_stamps import QuestionStamp
from bot.ports import Ports
from bot.services.desk_filters import BACK, FILTERS, OPEN, Wanted, conditions, placed
from bot.services.desk_scope import scope
from bot.services.staff import Staff

MOST = 2000  # readers' parts that one process remembers


Place = tuple[str, str, str | None]  # department id and name, doctor id or None
_known: WeakKeyDictionary[Any, dict[tuple[Staff, Wanted], Sums]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Sums:
    """What was counted at `since`; it holds until `until` (None = for good) while the `stamp` is the same.

    `print`: stands for it all.
    """

    stamp: tuple[Any, ...]
    since: datetime
    until: datetime | None
    counts: dict[str, int]
    print: str
    places: tuple[Place, ...]


def of(ports: Ports, session: Session, *, staff: Staff, wanted: Wanted) -> Sums:
    """The sums of one reader's part of the inbox; `wanted.page` makes no difference. Raises Refused (role)."""
    scope(staff)
    mine, key = _known.setdefault(ports.transaction, {}), (staff, wanted.first)
    stamp, now = _stamp(session, staff), ports.now()
    known = mine.get(key)
    if known is None or known.stamp != stamp or not _holds(known, now):
        known = _counted(ports, session, staff, wanted, stamp)
        if len(mine) >= MOST:
            mine.clear()
        mine[key] = known
    return known


def _holds(known: Sums, now: datetime) -> bool:
    return known.since <= now and (known.until is None or now < known.until)


def _stamp(session: Session, staff: Staff) -> tuple[Any, ...]:
    """How often anything in this scope has changed. Read before the sums: what changes between is counted again."""
    seen = [f"d:{staff.department_id}", f"p:{staff.doctor_id}"]
    counted = sa.select(QuestionStamp.scope, QuestionStamp.changes).where(QuestionStamp.scope.in_(seen))
    return tuple(map(tuple, session.execute(counted.order_by(QuestionStamp.scope))))


def _counted(ports: Ports, session: Session, staff: Staff, wanted: Wanted, stamp: tuple[Any, ...]) -> Sums:
    question, now = rows.Question, ports.now()
    filters = [_sum(*conditions(ports, staff, name)) for name in FILTERS]
    run_out = _sum(question.state == "claimed", question.claim_until < now)
    both = sa.cast(question.id, sa.BigInteger) * question.version
    state = [sa.func.count(), *map(sa.func.sum, (question.id, question.version, both))]
    here = (scope(staff), question.state.in_((*OPEN, BACK)))
    sums = session.execute(sa.select(*filters, run_out, *state).where(*here, *placed(wanted))).one()
    numbers = [int(value or 0) for value in sums]
    return Sums(
        stamp=stamp,
        since=now,
        until=_next(session, here, now),
        counts=dict(zip(FILTERS, numbers, strict=False)),
        print=" ".join(map(str, numbers)),
        places=_places(session, here),
    )


def _sum(*wanted: Any) -> Any:
    return sa.func.sum(sa.case((sa.and_(*wanted), 1), else_=0))


def _next(session: Session, here: tuple[Any, ...], now: datetime) -> datetime | None:
    """When time alone changes something: the next question that gets late, the next hold that runs out."""
    question = rows.Question
    late = sa.select(sa.func.min(question.due_at)).where(*here, question.due_at > now)
    out = sa.select(sa.func.min(question.claim_until)).where(*here, question.claim_until >= now)
    found = [moment for moment in (session.scalar(late), session.scalar(out)) if moment is not None]
    return min(found, default=None)


def _places(session: Session, here: tuple[Any, ...]) -> tuple[Place, ...]:
    question = rows.Question
    query = sa.select(question.department_id, question.department_name, question.doctor_id).where(*here)
    return tuple(map(tuple, session.execute(query.distinct().order_by(question.department_name))))
