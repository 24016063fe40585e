"""Steps of a broadcast: each is one conditional UPDATE with its row of the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.broadcast import Broadcast, BroadcastHalt
from bot.db.push import Notice
from bot.errors import BadInput
from bot.services import privacy
from bot.services.staff import Staff

KIND = "broadcast"  # of the notices in the outbox
REASONS = range(2, 201)  # characters


def move(session: Session, *conditions: Any, **values: Any) -> int:
    """Change the broadcasts that stand as the conditions say; gives how many."""
    return update(session, Broadcast, *conditions, **values)


def update(session: Session, table: Any, *conditions: Any, **values: Any) -> int:
    """One conditional UPDATE; gives how many rows it changed."""
    statement = sa.update(table).where(*conditions).values(**values)
    return int(session.execute(statement.execution_options(synchronize_session=False)).rowcount)


def not_halted() -> Any:
    """The condition that the stop switch is not pressed."""
    return ~sa.exists().where(BroadcastHalt.standing)


def notice_key(ref: str, person_id: int) -> str:
    """The one notice of a broadcast to a person."""
    return f"{KIND}:{ref}:{person_id}"


def notices_of(ref: str) -> Any:
    """The condition on the notices of one broadcast."""
    return sa.and_(Notice.kind == KIND, Notice.dedupe_key.startswith(f"{KIND}:{ref}:", autoescape=True))


def drop(session: Session, which: Any) -> int:
    """Take waiting notices out of the outbox; one that somebody is sending is refused when it is drawn."""
    unclaimed = sa.or_(Notice.claim.is_(None), Notice.claimed_until < clock.wire())
    waiting = (Notice.state == "waiting", unclaimed, which)
    return update(session, Notice, *waiting, state="expired", last_error="stopped")


def stopped_as(staff: Staff, why: str, at: datetime) -> dict[str, Any]:
    """What a stopped broadcast says; what WeChat has already gets another look, so that the jobs take it away there."""
    handed = sa.and_(Broadcast.way != "notice", Broadcast.handed_at.is_not(None))
    facts = {
        "state": "stopped",
        "stopped_by": staff.id,
        "reason": why,
        "ended_at": at,
        "version": Broadcast.version + 1,
    }
    return {**facts, "look_at": sa.case((handed, at), else_=None)}


def note(session: Session, actor: Staff | None, action: str, ref: str, *, at: datetime, reason: str = "") -> None:
    """One row of the trail, last in its transaction; `actor` None = the jobs."""
    who = ("staff", actor.id) if actor else ("system", "broadcasts")
    facts: dict[str, Any] = {"action": f"{KIND}.{action}", "subject": f"{KIND}/{ref}", "reason": reason[:200]}
    privacy.audit(session, actor_kind=who[0], actor_id=who[1], **facts, at=at)


def reason_of(why: str) -> str:
    """Why somebody does it, in his words. Raises BadInput('bad_why')."""
    plain = " ".join(why.replace("\x00", "").split())
    if len(plain) not in REASONS:
        raise BadInput("bad_why")
    return plain
