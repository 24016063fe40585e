"""Which questions a member of staff may see and change: one condition (`scope`) on every query and every step."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.cards import Card
from bot.db.staff import StaffMember
from bot.errors import Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import privacy
from bot.services.staff import Staff

ANSWERING = frozenset({"doctor", "head"})


def scope(staff: Staff) -> Any:
    """His department's questions, and a doctor's own wherever they are. Raises Refused (role)."""
    question = rows.Question
    if staff.role not in ANSWERING:
        raise Refused
    conditions = []
    if staff.department_id:
        conditions.append(question.department_id == staff.department_id)
    if staff.role == "doctor" and staff.doctor_id:
        conditions.append(question.doctor_id == staff.doctor_id)
    return sa.or_(sa.false(), *conditions)


def select(staff: Staff) -> Any:
    """Select questions of his scope, with the card as long as it is bound, and the name of the holder."""
    question = rows.Question
    return (
        sa.select(question, Card, StaffMember.name)
        .outerjoin(Card, sa.and_(Card.id == question.card_id, Card.active == 1))
        .outerjoin(StaffMember, StaffMember.id == question.claimed_by)
        .where(scope(staff))
    )


def found(session: Session, staff: Staff, ref: str) -> Any:
    """Read a question of his scope with its card and the holder's name. Raises NotFound, Refused (role)."""
    query = select(staff).where(rows.Question.ref == str(ref)[:32], rows.Question.state != "withdrawn")
    row = session.execute(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def step(session: Session, staff: Staff, ref: str, *conditions: Any, **values: Any) -> None:
    """Move one question of his scope on, if it stands as the conditions say. Raises NotFound, Conflict."""
    question = rows.Question
    done = session.execute(
        sa.update(question)
        .where(question.ref == str(ref)[:32], scope(staff), *conditions)
        .values(**values, version=question.version + 1)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        found(session, staff, ref)
        raise Conflict


def held_by(staff: Staff) -> tuple[Any, ...]:
    """The conditions under which he holds a question."""
    return rows.Question.state == "claimed", rows.Question.claimed_by == staff.id


def audit(ports: Ports, session: Session, staff: Staff, action: str, question: Any) -> None:
    """Write one act at a question down, in the caller's transaction."""
    privacy.audit(
        session,
        actor_kind="staff",
        actor_id=staff.id,
        action=action,
        subject=question.ref,
        about=f"person/{question.person_id}",
        at=ports.now(),
    )
