"""The library of answered questions: what a patient may leaf through and look up. Published entries, nobody's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.db import consult as questions
from bot.db import faq as rows
from bot.db.staff import StaffMember
from bot.errors import NotFound
from bot.faq import marks
from bot.faq.marks import Piece
from bot.ports import Ports

LISTED = 50  # entries of one page, newest or best first
LOOKED_THROUGH = 200  # hits that a keyword is narrowed down from
LONGEST_WORD = 2000  # characters of what is looked for


@dataclass(frozen=True)
class Shown:
    """One entry in the library; `question` in pieces, each with whether it is what was looked for."""

    id: int
    question: tuple[Piece, ...]
    answer: str
    department_name: str
    signed_by: str | None  # the doctor who gave the answer; None = the hospital's own text
    published_at: datetime | None
    review_on: date | None

    @property
    def title(self) -> str:
        """The question in one piece."""
        return "".join(words for words, _ in self.question)


@dataclass(frozen=True)
class Corner:
    """One department or doctor of the library, and how many entries stand there."""

    name: str
    entries: int


def departments(ports: Ports) -> list[Corner]:
    """List the departments that have published entries, the fullest first."""
    return _corners(ports, rows.FaqEntry.department_name)


def doctors(ports: Ports) -> list[Corner]:
    """List the doctors who gave published answers, the busiest first."""
    return _corners(ports, StaffMember.name)


def look(ports: Ports, *, wanted: str = "", department: str = "", doctor: str = "") -> list[Shown]:
    """Give entries by keyword (best first) or all (newest first), narrowed to a department and a doctor if named."""
    query = _published(rows.FaqEntry, StaffMember.name)
    if department:
        query = query.where(rows.FaqEntry.department_name == department)
    if doctor:
        query = query.where(StaffMember.name == doctor)
    if not wanted.strip():
        return _fetched(ports, query.order_by(rows.FaqEntry.published_at.desc(), rows.FaqEntry.id.desc()), "")
    found = [entry_id for entry_id, _ in ports.faq.search(wanted[:LONGEST_WORD], top=LOOKED_THROUGH)]
    place = {entry_id: number for number, entry_id in enumerate(found)}
    shown = _fetched(ports, query.where(rows.FaqEntry.id.in_(found)), wanted, most=LOOKED_THROUGH)
    return sorted(shown, key=lambda entry: place[entry.id])[:LISTED]


def read(ports: Ports, *, entry_id: int, wanted: str = "") -> Shown:
    """Give one published entry. Raises NotFound."""
    query = _published(rows.FaqEntry, StaffMember.name).where(rows.FaqEntry.id == entry_id)
    found = _fetched(ports, query, wanted)
    if not found:
        raise NotFound
    return found[0]


def _published(*columns: Any) -> Any:
    entry, answer = rows.FaqEntry, questions.Answer
    query = sa.select(*columns).select_from(entry).where(entry.state == "published")
    query = query.outerjoin(answer, answer.question_id == entry.source_question_id)
    return query.outerjoin(StaffMember, StaffMember.id == answer.staff_id)


def _corners(ports: Ports, name: Any) -> list[Corner]:
    number = sa.func.count(sa.distinct(rows.FaqEntry.id))
    query = _published(name, number).where(name.isnot(None), name != "").group_by(name).order_by(number.desc(), name)
    with ports.transaction() as session:
        return [Corner(*row) for row in session.execute(query)]


def _fetched(ports: Ports, query: Any, wanted: str, *, most: int = LISTED) -> list[Shown]:
    with ports.transaction() as session:
        return [_shown(entry, name, wanted) for entry, name in session.execute(query.limit(most))]


def _shown(entry: Any, signed_by: str | None, wanted: str) -> Shown:
    question = marks.pieces(wanted, entry.question) if wanted else [(entry.question, False)]
    return Shown(
        id=entry.id,
        question=tuple(question),
        answer=entry.answer,
        department_name=entry.department_name,
        signed_by=signed_by,
        published_at=entry.published_at,
        review_on=entry.review_on,
    )
