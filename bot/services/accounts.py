"""Accounts of the console, for operators: make, change, close, reset.

Nobody changes his own. Giving a role of `two_person_roles`, and resetting somebody who has one, waits for a second
operator (bot/services/account_requests.py): else one of them alone could become the auditor who watches him.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new, new_ref
from bot.db.staff import ROLES, StaffMember, StaffRequest, StaffSession
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import passwords, privacy, second_factor, staff_sessions
from bot.services.staff import Staff

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,63}")
LONGEST_NAME = 64
OF_A_DEPARTMENT = ("doctor", "head")
LONGEST_ID = 64


@dataclass(frozen=True)
class Place:
    """What an account may do and where: ids of the hospital's own."""

    role: str
    department_id: str | None = None
    doctor_id: str | None = None


@dataclass(frozen=True)
class Account:
    """One account as operators see it; times are the machine's, naive UTC."""

    id: int
    username: str
    name: str
    place: Place
    active: bool
    second_factor: bool
    must_change: bool
    locked_until: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True)
class Done:
    """What came of it. `password`: to be handed over, shown once; `waits`: a second operator has to agree."""

    account_id: int
    password: str = field(default="", repr=False)
    waits: bool = False


def listed(ports: Ports) -> list[Account]:
    """All accounts, those in use first."""
    query = _accounts().order_by(StaffMember.active.desc(), StaffMember.role, StaffMember.username)
    with ports.transaction() as session:
        return [_account(*row) for row in session.execute(query)]


def one(ports: Ports, *, account_id: int) -> Account:
    """Raises NotFound."""
    with ports.transaction() as session:
        row = session.execute(_accounts().where(StaffMember.id == account_id)).first()
    if row is None:
        raise NotFound
    return _account(*row)


def create(ports: Ports, *, staff: Staff, username: str, name: str, place: Place) -> Done:
    """Make an account with a first password. Raises BadInput, Conflict('username_taken')."""
    facts = checked(username, name, place)
    password = passwords.first()
    hashed = passwords.hashed(password)
    waits = _two(ports, place.role)
    with ports.transaction() as session:
        account_id = insert(ports, session, {**facts, "password_hash": hashed, "active": not waits})
        written(ports, session, staff, "staff.create", account_id, place.role)
        if waits:
            ask(ports, session, staff=staff, what="open", account_id=account_id, place=place)
    return Done(account_id, "" if waits else password, waits)


def change(ports: Ports, *, staff: Staff, account_id: int, place: Place) -> Done:
    """Give another role or department; it counts at once, in a new session.

    Raises BadInput, NotFound, Refused('own_account').
    """
    _place(place)
    with ports.transaction() as session:
        row = others(session, staff, account_id)
        if row.role != place.role and _two(ports, place.role):
            ask(ports, session, staff=staff, what="role", account_id=row.id, place=place)
            return Done(row.id, waits=True)
        place_at(ports, session, staff, row.id, place)
    return Done(account_id)


def close(ports: Ports, *, staff: Staff, account_id: int) -> None:
    """Let nobody in by this account any more, from this moment. Raises NotFound, Refused('own_account')."""
    with ports.transaction() as session:
        row = others(session, staff, account_id)
        update(session, row.id, active=False)
        staff_sessions.end_all(session, staff_id=row.id)
        written(ports, session, staff, "staff.close", row.id, row.role)


def reset_phone(ports: Ports, *, staff: Staff, account_id: int) -> Done:
    """The phone is lost: he sets up another one when he next signs in. Raises as `reset`."""
    with ports.transaction() as session:
        row = others(session, staff, account_id)
        if _two(ports, row.role):
            return _ask_reset(ports, session, staff, row)
        second_factor.forget(ports, session, row.id)
        staff_sessions.end_all(session, staff_id=row.id)
        written(ports, session, staff, "staff.reset_phone", row.id, row.role)
    return Done(account_id)


def reset(ports: Ports, *, staff: Staff, account_id: int) -> Done:
    """A new first password and no phone; a closed account is open again. Raises NotFound, Refused('own_account')."""
    password = passwords.first()
    hashed = passwords.hashed(password)
    with ports.transaction() as session:
        row = others(session, staff, account_id)
        if _two(ports, row.role):
            return _ask_reset(ports, session, staff, row)
        begin_anew(ports, session, staff, row.id, hashed)
    return Done(account_id, password)


# -- steps that account_requests.py and account_rescue.py take too --------------------------------------------------
def checked(username: str, name: str, place: Place) -> dict[str, Any]:
    """Raises BadInput: 'bad_username', 'bad_name', and as `_place`."""
    _place(place)
    if not USERNAME.fullmatch(username):
        raise BadInput("bad_username")
    if not name.strip() or len(name) > LONGEST_NAME:
        raise BadInput("bad_name")
    return {"username": username, "name": name.strip(), **vars(place)}


