"""The hospital's answered questions: searching them, and making, publishing and taking back entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import consult as questions
from bot.db import faq as rows
from bot.db.base import insert_new
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.faq.deidentify import Replacement
from bot.ports import Ports
from bot.services import desk, privacy
from bot.services.cleaning import Cleaned, cleaned, directory
from bot.services.faq_import import import_lines
from bot.services.staff import Staff

__all__ = [
    "Entry",
    "Hit",
    "Replacement",
    "discard",
    "draft_from",
    "drafts",
    "import_lines",
    "one",
    "publish",
    "published",
    "recall",
    "save",
    "search",
]
EDITING = frozenset({"editor", "head"})
LONGEST_QUESTION, LONGEST_ANSWER = 2000, 20_000  # characters
LISTED = 500  # entries in one list


@dataclass(frozen=True)
class Hit:
    """One published entry that fits a query; `score` only orders the hits of one query."""

    id: int
    external_id: str | None
    question: str
    answer: str
    department_name: str
    score: float


@dataclass(frozen=True)
class Entry:
    """One entry as staff see it; `replacements` only straight after draft_from."""

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
    replacements: tuple[Replacement, ...] = ()


def search(ports: Ports, *, text: str, top: int = 3) -> list[Hit]:
    """Give the published entries that fit, best first; empty when none does."""
    scores = dict(ports.faq.search(text, top=top))
    with ports.transaction() as session:
        query = _published().where(rows.FaqEntry.id.in_(scores))
        found = {row.id: row for row in session.scalars(query)}
    return [_hit(found[entry_id], score) for entry_id, score in scores.items() if entry_id in found]


def one(ports: Ports, *, entry_id: int, staff: Staff | None = None) -> Entry:
    """Give one published entry; to staff one of their scope in any state. Raises NotFound, Refused."""
    with ports.transaction() as session:
        if staff is not None:
            return _entry(_row(session, staff, entry_id))
        row = session.scalars(_published().where(rows.FaqEntry.id == entry_id)).first()
        if row is None:
            raise NotFound
        return _entry(row)


def drafts(ports: Ports, *, staff: Staff) -> list[Entry]:
    """List drafts and recalled entries of his scope, newest first. Raises Refused (role)."""
    return _listed(ports, staff, "draft", "recalled")


def published(ports: Ports, *, staff: Staff) -> list[Entry]:
    """List published entries of his scope, newest first. Raises Refused (role)."""
    return _listed(ports, staff, "published")


def draft_from(ports: Ports, *, staff: Staff, question_ref: str) -> Entry:
    """Make a draft of an answered question, cleaned of people; one question makes one entry.

    Raises NotFound (unknown, not answered, out of scope), Refused (role), HisUnavailable (no directory).
    """
    doctors = directory(ports)
    with ports.transaction() as session:
        asked, given = _source(session, staff, question_ref)
        clean = cleaned(ports, session, asked, given, doctors=doctors)
        entry_id = _insert(ports, session, staff.id, asked, clean)
        row = session.get(rows.FaqEntry, entry_id)
        _audit(ports, session, staff, "faq.draft", entry_id)
        return replace(_entry(row), replacements=clean.replacements)


def save(ports: Ports, *, staff: Staff, entry_id: int, question: str, answer: str, version: int) -> Entry:
    """Change an entry's words. Raises BadInput('bad_entry'), NotFound, Conflict (stale), Refused (role)."""
    facts = {"question": _text(question, LONGEST_QUESTION), "answer": _text(answer, LONGEST_ANSWER)}
    states = rows.STATES if staff.role in EDITING else ("draft",)
    return _apply(ports, staff, _Change(entry_id, version, "faq.save", states), **facts)


def publish(ports: Ports, *, staff: Staff, entry_id: int, version: int) -> Entry:
    """Let patients find an entry, from this moment on. Raises NotFound, Conflict, Refused (role)."""
    _must_edit(staff)
    now = ports.now()
    review = clock.local(now).date() + timedelta(days=ports.rules["faq_review_days"])
    facts = {"state": "published", "published_by": staff.id, "published_at": now, "review_on": review}
    change = _Change(entry_id, version, "faq.publish", ("draft", "recalled"))
    return _apply(ports, staff, change, **facts)


def recall(ports: Ports, *, staff: Staff, entry_id: int, version: int | None = None) -> Entry:
    """Take an entry out of sight, from this moment on; without `version` whatever it says now.

    Raises NotFound, Conflict (stale, or not published), Refused (role).
    """
    _must_edit(staff)
    if version is None:
        version = one(ports, entry_id=entry_id, staff=staff).version
    change = _Change(entry_id, version, "faq.recall", ("published",))
    return _apply(ports, staff, change, state="recalled")


