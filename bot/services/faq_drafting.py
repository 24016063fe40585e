"""New entries: of nobody's question, health articles; their department and tags; what was masked in their source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as questions
from bot.db import faq as rows
from bot.errors import BadInput
from bot.faq.board import Mark
from bot.ports import Ports
from bot.services import access, faq_rows, faq_versions, faq_words
from bot.services.cleaning import cleaned, directory
from bot.services.faq_rows import Change, Entry
from bot.services.staff import Staff

LONGEST_TAG, MOST_TAGS = 16, 12


@dataclass(frozen=True)
class Part:
    """A part of the source text; `mark` = it was replaced, by what and why."""

    text: str
    mark: Mark | None = None


def create(
    ports: Ports,
    *,
    staff: Staff,
    question: str,
    answer: str,
    kind: str = "answer",
    department_id: str = "",
    looked: bool = False,
) -> Entry:
    """Write a new draft. A head writes for his own department alone.

    Raises BadInput('bad_entry', 'bad_kind', 'bad_department'), SecondLook, HisUnavailable, Refused (role).
    """
    faq_rows.must_edit(staff)
    if kind not in rows.KINDS:
        raise BadInput("bad_kind")
    named = _department(ports, staff, department_id)
    words = faq_words.checked(ports, entry_id=None, question=question, answer=answer, looked=looked)
    with ports.transaction() as session:
        return faq_rows.entry(insert(ports, session, staff, words, kind=kind, **named))


def insert(ports: Ports, session: Session, staff: Staff, words: faq_words.Words, **facts: Any) -> Any:
    """Add a draft with its first version, within a transaction; gives the row."""
    row = rows.FaqEntry(
        question=words.question,
        answer=words.answer,
        kept=words.kept,
        created_by=staff.id,
        written_by=staff.id,
        updated_at=ports.now(),
        revision=rows.next_revision(session),
        **facts,
    )
    session.add(row)
    session.flush()
    faq_versions.remember(session, row, origin="draft", at=ports.now())
    faq_rows.audit(ports, session, staff, "faq.create", row.id)
    return row


def _department(ports: Ports, staff: Staff, department_id: str) -> dict[str, str | None]:
    wanted = staff.department_id if staff.role == "head" else department_id
    if not wanted:
        return {"department_id": None, "department_name": ""}
    return {"department_id": wanted, "department_name": departments(ports).get(wanted) or _unknown()}


def _unknown() -> str:
    raise BadInput("bad_department")


def departments(ports: Ports) -> dict[str, str]:
    """Departments by id. Raises HisUnavailable."""
    return {department.id: department.name for department in ports.his.departments()}


def place(ports: Ports, *, staff: Staff, entry_id: int, version: int, department_id: str, tags: str) -> Entry:
    """Say which department an entry belongs to and its tags. Raises BadInput, NotFound, Conflict, Refused (role)."""
    faq_rows.must_edit(staff)
    facts: dict[str, Any] = {
        "tags": parse_tags(tags),
        **(_department(ports, staff, department_id) if staff.role == "editor" else {}),
    }
    change = Change(entry_id, version, "faq.place", ("draft", "published", "recalled"))
    return faq_rows.apply(ports, staff, change, **facts)


def parse_tags(text: str) -> str:
    """Give tags in the order of writing, each once, parted by spaces. Raises BadInput('bad_tags')."""
    tags = list(dict.fromkeys(text.replace("，", " ").replace(",", " ").replace("、", " ").replace("#", " ").split()))
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        raise BadInput("bad_tags")
    return " ".join(tags)


@access.reads("faq.source", why="editing")
def source(ports: Ports, *, staff: Staff, entry_id: int) -> list[list[Part]]:
    """The question and the answer that an entry was made of, with every replacement in its place; empty = of none.

    Raises NotFound, Refused (role), HisUnavailable (no directory).
    """
    doctors = directory(ports)
    with ports.transaction() as session:
        row = faq_rows.row(session, staff, entry_id)
        asked, given = questions.Question, questions.Answer
        query = sa.select(asked, given).join(given, given.question_id == asked.id)
        found = session.execute(query.where(asked.id == row.source_question_id)).first()
        if found is None:
            return []
        access.concerning(f"faq/{entry_id}", person_id=found[0].person_id)
        return [_parts(text, marks) for text, marks in cleaned(ports, session, *found, doctors=doctors).stood]


def _parts(text: str, marks: tuple[Mark, ...]) -> list[Part]:
    parts, last = [], 0
    for mark in marks:
        parts += [Part(text[last : mark.start]), Part(mark.before, mark)]
        last = mark.end
    return [part for part in (*parts, Part(text[last:])) if part.text]
