"""Answered questions in lists: cleaned of people for those who make entries, and a doctor's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.faq import FaqEntry
from bot.db.staff import StaffMember
from bot.errors import Refused
from bot.ports import Ports
from bot.services import access, desk, desk_delivery
from bot.services.cleaning import cleaned, directory
from bot.services.desk_delivery import Receipt
from bot.services.staff import Staff

LISTED = 200


@dataclass(frozen=True)
class Answered:
    """One answered question an entry could be made of; `entry_id` None = none was made yet."""

    ref: str
    department_name: str
    text: str = field(repr=False)
    answer: str = field(repr=False)
    answered_by: str
    answered_at: datetime
    entry_id: int | None


@dataclass(frozen=True)
class Given:
    """One first answer of the reader's own; `delivery` of what was said to him last, None = nothing is kept."""

    ref: str
    department_name: str
    text: str = field(repr=False)
    answer: str = field(repr=False)
    answered_at: datetime
    delivery: Receipt | None


@access.reads("consult.given", why="own")
def given(ports: Ports, *, staff: Staff) -> list[Given]:
    """List what he answered himself, newest first; read-only. Raises Refused (role)."""
    if staff.role not in desk.ANSWERING:
        raise Refused
    with ports.transaction() as session:
        found = session.execute(_own(staff)).all()
        receipts = desk_delivery.of(session, refs=[asked.ref for asked, _ in found])
        return [_given(ports, asked, answer, receipts.get(asked.ref)) for asked, answer in found]


def _own(staff: Staff) -> Any:
    asked, answer = rows.Question, rows.Answer
    return (
        sa.select(asked, answer)
        .join(answer, answer.question_id == asked.id)
        .where(answer.staff_id == staff.id)
        .order_by(answer.at.desc(), answer.id.desc())
        .limit(LISTED)
    )


def _given(ports: Ports, asked: Any, answer: Any, delivery: Receipt | None) -> Given:
    return Given(
        ref=asked.ref,
        department_name=asked.department_name,
        text=ports.crypto.open(asked.text_sealed),
        answer=ports.crypto.open(answer.text_sealed),
        answered_at=answer.at,
        delivery=delivery,
    )


@access.reads("consult.answered", why="editing")
def answered(ports: Ports, *, staff: Staff) -> list[Answered]:
    """List answered questions of his scope, newest first. Raises Refused (role), HisUnavailable."""
    query = _select(staff)
    doctors = directory(ports)
    with ports.transaction() as session:
        return [_line(ports, session, row, doctors) for row in session.execute(query).all()]


def _select(staff: Staff) -> Any:
    asked, given = rows.Question, rows.Answer
    return (
        sa.select(asked, given, StaffMember.name, FaqEntry.id)
        .join(given, given.question_id == asked.id)
        .join(StaffMember, StaffMember.id == given.staff_id)
        .outerjoin(FaqEntry, FaqEntry.source_question_id == asked.id)
        .where(asked.state == "answered", desk.editing_scope(staff))
        .order_by(asked.answered_at.desc(), asked.id.desc())
        .limit(LISTED)
    )


def _line(ports: Ports, session: Session, row: Any, doctors: list[str]) -> Answered:
    asked, given, name, entry_id = row
    clean = cleaned(ports, session, asked, given, doctors=doctors)
    return Answered(
        ref=asked.ref,
        department_name=asked.department_name,
        text=clean.question,
        answer=clean.answer,
        answered_by=name,
        answered_at=asked.answered_at,
        entry_id=entry_id,
    )
