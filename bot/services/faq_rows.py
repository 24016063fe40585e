"""Entries as rows: who may touch which, and the one step by which an entry changes, if it stands as it was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import faq as rows
from bot.db.consult import Answer
from bot.errors import Conflict, NotFound, PeizhenError, Refused
from bot.faq.board import Mark
from bot.ports import Ports
from bot.services import privacy
from bot.services.staff import Staff

EDITING = frozenset({"editor", "head"})
SIGNING = frozenset({"doctor", "head"})
MERGES = 10  # redirects that are followed
Also = Callable[[Session, Any], None]
Why = Callable[[Any, Staff], PeizhenError | None]


@dataclass(frozen=True)
class Entry:
    """One entry as staff see it; `replacements` only straight after draft_from.

    `question` and `answer` are the words that are worked on; `pending` = patients still find older ones.
    """

    id: int
    external_id: str | None
    question: str
    answer: str
    department_id: str | None
    department_name: str
    state: str
    version: int
    published_at: datetime | None
    review_on: date | None
    updated_at: datetime
    kind: str
    tags: str
    kept: int
    written_by: int | None
    signed_by: int | None
    signed_at: datetime | None
    source_question_id: int | None
    recall_reason: str | None
    hits: int
    pending: bool = False
    replacements: tuple[Mark, ...] = ()


class Change(NamedTuple):
    """Which entry, as which version and in which states it may stand, and the word for the audit."""

    entry_id: int
    version: int
    action: str
    states: tuple[str, ...]


def must_edit(staff: Staff) -> None:
    if staff.role not in EDITING:
        raise Refused


def scope(staff: Staff) -> Any:
    """Give the condition on entries: an editor's all, a head's department, a doctor's own drafts."""
    if staff.role == "editor":
        return sa.true()
    if staff.role == "head" and staff.department_id:
        return rows.FaqEntry.department_id == staff.department_id
    if staff.role == "doctor":
        return rows.FaqEntry.created_by == staff.id
    raise Refused


def signing_scope(staff: Staff) -> Any:
    """Give the condition on entries he may sign: his own answers, a department's that nobody answered, a head's all."""
    if staff.role not in SIGNING:
        raise Refused
    entry = rows.FaqEntry
    here = sa.and_(entry.department_id == staff.department_id, bool(staff.department_id))
    if staff.role == "head":
        return here
    own = sa.exists().where(Answer.question_id == entry.source_question_id, Answer.staff_id == staff.id)
    return sa.or_(own, sa.and_(here, entry.source_question_id.is_(None)))


def row(session: Session, staff: Staff, entry_id: int, *, within: Any = None) -> Any:
    """Read one entry of his scope (or of `within`). Raises NotFound, Refused (role)."""
    query = sa.select(rows.FaqEntry).where(rows.FaqEntry.id == entry_id, scope(staff) if within is None else within)
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found


def live(session: Session, entry_id: int) -> Any:
    """Read one published entry; one that was merged leads to where it went. Raises NotFound."""
    for _ in range(MERGES):
        found = session.get(rows.FaqEntry, entry_id, populate_existing=True)
        if found is None or found.state in {"draft", "recalled"}:
            break
        if found.state == "published":
            return found
        entry_id = found.merged_into
    raise NotFound


def apply(
    ports: Ports,
    staff: Staff,
    change: Change,
    *guards: Any,
    also: Also | None = None,
    why: Why | None = None,
    **values: Any,
) -> Entry:
    """Change one entry if it still stands as it was read and the guards hold, and whatever goes with it.

    Raises NotFound, Conflict, or what `why` says of a row that stands.
    """
    with ports.transaction() as session:
        return entry(step(ports, session, staff, change, *guards, also=also, why=why, **values))


def step(
    ports: Ports,
    session: Session,
    staff: Staff,
    change: Change,
    *guards: Any,
    also: Also | None = None,
    why: Why | None = None,
    **values: Any,
) -> Any:
    """As `apply`, within a transaction; gives the row."""
    table = rows.FaqEntry
    stands = (table.id == change.entry_id, table.version == change.version, table.state.in_(change.states))
    values |= {"version": change.version + 1, "updated_at": ports.now(), "revision": rows.next_revision(session)}
    wanted = sa.update(table).where(*stands, *guards, scope(staff)).values(**values)
    done = session.execute(wanted.execution_options(synchronize_session=False))
    found = row(session, staff, change.entry_id)
    if done.rowcount != 1:
        stale = found.version != change.version or found.state not in change.states
        raise (why(found, staff) if why and not stale else None) or Conflict(version=found.version)
    if also is not None:
        also(session, found)
    audit(ports, session, staff, change.action, change.entry_id)
    return found


def audit(ports: Ports, session: Session, staff: Staff, action: str, entry_id: int) -> None:
    at, subject = ports.now(), f"faq/{entry_id}"
    privacy.audit(session, actor_kind="staff", actor_id=staff.id, action=action, subject=subject, at=at)


def entry(found: Any, *, working: bool = True) -> Entry:
    """Give a row as an entry: the words that are worked on, or those that patients find."""
    names = [name for name in Entry.__dataclass_fields__ if name not in {"replacements", "pending"}]
    facts = {name: getattr(found, name) for name in names}
    if working and found.new_question is not None:
        facts |= {"question": found.new_question, "answer": found.new_answer, "pending": True}
    return Entry(**facts)
