"""What reached nobody: for staff, with the reason, every way that was tried, and who has seen to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.db.push import Notice, NoticeTry
from bot.errors import BadInput, NotFound
from bot.ports import Ports
from bot.push import kinds, tries
from bot.push.outbox import TO_EVERYBODY
from bot.services import privacy

LISTED = 500  # shown at once
NOTE_LENGTHS = range(1, 201)
FAILED = ("undelivered", "expired", "unknown", "held")
AWAITED = "no_receipt"


@dataclass(frozen=True)
class Tried:
    """One try: `rung` and `state` as in bot/db/push.py, `at` naive UTC."""

    rung: str
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Undelivered:
    """A notice that nobody is known to have seen. `must`: it may not be missed."""

    id: int
    person_id: int
    kind: str
    what: str
    must: bool
    state: str
    reason: str
    attempts: int
    created_at: datetime
    tried: tuple[Tried, ...] = ()


def undelivered(ports: Ports) -> list[Undelivered]:
    """What was refused by every way, came too late, or may not have arrived; what may not be missed first.

    What its patient has read on his page, and what staff has seen to, is no more on it.
    """
    query = sa.select(Notice).where(_open(ports)).order_by(Notice.id.desc()).limit(LISTED)
    with ports.transaction() as session:
        rows = session.scalars(query).all()
        tried = tries.of_notices(session, [row.id for row in rows])
    found = [_failed(ports, row, tried[row.id]) for row in rows]
    return sorted(found, key=lambda line: not line.must)


def handle(ports: Ports, *, staff_id: int, notice_id: int, note: str) -> None:
    """A member of staff has seen to it: telephoned, for instance. Twice is once. Raises NotFound, BadInput."""
    plain = note.replace("\x00", "").strip()
    if len(plain) not in NOTE_LENGTHS:
        raise BadInput("bad_note")
    facts = {"handled_at": ports.now(), "handled_by": staff_id, "handled_note_sealed": ports.crypto.seal(plain)}
    with ports.transaction() as session:
        row = session.get(Notice, notice_id)
        if row is None:
            raise NotFound
        open_still = sa.update(Notice).where(Notice.id == notice_id, Notice.handled_at.is_(None)).values(facts)
        if session.execute(open_still.execution_options(synchronize_session=False)).rowcount == 1:
            who: dict[str, Any] = {"actor_kind": "staff", "actor_id": staff_id, "about": f"person/{row.person_id}"}
            privacy.audit(session, action="notice.handled", subject=f"notice/{notice_id}", at=ports.now(), **who)


def _open(ports: Ports) -> Any:
    """On the list: failed ones, and those that may not be missed and of which WeChat says nothing."""
    silent = sa.exists().where(
        NoticeTry.notice_id == Notice.id,
        NoticeTry.rung == Notice.rung,
        NoticeTry.state == "taken",
        NoticeTry.at <= ports.now() - timedelta(minutes=ports.rules["receipt_minutes"]),
    )
    must = [name for name in ports.rules["notice_kinds"] if kinds.of(ports.rules, name).must]
    unsure = sa.and_(Notice.state == "sent", Notice.rung.in_(kinds.RECEIPTED), Notice.kind.in_(must), silent)
    # Notices to everybody are counted on their own page; here they would hide the others.
    nobody = (Notice.read_at.is_(None), Notice.handled_at.is_(None), Notice.kind != TO_EVERYBODY)
    return sa.and_(*nobody, sa.or_(Notice.state.in_(FAILED), unsure))


def _failed(ports: Ports, row: Any, tried: list[Any]) -> Undelivered:
    kind = kinds.of(ports.rules, row.kind)
    return Undelivered(
        id=row.id,
        person_id=row.person_id,
        kind=row.kind,
        what=kind.what,
        must=kind.must,
        state=row.state,
        reason=AWAITED if row.state == "sent" else row.last_error or "",
        attempts=row.attempts,
        created_at=row.created_at,
        tried=tuple(Tried(one.rung, one.state, one.reason, one.at) for one in tried),
    )
