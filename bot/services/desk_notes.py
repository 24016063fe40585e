"""Private notes: what colleagues write to each other beside a question. Their asker never sees one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.desk import QuestionNote
from bot.db.staff import StaffMember
from bot.errors import BadInput
from bot.ports import Ports
from bot.services import access
from bot.services.desk_scope import audit, found
from bot.services.staff import Staff

LENGTHS = range(1, 501)  # characters


@dataclass(frozen=True)
class Note:
    """One note; `at` naive UTC."""

    by: str
    text: str = field(repr=False)
    at: datetime


@access.acts("consult.note", why="answering")
def add(ports: Ports, *, staff: Staff, ref: str, text: str, key: str) -> None:
    """Write one beside a question of his scope; the same key is one.

    Raises BadInput('bad_note'), NotFound, Refused (role).
    """
    plain = text.replace("\x00", "").strip()
    if len(plain) not in LENGTHS:
        raise BadInput("bad_note")
    with ports.transaction() as session:
        row = found(session, staff, ref)[0]
        facts = {"question_id": row.id, "person_id": row.person_id, "staff_id": staff.id, "at": ports.now()}
        once = f"note:{row.ref}:{staff.id}:{key}"[:80]
        if insert_new(session, QuestionNote, key=once, text_sealed=ports.crypto.seal(plain), **facts):
            audit(ports, session, staff, "consult.note", row)


def of(ports: Ports, session: Session, *, question_id: int) -> list[Note]:
    """The notes of one question in their order, for the desk alone."""
    note = QuestionNote
    query = sa.select(note, StaffMember.name).join(StaffMember, StaffMember.id == note.staff_id)
    written = session.execute(query.where(note.question_id == question_id).order_by(note.id)).all()
    return [Note(by, ports.crypto.open(row.text_sealed), row.at) for row, by in written]
