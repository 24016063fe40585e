"""Notices to patients: written with the change they tell of, claimed by one worker at a time."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot import clock
from bot.db.base import insert_new
from bot.db.messages import Inbox
from bot.db.push import Notice as Row

if TYPE_CHECKING:
    from bot.ports import Ports

LONGEST_ERROR = 200  # characters, as the column
CLAIMING = 0x6F7574  # the number of PostgreSQL's lock around a claim
OTHER = aliased(Row)
TO_EVERYBODY = "broadcast"  # the kind of a notice that an editor wrote to all who agreed


@dataclass(frozen=True)
class Notice:
    """One claimed notice; `payload` is a reply or `{"view", "ref"}`, `attempts` counts this try too."""

    id: int
    person_id: int
    kind: str
    payload: dict[str, Any] = field(repr=False)
    due_at: datetime
    expires_at: datetime | None
    attempts: int
    claim: str
    rung: str | None = None


def enqueue(
    session: Session,
    *,
    crypto: Any,
    person_id: int,
    kind: str,
    payload: Mapping[str, Any],
    dedupe_key: str,
    due_at: datetime,
    expires_at: datetime | None = None,
) -> bool:
    """Write one notice in the caller's transaction; False = one with this key was there already.

    `crypto` is ports.crypto (the payload is sealed); `due_at`, `expires_at`: hospital time (`ports.now()`).
    """
    return insert_new(
        session,
        Row,
        dedupe_key=dedupe_key,
        person_id=person_id,
        kind=kind,
        payload_sealed=crypto.seal(json.dumps(payload, ensure_ascii=False)),
        due_at=due_at,
        expires_at=expires_at,
        created_at=clock.now(),
    )


def claim_due(ports: Ports, *, limit: int, worker: str) -> list[Notice]:
    """Take up to `limit` due notices for this worker; each is his until the lease of the rules runs out."""
    claim = f"{worker[:40]}:{secrets.token_hex(8)}"
    with ports.transaction() as session:
        _expire(ports, session)
        _release(session)
        due = session.scalars(_candidates(ports, limit)).all()
        taken = [notice_id for notice_id in due if _take(ports, session, notice_id, claim)]
        rows = session.scalars(sa.select(Row).where(Row.id.in_(taken)).order_by(Row.due_at, Row.id)).all()
        return [_notice(ports, row) for row in rows]


def claim_next(ports: Ports, *, worker: str) -> Notice | None:
    """Take the one notice that is due longest, or None; nobody of whom one is in somebody's hands gets another.

    So a person's notices leave in their order however many workers there are, and none waits claimed for another.
    """
    claim = f"{worker[:40]}:{secrets.token_hex(8)}"
    with ports.transaction() as session:
        _one_at_a_time(session)
        _expire(ports, session)
        _release(session)
        notice_id = session.scalar(_candidates(ports, 1).where(~_in_hands()))
        if notice_id is None or not _take(ports, session, notice_id, claim):
            return None
        return _notice(ports, session.scalars(sa.select(Row).where(Row.id == notice_id)).one())


def settle(
    ports: Ports,
    *,
    notice: Notice,
    state: str,
    rung: str = "",
    error: str = "",
    due_at: datetime | None = None,
    also: Callable[[Session], None] | None = None,
    counted: bool = True,
) -> bool:
    """Write down how a try ended; False = the lease ran out and another worker holds the notice now.

    `state` `waiting` with `due_at` = try again then; `sent`, `unknown`, `undelivered`, `expired` are ends. `also` is
    written in the same transaction, whoever holds the notice. Not `counted` = the way rested and nothing was tried.
    """
    values: dict[str, Any] = {"state": state, "claim": None, "claimed_until": None}
    values |= {"last_error": error[:LONGEST_ERROR] or None}
    if rung:
        values["rung"] = rung
    if not counted:
        values["attempts"] = Row.attempts - 1
    if due_at is not None:
        values["due_at"] = due_at
    if state == "sent":
        values["sent_at"] = ports.now()
    return _settle(ports, notice, values, also)


def hold(
    ports: Ports,
    *,
    notice: Notice,
    error: str,
    also: Callable[[Session], None],
    until: datetime | None = None,
    counted: bool = True,
) -> bool:
    """Keep an answer until his next message, which opens the window again, or `until` (hospital time)."""
    values: dict[str, Any] = {
        "state": "held",
        "claim": None,
        "claimed_until": None,
        "held_at": clock.wire(),
        "rung": None,
    }
    values |= {"held_until": None if until is None else clock.wire() + (until - ports.now())}
    if not counted:
        values["attempts"] = Row.attempts - 1
    return _settle(ports, notice, values | {"last_error": error[:LONGEST_ERROR]}, also)


def _settle(ports: Ports, notice: Notice, values: dict[str, Any], also: Callable[[Session], None] | None) -> bool:
    with ports.transaction() as session:
        if also is not None:
            also(session)
        return _update(session, Row.id == notice.id, Row.claim == notice.claim, **values)


def _expire(ports: Ports, session: Session) -> None:
    _update(session, Row.expires_at <= ports.now(), Row.state.in_(("waiting", "held")), _free(), state="expired")


def _release(session: Session) -> None:
    """What was held goes out after his next message, or when its way takes messages again."""
    wrote = sa.exists().where(Inbox.person_id == Row.person_id, Inbox.kind != "event", Inbox.received_at > Row.held_at)
    over = sa.or_(wrote, Row.held_until <= clock.wire())
    _update(session, Row.state == "held", over, state="waiting", held_at=None, held_until=None)


def _candidates(ports: Ports, limit: int) -> Any:
    """Pick ids; on PostgreSQL other workers' picks are skipped, on SQLite the lock clause says nothing."""
    query = sa.select(Row.id).where(Row.state == "waiting", Row.due_at <= ports.now(), _free())
    return query.order_by(Row.due_at, Row.id).limit(limit).with_for_update(skip_locked=True)


def _one_at_a_time(session: Session) -> None:
    """Let each claim see the one before it; SQLite's transactions wait for each other anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(CLAIMING)))


def _in_hands() -> Any:
    """Whether another notice of the same person is with a worker whose lease runs."""
    held = sa.select(OTHER.id).where(OTHER.person_id == Row.person_id, OTHER.id != Row.id)
    return held.where(OTHER.claim.is_not(None), OTHER.claimed_until >= clock.wire()).exists()


def _take(ports: Ports, session: Session, notice_id: int, claim: str) -> bool:
    until = clock.wire() + timedelta(seconds=ports.rules["notice_lease_seconds"])
    facts = {"claim": claim, "claimed_until": until, "attempts": Row.attempts + 1}
    return _update(session, Row.id == notice_id, Row.state == "waiting", _free(), **facts)


def _free() -> Any:
    return sa.or_(Row.claim.is_(None), Row.claimed_until < clock.wire())


def _update(session: Session, *conditions: Any, **values: Any) -> bool:
    statement = sa.update(Row).where(*conditions).values(**values)
    return bool(session.execute(statement.execution_options(synchronize_session=False)).rowcount)


def _notice(ports: Ports, row: Any) -> Notice:
    return Notice(
        id=row.id,
        person_id=row.person_id,
        kind=row.kind,
        payload=json.loads(ports.crypto.open(row.payload_sealed)),
        due_at=row.due_at,
        expires_at=row.expires_at,
        attempts=row.attempts,
        claim=row.claim,
        rung=row.rung,
    )
