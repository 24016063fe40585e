"""Who may work in the console, and signing in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.staff import ROLES, StaffMember
from bot.errors import BadInput
from bot.ports import Ports
from bot.services import privacy, second_factor

LONGEST_PASSWORD = 256  # characters; argon2 would hash megabytes as willingly
hasher = PasswordHasher()


@dataclass(frozen=True)
class Staff:
    """One member of staff; `department_id` and `doctor_id` are the HIS's, where he has them."""

    id: int
    username: str
    name: str
    role: str
    department_id: str | None
    doctor_id: str | None


@dataclass(frozen=True)
class Member:
    """An account to be made by `ensure`."""

    username: str
    name: str
    role: str
    password: str = field(repr=False)
    department_id: str | None = None
    doctor_id: str | None = None
    totp_secret: str | None = field(default=None, repr=False)  # base32; None = he sets it up when he first comes


def sign_in(ports: Ports, *, username: str, password: str, code: str = "") -> Staff:
    """Check a password and, where the account has one, the second factor. Raises BadInput('bad_login') for every
    failure alike, in the same time.

    Each try is counted before the password is looked at, so that many at once count as many; five wrong ones
    in a row, password or code, lock the account for a while, for the right ones too.
    """
    row, allowed = _reserve_try(ports, username)
    good = _matches(row.password_hash if row is not None else _nobody(), password)
    if row is None or not allowed or not good or not second_factor.passes(ports, row, code):
        _note(ports, row, "staff.sign_in_failed")
        raise BadInput("bad_login")
    with ports.transaction() as session:
        _update(session, row.id, failed=0, locked_until=None)
    _note(ports, row, "staff.sign_in")
    return of_row(row)


def prove(ports: Ports, *, staff: Staff, password: str) -> None:
    """Show that an open console is still its owner's; counted as signing in is. Raises BadInput('bad_password')."""
    row, allowed = _reserve_try(ports, staff.username)
    if row is None or not allowed or not _matches(row.password_hash, password):
        _note(ports, row, "staff.proof_failed")
        raise BadInput("bad_password")
    with ports.transaction() as session:
        _update(session, row.id, failed=0, locked_until=None)


def get(ports: Ports, *, staff_id: int) -> Staff | None:
    """Give an active account, or None."""
    with ports.transaction() as session:
        row = session.get(StaffMember, staff_id)
        return of_row(row) if row is not None and row.active else None


def ensure(ports: Ports, *, members: Iterable[Member]) -> list[Staff]:
    """Make the accounts that are missing and bring name, role and department up to date; passwords stay.

    Each password is hashed once: the demo gives all its accounts the same, and a hash takes a fifth of a second.
    """
    members = list(members)
    known = {row.username for row in _rows(ports, members)}
    new = [member for member in members if member.username not in known]
    hashes = {password: hasher.hash(password) for password in {member.password for member in new}}
    with ports.transaction() as session:
        for member in members:
            _ensure(ports, session, member, hashes[member.password] if member in new else None)
    return [of_row(row) for row in _rows(ports, members)]


def _ensure(ports: Ports, session: Session, member: Member, password_hash: str | None) -> None:
    if member.role not in ROLES:
        raise BadInput("bad_role", username=member.username)
    facts: dict[str, Any] = {"name": member.name, "role": member.role}
    facts |= {"department_id": member.department_id, "doctor_id": member.doctor_id}
    if password_hash is not None:
        facts |= {"password_hash": password_hash, **_second_factor(ports, member)}
        insert_new(session, StaffMember, username=member.username, **facts)
        return
    session.execute(
        sa.update(StaffMember)
        .where(StaffMember.username == member.username)
        .values(**facts)
        .execution_options(synchronize_session=False)
    )


def _second_factor(ports: Ports, member: Member) -> dict[str, bytes]:
    if member.totp_secret:
        return {"totp_sealed": ports.crypto.seal(member.totp_secret)}
    return {"totp_next_sealed": second_factor.fresh(ports.crypto)}


def _rows(ports: Ports, members: Iterable[Member]) -> list[Any]:
    names = [member.username for member in members]
    with ports.transaction() as session:
        query = sa.select(StaffMember).where(StaffMember.username.in_(names)).order_by(StaffMember.id)
        return list(session.scalars(query))


def _reserve_try(ports: Ports, username: str) -> tuple[Any, bool]:
    """Count one try; (account or None, whether it may go on)."""
    now, most = clock.wire(), ports.rules["login_failures"]
    until = now + timedelta(minutes=ports.rules["login_lock_minutes"])
    member = StaffMember
    with ports.transaction() as session:
        row = session.scalars(sa.select(member).where(member.username == username[:64], member.active)).first()
        if row is None:
            return None, False
        _update(session, row.id, member.locked_until <= now, failed=0, locked_until=None)
        full = sa.case((member.failed + 1 >= most, until), else_=None)
        free = member.locked_until.is_(None)
        counted = _update(session, row.id, free, failed=member.failed + 1, locked_until=full)
    return row, counted


def _update(session: Session, staff_id: int, *conditions: Any, **values: Any) -> bool:
    done = session.execute(
        sa.update(StaffMember)
        .where(StaffMember.id == staff_id, *conditions)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return bool(hasher.verify(password_hash, password[:LONGEST_PASSWORD]))
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Give a hash to compare with when there is no such account, so that both take the same time."""
    return hasher.hash("nobody has this password")


def _note(ports: Ports, row: Any, action: str) -> None:
    with ports.transaction() as session:
        privacy.audit(
            session,
            actor_kind="staff" if row is not None else "system",
            actor_id=row.id if row is not None else "unknown",
            action=action,
            subject=f"staff/{row.id}" if row is not None else "staff/unknown",
            at=ports.now(),
        )


def of_row(row: Any) -> Staff:
    return Staff(row.id, row.username, row.name, row.role, row.department_id, row.doctor_id)
