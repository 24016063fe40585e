"""Canned phrases: a member's own, and his department's; inserted by a short word. No patient's data belongs in one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.db.base import insert_new, new_ref
from bot.db.desk import Phrase as Row
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import privacy
from bot.services.desk_scope import ANSWERING
from bot.services.staff import Staff

CODE = re.compile(r"[\w\-]{1,16}")
LENGTHS = range(2, 501)  # characters of a phrase
MOST = 100  # phrases of one owner


@dataclass(frozen=True)
class Phrase:
    """One phrase; `shared` = his department's, else his own. `version` counts its changes."""

    ref: str
    code: str
    text: str
    shared: bool
    version: int


def of(ports: Ports, *, staff: Staff) -> list[Phrase]:
    """His own, then his department's, by their short words. Raises Refused (role)."""
    with ports.transaction() as session:
        found = session.scalars(
            sa.select(Row).where(_visible(staff)).order_by(Row.department_id.is_not(None), Row.code)
        )
        return [_phrase(row) for row in found]


def add(ports: Ports, *, staff: Staff, code: str, text: str, shared: bool = False) -> Phrase:
    """Make one. Raises BadInput('bad_phrase'), Conflict (the short word is taken), Refused (role)."""
    facts = _parse(code, text)
    owner = _owner(staff, shared=shared)
    with ports.transaction() as session:
        mine = sa.select(sa.func.count()).where(*(getattr(Row, name) == value for name, value in owner.items()))
        if int(session.scalar(mine) or 0) >= MOST:
            raise BadInput("bad_phrase")
        ref = new_ref("f")
        if not insert_new(session, Row, ref=ref, version=1, updated_at=ports.now(), **owner, **facts):
            raise Conflict
        _audit(ports, session, staff, "phrase.add", ref)
        return _phrase(_held(session, staff, ref))


def change(ports: Ports, *, staff: Staff, ref: str, version: int, code: str, text: str) -> Phrase:
    """Change one upon the version that was read.

    Raises BadInput('bad_phrase'), NotFound, Conflict (changed since, or the short word is taken), Refused (role).
    """
    facts = _parse(code, text)
    with ports.transaction() as session:
        _held(session, staff, ref)
        try:
            with session.begin_nested():
                done = _update(session, ref, version, {**facts, "version": version + 1, "updated_at": ports.now()})
        except IntegrityError:
            raise Conflict from None
        if not done:
            raise Conflict
        _audit(ports, session, staff, "phrase.change", ref)
        return _phrase(_held(session, staff, ref))


def remove(ports: Ports, *, staff: Staff, ref: str) -> None:
    """Take one away; twice is once. Raises NotFound (never his), Refused (role)."""
    with ports.transaction() as session:
        row = _held(session, staff, ref)
        session.execute(sa.delete(Row).where(Row.id == row.id).execution_options(synchronize_session=False))
        _audit(ports, session, staff, "phrase.remove", ref)


def _visible(staff: Staff) -> Any:
    if staff.role not in ANSWERING:
        raise Refused
    department = Row.department_id == staff.department_id if staff.department_id else sa.false()
    return sa.or_(Row.staff_id == staff.id, department)


def _owner(staff: Staff, *, shared: bool) -> dict[str, Any]:
    if staff.role not in ANSWERING or (shared and not staff.department_id):
        raise Refused
    return {"department_id": staff.department_id} if shared else {"staff_id": staff.id}


def _held(session: Session, staff: Staff, ref: str) -> Any:
    query = sa.select(Row).where(_visible(staff), Row.ref == str(ref)[:32])
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def _update(session: Session, ref: str, version: int, values: dict[str, Any]) -> bool:
    statement = sa.update(Row).where(Row.ref == ref, Row.version == version).values(values)
    return bool(session.execute(statement.execution_options(synchronize_session=False)).rowcount == 1)


def _parse(code: str, text: str) -> dict[str, str]:
    word, plain = code.strip(), text.replace("\x00", "").strip()
    if not CODE.fullmatch(word) or len(plain) not in LENGTHS:
        raise BadInput("bad_phrase")
    return {"code": word, "text": plain}


def _audit(ports: Ports, session: Session, staff: Staff, action: str, ref: str) -> None:
    facts: dict[str, Any] = {"actor_kind": "staff", "actor_id": staff.id, "subject": ref}
    privacy.audit(session, action=action, at=ports.now(), **facts)


def _phrase(row: Any) -> Phrase:
    return Phrase(row.ref, row.code, row.text, row.department_id is not None, row.version)
