"""Sessions of staff, on the server: ended by signing out, by rest, after a shift, or by somebody who may."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import reading
from bot.db.staff import StaffMember, StaffSession
from bot.ports import Ports
from bot.services import second_factor
from bot.services.staff import Staff, of_row

TOUCH_SECONDS = 60  # a session in use is written down once in so long, not at every click
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Opened:
    """A session that goes on: whose, and what he has to do before anything else: `password`, `second_factor`, ''."""

    id: int
    staff: Staff
    due: str


@dataclass(frozen=True)
class Seat:
    """One browser of a list of own sessions; times are the machine's, naive UTC."""

    browser: str
    began_at: datetime
    seen_at: datetime
    here: bool


def begin(ports: Ports, *, staff_id: int, browser: str) -> str:
    """Open a session; gives the token that its cookie holds."""
    token, now = secrets.token_urlsafe(TOKEN_BYTES), clock.wire()
    facts = {"staff_id": staff_id, "browser": browser[:40], "began_at": now, "seen_at": now}
    with ports.transaction() as session:
        session.execute(sa.insert(StaffSession).values(token_hash=_hash(ports, token), **facts))
    return token


def find(ports: Ports, *, token: str, used: bool = True) -> Opened | None:
    """The session of a cookie, with the account as it is now; None = there is none, or it is over.

    `used`: a person did something; polling is not use.
    """
    now = clock.wire()
    with reading(), ports.transaction() as session:
        row = session.execute(_living(ports, now).where(StaffSession.token_hash == _hash(ports, token))).first()
    if row is None:
        return None
    seat, member = row
    if used and now - seat.seen_at >= timedelta(seconds=TOUCH_SECONDS):
        with ports.transaction() as session:
            _change(session, StaffSession.id == seat.id, seen_at=now)
    return Opened(seat.id, of_row(member), _due(member, ports.rules))


def mine(ports: Ports, *, staff: Staff, here: int) -> list[Seat]:
    """Where this member is signed in, the newest first."""
    query = _living(ports, clock.wire()).where(StaffMember.id == staff.id)
    with ports.transaction() as session:
        rows = session.execute(query.order_by(StaffSession.id.desc())).all()
    return [Seat(row.browser, row.began_at, row.seen_at, row.id == here) for row, _member in rows]


def end(ports: Ports, *, session_id: int) -> None:
    """Sign out: the cookie opens nothing any more, whoever has a copy."""
    with ports.transaction() as session:
        _change(session, StaffSession.id == session_id, ended_at=clock.wire())


def end_all(session: Session, *, staff_id: int, but: int | None = None) -> int:
    """End every session of an account, but for one; gives how many, in the caller's transaction."""
    others = () if but is None else (StaffSession.id != but,)
    return _change(session, StaffSession.staff_id == staff_id, *others, ended_at=clock.wire())


def _due(member: Any, rules: Any) -> str:
    if member.must_change:
        return "password"
    return "second_factor" if second_factor.due(member, rules) else ""


def _living(ports: Ports, now: datetime) -> Any:
    """(session, account) of those that neither rest, nor a shift, nor anybody ended."""
    idle = timedelta(minutes=ports.rules["session_idle_minutes"])
    shift = timedelta(hours=ports.rules["session_hours"])
    return (
        sa.select(StaffSession, StaffMember)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(StaffMember.active, StaffSession.ended_at.is_(None))
        .where(StaffSession.seen_at >= now - idle, StaffSession.began_at >= now - shift)
    )


def _change(session: Session, *which: Any, **values: Any) -> int:
    change = sa.update(StaffSession).where(StaffSession.ended_at.is_(None), *which).values(**values)
    return int(session.execute(change.execution_options(synchronize_session=False)).rowcount)


def _hash(ports: Ports, token: str) -> str:
    return ports.crypto.digest("staff_session", token)
