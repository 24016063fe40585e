"""Answered questions in a list, cleaned of people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.faq import FaqEntry
from bot.db.staff import StaffMember
from bot.ports import Ports
from bot.services import access, desk
from bot.services.cleaning import cleaned, directory
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
