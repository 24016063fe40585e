"""What one operator wants and a second one agrees to or not: roles that give rights or watch over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot.db.staff import StaffMember, StaffRequest
from bot.errors import Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import passwords
from bot.services.accounts import Done, Place, begin_anew, place_at, written
from bot.services.staff import Staff


@dataclass(frozen=True)
class Waiting:
    """One that waits; `own`: whoever looks asked for it himself, or it is about him: somebody else decides."""

    ref: str
    what: str
    account_id: int
    username: str
    name: str
    role: str
    asked_by: str
    asked_at: datetime
    own: bool


def waiting(ports: Ports, *, staff: Staff) -> list[Waiting]:
    """What is not decided and has not lapsed, the oldest first."""
    target, asker = aliased(StaffMember), aliased(StaffMember)
    query = (
        sa.select(StaffRequest, target, asker.name)
        .join(target, target.id == StaffRequest.staff_id)
        .join(asker, asker.id == StaffRequest.asked_by)
        .where(*_open(ports))
        .order_by(StaffRequest.id)
    )
    with ports.transaction() as session:
        return [_shown(staff, *row) for row in session.execute(query)]


def approve(ports: Ports, *, staff: Staff, ref: str) -> Done:
    """Agree: it is done now, under both names. Gives the first password where one was made.

    Raises NotFound, Refused('own_request'), Conflict (decided meanwhile).
    """
    password = passwords.first()
    hashed = passwords.hashed(password)
    with ports.transaction() as session:
        row = _decided(ports, session, staff, ref, "given")
        if row.what == "role":
            place_at(ports, session, staff, row.staff_id, Place(row.role, row.department_id, row.doctor_id))
            return Done(row.staff_id)
        begin_anew(ports, session, staff, row.staff_id, hashed)
    return Done(row.staff_id, password)


def refuse(ports: Ports, *, staff: Staff, ref: str) -> None:
    """Say no; whoever asked may take it back himself this way. Raises NotFound, Conflict."""
    with ports.transaction() as session:
        _decided(ports, session, staff, ref, "refused")


def _decided(ports: Ports, session: Session, staff: Staff, ref: str, state: str) -> Any:
    row = session.scalars(sa.select(StaffRequest).where(StaffRequest.ref == ref)).first()
    if row is None:
        raise NotFound
    if state == "given" and staff.id in {row.asked_by, row.staff_id}:
        raise Refused("own_request")
    values = {"state": state, "decided_by": staff.id, "decided_at": ports.now()}
    decided = sa.update(StaffRequest).where(StaffRequest.id == row.id, *_open(ports)).values(**values)
    if session.execute(decided.execution_options(synchronize_session=False)).rowcount != 1:
        raise Conflict
    written(ports, session, staff, f"staff.{state}_{row.what}", row.staff_id, row.role)
    return row


def _open(ports: Ports) -> tuple[Any, ...]:
    since = ports.now() - timedelta(days=ports.rules["account_request_days"])
    return StaffRequest.state == "asked", StaffRequest.asked_at > since


def _shown(staff: Staff, row: Any, target: Any, asked_by: str) -> Waiting:
    own = staff.id in {row.asked_by, row.staff_id}
    facts = (row.ref, row.what, target.id, target.username, target.name, row.role, asked_by, row.asked_at)
    return Waiting(*facts, own)
