"""What is said after a question: asked back and replied, asked further and answered again, refused with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new, new_ref
from bot.db.consult import QuestionTurn
from bot.db.staff import StaffMember
from bot.ports import Ports


@dataclass(frozen=True)
class Turn:
    """One thing said. `kind`: bot.db.consult.TURNS; `by`: the name of the staff member, None = the asker."""

    ref: str
    kind: str
    text: str = field(repr=False)
    by: str | None
    at: datetime


def add(
    ports: Ports, session: Session, *, question: Any, kind: str, text: str, key: str, staff_id: int | None = None
) -> bool:
    """Write one down in the caller's transaction, which moves the question; False = this key was there already."""
    facts = {"question_id": question.id, "person_id": question.person_id, "staff_id": staff_id, "kind": kind}
    sealed = ports.crypto.seal(text)
    return insert_new(session, QuestionTurn, ref=new_ref("t"), key=key, text_sealed=sealed, at=ports.now(), **facts)


def of(ports: Ports, session: Session, *, question_id: int) -> list[Turn]:
    """All of one question in their order; whoever calls has checked that he may read it."""
    turn = QuestionTurn
    query = sa.select(turn, StaffMember.name).outerjoin(StaffMember, StaffMember.id == turn.staff_id)
    found = session.execute(query.where(turn.question_id == question_id).order_by(turn.id)).all()
    return [Turn(row.ref, row.kind, ports.crypto.open(row.text_sealed), name, row.at) for row, name in found]