def discard(ports: Ports, *, staff: Staff, entry_id: int, version: int) -> None:
    """Delete a draft that was never published; its question can be made an entry again.

    Raises NotFound, Conflict (stale, or no draft), Refused (role).
    """
    _must_edit(staff)
    entry = rows.FaqEntry
    stands = (entry.id == entry_id, entry.version == version, entry.state == "draft", entry.published_at.is_(None))
    with ports.transaction() as session:
        row = _row(session, staff, entry_id)
        step = sa.delete(entry).where(*stands, _scope(staff))
        if session.execute(step.execution_options(synchronize_session=False)).rowcount != 1:
            raise Conflict(version=row.version)
        _audit(ports, session, staff, "faq.discard", entry_id)


def _must_edit(staff: Staff) -> None:
    if staff.role not in EDITING:
        raise Refused


def _scope(staff: Staff) -> Any:
    """Give the condition on entries: an editor's all, a head's department, a doctor's own drafts."""
    if staff.role == "editor":
        return sa.true()
    if staff.role == "head" and staff.department_id:
        return rows.FaqEntry.department_id == staff.department_id
    if staff.role == "doctor":
        return rows.FaqEntry.created_by == staff.id
    raise Refused


def _published() -> Any:
    return sa.select(rows.FaqEntry).where(rows.FaqEntry.state == "published")


def _listed(ports: Ports, staff: Staff, *states: str) -> list[Entry]:
    query = sa.select(rows.FaqEntry).where(rows.FaqEntry.state.in_(states), _scope(staff))
    with ports.transaction() as session:
        found = session.scalars(query.order_by(rows.FaqEntry.revision.desc()).limit(LISTED)).all()
        return [_entry(row) for row in found]


def _row(session: Session, staff: Staff, entry_id: int) -> Any:
    query = sa.select(rows.FaqEntry).where(rows.FaqEntry.id == entry_id, _scope(staff))
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def _source(session: Session, staff: Staff, ref: str) -> Any:
    asked, given = questions.Question, questions.Answer
    query = sa.select(asked, given).join(given, given.question_id == asked.id)
    query = query.where(asked.ref == str(ref)[:32], asked.state == "answered", desk.editing_scope(staff))
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    return found


def _insert(ports: Ports, session: Session, staff_id: int, asked: Any, clean: Cleaned) -> int:
    insert_new(
        session,
        rows.FaqEntry,
        question=clean.question,
        answer=clean.answer,
        department_id=asked.department_id,
        department_name=asked.department_name,
        source_question_id=asked.id,
        created_by=staff_id,
        updated_at=ports.now(),
        revision=rows.next_revision(session),
    )
    source = rows.FaqEntry.source_question_id == asked.id
    return int(session.scalar(sa.select(rows.FaqEntry.id).where(source)))


class _Change(NamedTuple):
    """Which entry, as which version and in which states it may stand, and the word for the audit."""

    entry_id: int
    version: int
    action: str
    states: tuple[str, ...]


def _apply(ports: Ports, staff: Staff, change: _Change, **values: Any) -> Entry:
    """Change one entry if it still stands as it was read. Raises NotFound, Conflict."""
    entry = rows.FaqEntry
    stands = (entry.id == change.entry_id, entry.version == change.version, entry.state.in_(change.states))
    with ports.transaction() as session:
        values |= {
            "version": change.version + 1,
            "updated_at": ports.now(),
            "revision": rows.next_revision(session),
        }
        step = sa.update(entry).where(*stands, _scope(staff)).values(**values)
        done = session.execute(step.execution_options(synchronize_session=False))
        row = _row(session, staff, change.entry_id)
        if done.rowcount != 1:
            raise Conflict(version=row.version)
        _audit(ports, session, staff, change.action, change.entry_id)
        return _entry(row)


def _text(text: str, longest: int) -> str:
    plain = text.replace("\x00", "").strip()
    if not 0 < len(plain) <= longest:
        raise BadInput("bad_entry")
    return plain


def _audit(ports: Ports, session: Session, staff: Staff, action: str, entry_id: int) -> None:
    at, subject = ports.now(), f"faq/{entry_id}"
    privacy.audit(session, actor_kind="staff", actor_id=staff.id, action=action, subject=subject, at=at)


def _hit(row: Any, score: float) -> Hit:
    return Hit(row.id, row.external_id, row.question, row.answer, row.department_name, score)


def _entry(row: Any) -> Entry:
    names = [name for name in Entry.__dataclass_fields__ if name != "replacements"]
    return Entry(**{name: getattr(row, name) for name in names})


def any_entry(ports: Ports) -> bool:
    """Whether the FAQ holds anything at all, in whatever state."""
    with ports.transaction() as session:
        return session.scalar(sa.select(rows.FaqEntry.id).limit(1)) is not None
