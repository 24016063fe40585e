"""Bringing a file of entries in through the console: looked at first, whole or not at all, as drafts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import faq as rows
from bot.errors import BadInput, Refused
from bot.ports import Ports
from bot.services import faq_drafting, faq_import, faq_rows, faq_versions, faq_words
from bot.services.cleaning import directory
from bot.services.faq_words import Words
from bot.services.staff import Staff


@dataclass(frozen=True)
class Line:
    """One line of the file; `does` = fresh, changed or same, `personal` = what looks personal in it."""

    number: int
    external_id: str
    question: str
    answer: str
    department: str
    does: str
    old_question: str = ""
    old_answer: str = ""
    personal: tuple[str, ...] = ()


def preview(ports: Ports, *, staff: Staff, text: str) -> list[Line]:
    """Say what a file would do. Raises BadInput('bad_lines', lines=((number, why), …)), HisUnavailable, Refused."""
    _must_bring(staff)
    found = _parsed(ports, text)
    doctors = directory(ports)
    with ports.transaction() as session:
        known = _known(session, [item["id"] for _, item in found])
        return [_line(number, item, known.get(item["id"]), doctors) for number, item in found]


def bring(ports: Ports, *, staff: Staff, text: str, looked: bool = False) -> dict[str, int]:
    """Make drafts of new lines and pending words of changed ones; gives how many of each, `same` ones stay untouched.

    Raises BadInput('bad_lines', 'second_look' while something looks personal), HisUnavailable, Refused (role).
    """
    lines = preview(ports, staff=staff, text=text)
    if not looked and any(line.personal for line in lines):
        raise BadInput("second_look")
    own = {name: key for key, name in faq_drafting.departments(ports).items()}
    with ports.transaction() as session:
        for line in lines:
            _take(ports, session, staff, line, own)
    return {does: sum(line.does == does for line in lines) for does in ("fresh", "changed", "same")}


def _must_bring(staff: Staff) -> None:
    faq_rows.must_edit(staff)
    if staff.role == "head":
        raise Refused


def _parsed(ports: Ports, text: str) -> list[tuple[int, dict[str, str]]]:
    """Parse all lines; every bad one is named."""
    lines = [(n, line) for n, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1) if line.strip()]
    if not 0 < len(lines) <= ports.rules["faq_import_lines"]:
        raise BadInput("bad_lines", lines=((len(lines), "lines"),))
    found, bad, seen = [], [], set[str]()
    for number, line in lines:
        try:
            item = _once(number, faq_import.parse(number, line), seen)
            words = faq_words.parsed(item["question"], item["answer"])
            found.append((number, item | {"question": words.question, "answer": words.answer}))
        except BadInput as error:
            bad.append((number, str(error.facts.get("why", "empty"))))
    if bad:
        raise BadInput("bad_lines", lines=tuple(bad))
    return found


def _once(number: int, item: dict[str, str], seen: set[str]) -> dict[str, str]:
    if item["id"] in seen:
        raise BadInput("bad_line", line=number, why="id stands there twice")
    seen.add(item["id"])
    return item


def _known(session: Session, ids: list[str]) -> dict[str, Any]:
    query = sa.select(rows.FaqEntry).where(rows.FaqEntry.external_id.in_(ids), rows.FaqEntry.state != "merged")
    return {row.external_id: faq_rows.entry(row) for row in session.scalars(query)}


def _line(number: int, item: dict[str, str], old: Any, doctors: list[str]) -> Line:
    same = old is not None and (old.question, old.answer) == (item["question"], item["answer"])
    texts = () if same else (item["question"], item["answer"])
    marks = [mark.before for text in texts for mark in faq_words.found(text, names=[], doctors=doctors)]
    return Line(
        number=number,
        external_id=item["id"],
        question=item["question"],
        answer=item["answer"],
        department=item["department"],
        does="same" if same else "changed" if old is not None else "fresh",
        old_question=old.question if old is not None else "",
        old_answer=old.answer if old is not None else "",
        personal=tuple(dict.fromkeys(marks)),
    )


def _take(ports: Ports, session: Session, staff: Staff, line: Line, own: dict[str, str]) -> None:
    words = Words(line.question, line.answer, len(line.personal))
    if line.does == "fresh":
        where = {"department_id": own.get(line.department), "department_name": line.department}
        faq_drafting.insert(ports, session, staff, words, external_id=line.external_id, **where)
    elif line.does == "changed":
        query = sa.select(rows.FaqEntry).where(rows.FaqEntry.external_id == line.external_id)
        row = session.scalars(query).one()
        faq_versions.written(ports, session, staff, row, version=row.version, words=words, origin="import")