def insert(ports: Ports, session: Session, facts: dict[str, Any]) -> int:
    """A new account that has everything before it. Raises Conflict('username_taken')."""
    fresh = {"must_change": True, "totp_next_sealed": second_factor.fresh(ports.crypto), "failed": 0}
    if not insert_new(session, StaffMember, **facts, **fresh):
        raise Conflict("username_taken")
    made = sa.select(StaffMember.id).where(StaffMember.username == facts["username"])
    return int(session.execute(made).scalar_one())


def others(session: Session, staff: Staff, account_id: int) -> Any:
    """Somebody else's account. Raises NotFound, Refused('own_account')."""
    row = session.get(StaffMember, account_id)
    if row is None:
        raise NotFound
    if row.id == staff.id:
        raise Refused("own_account")
    return row


def place_at(ports: Ports, session: Session, staff: Staff, account_id: int, place: Place) -> None:
    """Give role and department, end what was begun under the old ones, write it down."""
    update(session, account_id, **vars(place))
    staff_sessions.end_all(session, staff_id=account_id)
    written(ports, session, staff, "staff.role", account_id, place.role)


def begin_anew(ports: Ports, session: Session, staff: Staff | None, account_id: int, password_hash: str) -> None:
    """A new first password, no phone, open; what was begun before is over."""
    fresh = {"password_hash": password_hash, "must_change": True, "active": True, "failed": 0, "locked_until": None}
    update(session, account_id, **fresh)
    second_factor.forget(ports, session, account_id)
    staff_sessions.end_all(session, staff_id=account_id)
    written(ports, session, staff, "staff.reset", account_id, "")


def ask(ports: Ports, session: Session, *, staff: Staff, what: str, account_id: int, place: Place) -> None:
    """Put a change before a second operator; the one that waited for the same account lapses."""
    waiting = sa.update(StaffRequest).where(StaffRequest.staff_id == account_id, StaffRequest.state == "asked")
    session.execute(waiting.values(state="refused").execution_options(synchronize_session=False))
    facts = {"what": what, "staff_id": account_id, "asked_by": staff.id, "asked_at": ports.now(), **vars(place)}
    session.execute(sa.insert(StaffRequest).values(ref=new_ref("g"), state="asked", **facts))
    written(ports, session, staff, f"staff.ask_{what}", account_id, place.role)


def written(ports: Ports, session: Session, staff: Staff | None, action: str, account_id: int, role: str) -> None:
    """One row of the trail: who did what to which account, `role` the one it has by that; None = the command line."""
    kind, actor = ("staff", staff.id) if staff is not None else ("system", "cli")
    subject, at = f"staff/{account_id}", ports.now()
    privacy.audit(session, actor_kind=kind, actor_id=actor, action=action, subject=subject, reason=role, at=at)


def update(session: Session, account_id: int, **values: Any) -> None:
    changed = sa.update(StaffMember).where(StaffMember.id == account_id).values(**values)
    session.execute(changed.execution_options(synchronize_session=False))


# -- inside ------------------------------------------------------------------------------------------------------
def _ask_reset(ports: Ports, session: Session, staff: Staff, row: Any) -> Done:
    ask(ports, session, staff=staff, what="reset", account_id=row.id, place=_place_of(row))
    return Done(row.id, waits=True)


def _two(ports: Ports, role: str) -> bool:
    return role in ports.rules["two_person_roles"]


def _place(place: Place) -> None:
    """Raises BadInput('bad_role', 'bad_place')."""
    if place.role not in ROLES:
        raise BadInput("bad_role")
    needs = place.role in OF_A_DEPARTMENT
    if needs != bool(place.department_id) or (place.role != "doctor" and place.doctor_id):
        raise BadInput("bad_place")
    if max(len(place.department_id or ""), len(place.doctor_id or "")) > LONGEST_ID:
        raise BadInput("bad_place")


def _accounts() -> Any:
    seen = sa.select(sa.func.max(StaffSession.seen_at)).where(StaffSession.staff_id == StaffMember.id)
    return sa.select(StaffMember, seen.correlate(StaffMember).scalar_subquery())


def _account(row: Any, seen_at: datetime | None) -> Account:
    locked = row.locked_until if row.locked_until and row.locked_until > clock.wire() else None
    facts = {"second_factor": row.totp_sealed is not None, "must_change": row.must_change, "locked_until": locked}
    return Account(row.id, row.username, row.name, _place_of(row), row.active, seen_at=seen_at, **facts)


def _place_of(row: Any) -> Place:
    return Place(row.role, row.department_id, row.doctor_id)
