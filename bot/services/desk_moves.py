"""Handing a question to another doctor or department, with a reason; of another department its patient hears."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.desk import QuestionMove
from bot.db.staff import StaffMember
from bot.errors import BadInput, NotFound
from bot.ports import Ports
from bot.services import access, booking, desk_drafts, desk_telling
from bot.services.desk_scope import audit, found, step
from bot.services.staff import Staff

LENGTHS = range(2, 201)  # characters of a reason


@dataclass(frozen=True)
class Move:
    """One move; `by` None = by the clock. `at` naive UTC."""

    by: str | None
    from_department: str
    to_department: str
    reason: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Place:
    """A department of the hospital and its doctors, to choose from: (id, name, title)."""

    id: str
    name: str
    doctors: tuple[tuple[str, str, str], ...]


def places(ports: Ports) -> list[Place]:
    """Where a question can go. Raises HisUnavailable."""
    doctors = ports.his.doctors()
    return [
        Place(d.id, d.name, tuple((one.id, one.name, one.title) for one in doctors if one.department_id == d.id))
        for d in booking.departments(ports)
    ]


@access.acts("consult.reassign", why="answering")
def reassign(
    ports: Ports, *, staff: Staff, ref: str, department_id: str, doctor_id: str | None = None, reason: str
) -> None:
    """Hand it on: whoever gets it finds it waiting, with the same deadline.

    Raises BadInput('bad_why'), NotFound (question, department, doctor), Conflict (a colleague holds it, or it does not
    wait), HisUnavailable, Refused (role).
    """
    why = _parse_reason(reason)
    department = booking.department(ports, department_id=department_id)
    if doctor_id and booking.doctor(ports, doctor_id=doctor_id).department_id != department_id:
        raise NotFound
    now, question = ports.now(), rows.Question
    free = sa.or_(question.state == "waiting", question.claimed_by == staff.id, question.claim_until < now)
    to = {"department_id": department.id, "department_name": department.name, "doctor_id": doctor_id or None}
    loose = {"state": "waiting", "claimed_by": None, "claim_until": None, "preferred_by": None, "escalated_at": None}
    with ports.transaction() as session:
        row = found(session, staff, ref)[0]
        before = row.department_name
        step(session, staff, ref, question.state.in_(("waiting", "claimed")), free, **to, **loose)
        audit(ports, session, staff, "consult.reassign", row)
        note(ports, session, row, before=before, to=to, reason=why, staff_id=staff.id)
        desk_drafts.drop(session, question_id=row.id, staff_id=staff.id)
        _tell(ports, session, row, before)


def note(
    ports: Ports, session: Session, row: Any, *, before: str, to: dict[str, Any], reason: str, staff_id: int | None
) -> None:
    """Write a move down in the caller's transaction."""
    facts = {"question_id": row.id, "person_id": row.person_id, "staff_id": staff_id, "at": ports.now()}
    facts |= {"from_department": before, "to_department": to["department_name"], "to_doctor_id": to["doctor_id"]}
    session.execute(sa.insert(QuestionMove).values(**facts, reason_sealed=ports.crypto.seal(reason)))


def of(ports: Ports, session: Session, *, question_id: int) -> list[Move]:
    """The moves of one question in their order; whoever calls has checked that he may read them."""
    move = QuestionMove
    query = sa.select(move, StaffMember.name).outerjoin(StaffMember, StaffMember.id == move.staff_id)
    made = session.execute(query.where(move.question_id == question_id).order_by(move.id)).all()
    opened = ports.crypto.open
    return [Move(by, row.from_department, row.to_department, opened(row.reason_sealed), row.at) for row, by in made]


def _tell(ports: Ports, session: Session, row: Any, before: str) -> None:
    session.refresh(row)
    if row.department_name != before:
        key = desk_telling.turn_key(desk_telling.MOVED, f"{row.ref}:{row.version}")
        desk_telling.tell(ports, session, row, view=desk_telling.MOVED, key=key)


def _parse_reason(text: str) -> str:
    plain = text.replace("\x00", "").strip()
    if len(plain) not in LENGTHS:
        raise BadInput("bad_why")
    return plain
