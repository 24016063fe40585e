"""The hospital's answered questions: searching them, and making, publishing and taking back entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import consult as questions
from bot.db import faq as rows
from bot.db.base import insert_new, reading
from bot.errors import Conflict, NotFound, PeizhenError, Refused
from bot.faq.board import Mark as Replacement
from bot.ports import Ports
from bot.services import access, desk, faq_recall, faq_rows, faq_versions, faq_words
from bot.services.cleaning import Cleaned, cleaned, directory
from bot.services.faq_import import import_lines
from bot.services.faq_rows import EDITING, Change, Entry
from bot.services.staff import Staff

__all__ = [
    "EDITING",
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
            return faq_rows.entry(faq_rows.row(session, staff, entry_id))
        return faq_rows.entry(faq_rows.live(session, entry_id), working=False)


def drafts(ports: Ports, *, staff: Staff) -> list[Entry]:
    """List drafts and recalled entries of his scope, newest first. Raises Refused (role)."""
    return _listed(ports, staff, "draft", "recalled")


def published(ports: Ports, *, staff: Staff) -> list[Entry]:
    """List published entries of his scope, newest first. Raises Refused (role)."""
    return _listed(ports, staff, "published")


@access.reads("faq.draft", why="editing", changes=True)
def draft_from(ports: Ports, *, staff: Staff, question_ref: str) -> Entry:
    """Make a draft of an answered question, cleaned of people; one question makes one entry.

    Raises NotFound (unknown, not answered, out of scope), Refused (role), HisUnavailable (no directory).
    """
    doctors = directory(ports)
    with reading(), ports.transaction() as session:  # cleaning takes its time: no writer waits for it
        asked, given = _source(session, staff, question_ref)
        clean = cleaned(ports, session, asked, given, doctors=doctors)
    with ports.transaction() as session:
        asked, _given = _source(session, staff, question_ref)
        entry_id = _insert(ports, session, staff.id, asked, clean)
        row = session.get(rows.FaqEntry, entry_id)
        access.concerning(f"faq/{entry_id}", person_id=asked.person_id)
        return replace(faq_rows.entry(row), replacements=clean.replacements)


def save(
    ports: Ports, *, staff: Staff, entry_id: int, question: str, answer: str, version: int, looked: bool = False
) -> Entry:
    """Change an entry's words; those of a published one wait for a signature and a second person.

    What looks personal is refused until it was `looked` at again, and a number or a name from a card for good. Any
    signature ends. Raises BadInput('bad_entry'), SecondLook, NotFound, Conflict (stale), Refused (role).
    """
    words = faq_words.checked(ports, entry_id=entry_id, question=question, answer=answer, looked=looked)
    return faq_versions.write(ports, staff=staff, entry_id=entry_id, version=version, words=words)


def publish(ports: Ports, *, staff: Staff, entry_id: int, version: int) -> Entry:
    """Let patients find what a doctor signed and another person wrote, from this moment on.

    Raises NotFound, Conflict, Refused('unsigned', 'own_entry', role).
    """
    faq_rows.must_edit(staff)
    now, entry = ports.now(), rows.FaqEntry
    review = clock.local(now).date() + timedelta(days=ports.rules["faq_review_days"])
    facts = {"state": "published", "published_by": staff.id, "published_at": now, "review_on": review}
    facts |= {"question": sa.func.coalesce(entry.new_question, entry.question), "new_question": None}
    facts |= {"answer": sa.func.coalesce(entry.new_answer, entry.answer), "new_answer": None}
    facts |= {"recalled_by": None, "recalled_at": None, "recall_reason": None}
    ready = sa.or_(entry.state.in_(("draft", "recalled")), entry.new_question.is_not(None))
    another = sa.or_(entry.written_by.is_(None), entry.written_by != staff.id)
    change = Change(entry_id, version, "faq.publish", ("draft", "recalled", "published"))
    guards = (ready, entry.signed_by.is_not(None), another)
    return faq_rows.apply(
        ports, staff, change, *guards, also=faq_versions.published(staff.id, now), why=_why_not, **facts
    )


def _why_not(row: Any, staff: Staff) -> PeizhenError | None:
    """Why an entry that stands as it was read cannot be published by him."""
    if row.state == "published" and row.new_question is None:
        return None
    if row.signed_by is None:
        return Refused("unsigned")
    return Refused("own_entry") if row.written_by == staff.id else None


def recall(ports: Ports, *, staff: Staff, entry_id: int, version: int | None = None) -> Entry:
    """Take an entry out of sight, from this moment on; without `version` whatever it says now.

    Raises NotFound, Conflict (stale, or not published), Refused (role).
    """
    return faq_recall.recall(ports, staff=staff, entry_id=entry_id, version=version)


def discard(ports: Ports, *, staff: Staff, entry_id: int, version: int) -> None:
    """Delete a draft that was never published; its question can be made an entry again.

    Raises NotFound, Conflict (stale, or no draft), Refused (role).
    """
    faq_rows.must_edit(staff)
    entry = rows.FaqEntry
    stands = (entry.id == entry_id, entry.version == version, entry.state == "draft", entry.published_at.is_(None))
    with ports.transaction() as session:
        row = faq_rows.row(session, staff, entry_id)
        faq_versions.forget(session, entry_id)
        step = sa.delete(entry).where(*stands, faq_rows.scope(staff))
        if session.execute(step.execution_options(synchronize_session=False)).rowcount != 1:
            raise Conflict(version=row.version)
        faq_rows.audit(ports, session, staff, "faq.discard", entry_id)


def _published() -> Any:
    return sa.select(rows.FaqEntry).where(rows.FaqEntry.state == "published")


def _listed(ports: Ports, staff: Staff, *states: str) -> list[Entry]:
    query = sa.select(rows.FaqEntry).where(rows.FaqEntry.state.in_(states), faq_rows.scope(staff))
    with ports.transaction() as session:
        found = session.scalars(query.order_by(rows.FaqEntry.revision.desc()).limit(LISTED)).all()
        return [faq_rows.entry(row) for row in found]


def _source(session: Session, staff: Staff, ref: str) -> Any:
    asked, given = questions.Question, questions.Answer
    query = sa.select(asked, given).join(given, given.question_id == asked.id)
    query = query.where(asked.ref == str(ref)[:32], asked.state == "answered", desk.editing_scope(staff))
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    return found


def _insert(ports: Ports, session: Session, staff_id: int, asked: Any, clean: Cleaned) -> int:
    made = insert_new(
        session,
        rows.FaqEntry,
        question=clean.question,
        answer=clean.answer,
        department_id=asked.department_id,
        department_name=asked.department_name,
        source_question_id=asked.id,
        created_by=staff_id,
        written_by=staff_id,
        updated_at=ports.now(),
        revision=rows.next_revision(session),
    )
    source = rows.FaqEntry.source_question_id == asked.id
    entry_id = int(session.scalar(sa.select(rows.FaqEntry.id).where(source)))
    if made:
        faq_versions.remember(session, session.get(rows.FaqEntry, entry_id), origin="draft", at=ports.now())
    return entry_id


def _hit(row: Any, score: float) -> Hit:
    return Hit(row.id, row.external_id, row.question, row.answer, row.department_name, score)


def any_entry(ports: Ports) -> bool:
    """Whether the FAQ holds anything at all, in whatever state."""
    with ports.transaction() as session:
        return session.scalar(sa.select(rows.FaqEntry.id).limit(1)) is not None
