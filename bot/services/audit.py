"""The audit trail: rows in which each seals the one before with a key that the database does not know.

Whoever has the database but not `PEIZHEN_SECRET_KEY` cannot change, drop, move or add a row without `verify`
finding it. Somebody who puts back a whole older database is found by an anchor kept elsewhere.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.crypto import Crypto
from bot.db.privacy import GENESIS, Audit, AuditCheckpoint, AuditHead
from bot.ports import Ports

BATCH = 1000  # rows read at a time while verifying
FACTS = ("actor_kind", "actor_id", "action", "subject", "about", "reason", "result", "trace")
_trace: ContextVar[str] = ContextVar("trace", default="")


@dataclass(frozen=True)
class ChainCheck:
    """`broken_at` is the first audit id that does not fit; None = whole. 0 = the end or the head does not fit.

    `rows` fit before that; `anchor` = `length:hash` of the end, worth keeping outside the database.
    """

    rows: int
    broken_at: int | None
    anchor: str

    @property
    def whole(self) -> bool:
        return self.broken_at is None


@contextmanager
def tracing(trace: str) -> Iterator[None]:
    """Name what every audit row written inside happened in: `inbox/12`, `notice/5`, `http/3fa9…`."""
    token = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(token)


def record(
    session: Session,
    *,
    actor_kind: str,
    actor_id: object,
    action: str,
    subject: str,
    reason: str = "",
    about: str = "",
    result: str = "ok",
    once: bool = False,
    at: datetime,
) -> None:
    """Add one row in the caller's transaction. Call it last: other writers wait from here until the commit.

    `subject` is an opaque reference, never a name, a number or a text of a patient. `once`: the same fact in the
    same trace is one row, so that a message worked on twice, or drawn in two steps, is one access.
    """
    values = (actor_kind, str(actor_id), action, subject, about, reason, result, _trace.get())
    fact = dict(zip(FACTS, values, strict=True))
    crypto = _crypto(session)
    _hold_head(session)
    if once and fact["trace"] and _known(session, fact):
        return
    before = session.execute(sa.select(AuditHead.length, AuditHead.hash)).one()
    place, seal = before.length + 1, _seal(crypto, before.hash, {"at": at, **fact})
    session.execute(sa.insert(Audit).values(id=place, at=at, **fact, previous_hash=before.hash, hash=seal))
    _update_head(session, length=place, hash=seal, mac=_mac(crypto, "head", place, seal))


def verify(ports: Ports, *, anchor: str = "") -> ChainCheck:
    """Walk the whole chain; finds any row changed, added, moved or deleted since it was written.

    `anchor` from an earlier check must lie on the chain: the database was not put back to before it. The head is
    read first, and rows that others add meanwhile only have to fit.
    """
    with ports.transaction() as session:
        length, expected = _start(ports.crypto, session)
        begun = length
        awaited = {_head(ports.crypto, session), anchor or f"{length}:{expected}"}
    awaited.discard(f"{length}:{expected}")
    for row in _rows(ports):
        if row.id != length + 1 or not _fits(ports.crypto, expected, row):
            return ChainCheck(length - begun, row.id, f"{length}:{expected}")
        length, expected = row.id, row.hash
        awaited.discard(f"{length}:{expected}")
    return ChainCheck(length - begun, 0 if awaited else None, f"{length}:{expected}")


def checkpoint(ports: Ports, session: Session, *, before: datetime) -> int | None:
    """Let rows older than `before` go: seals where the chain goes on. Gives the last id to go; None = none does.

    Only a whole stretch from the oldest row on is let go, so that what stays is one chain.
    """
    _hold_head(session)
    first_kept = sa.select(sa.func.min(Audit.id)).where(Audit.at >= before).scalar_subquery()
    old = Audit.id < sa.func.coalesce(first_kept, sa.select(AuditHead.length + 1).scalar_subquery())
    last = session.execute(sa.select(Audit.id, Audit.hash).where(old).order_by(Audit.id.desc()).limit(1)).first()
    if last is None:
        return None
    mac = _mac(ports.crypto, "checkpoint", last.id, last.hash)
    facts = {"at": ports.now(), "length": last.id, "hash": last.hash, "mac": mac}
    session.execute(sa.insert(AuditCheckpoint).values(**facts))
    return int(last.id)


def _crypto(session: Session) -> Crypto:
    crypto = session.info.get("crypto")
    if not isinstance(crypto, Crypto):
        raise TypeError("this session has no key for the audit trail: bot.db.base.transactions(engine, crypto)")
    return crypto


def _start(crypto: Crypto, session: Session) -> tuple[int, str]:
    """Number and hash of the row before the first that is still there; a forged checkpoint fits nothing."""
    last = session.scalars(sa.select(AuditCheckpoint).order_by(AuditCheckpoint.id.desc()).limit(1)).first()
    if last is None:
        return 0, GENESIS
    genuine = hmac.compare_digest(last.mac, _mac(crypto, "checkpoint", last.length, last.hash))
    return (last.length, last.hash) if genuine else (-1, "")


def _fits(crypto: Crypto, expected: str, row: Any) -> bool:
    return row.previous_hash == expected and hmac.compare_digest(row.hash, _seal(crypto, expected, _fact(row)))


def _head(crypto: Crypto, session: Session) -> str:
    """Where the chain has to end, as `length:hash`; a head that is gone or forged lies nowhere."""
    head = session.execute(sa.select(AuditHead.length, AuditHead.hash, AuditHead.mac)).one_or_none()
    if head is None:
        return ""
    fresh = (head.length, head.hash, head.mac) == (0, GENESIS, "")
    genuine = fresh or hmac.compare_digest(head.mac, _mac(crypto, "head", head.length, head.hash))
    return f"{head.length}:{head.hash}" if genuine else ""


def _known(session: Session, fact: dict[str, str]) -> bool:
    same = (getattr(Audit, name) == fact[name] for name in FACTS)
    return session.scalars(sa.select(Audit.id).where(*same).limit(1)).first() is not None


def _hold_head(session: Session) -> None:
    _update_head(session, length=AuditHead.length)


def _update_head(session: Session, **values: Any) -> None:
    session.execute(
        sa.update(AuditHead).where(AuditHead.id == 1).values(**values).execution_options(synchronize_session=False)
    )


def _rows(ports: Ports) -> Iterator[Any]:
    """All rows in their order, each batch in its own transaction, so that nobody waits for a long walk."""
    last = 0
    while batch := _batch(ports, last):
        yield from batch
        last = batch[-1].id


def _batch(ports: Ports, last: int) -> list[Any]:
    query = sa.select(*Audit.__table__.columns).where(Audit.id > last).order_by(Audit.id).limit(BATCH)
    with ports.transaction() as session:
        return list(session.execute(query).all())


def _fact(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("at", *FACTS)}


def _seal(crypto: Crypto, before: str, fact: dict[str, Any]) -> str:
    parts = [before, fact["at"].isoformat(timespec="microseconds"), *(fact[name] for name in FACTS)]
    return crypto.link(json.dumps(parts, ensure_ascii=False))


def _mac(crypto: Crypto, kind: str, length: int, seal: str) -> str:
    return crypto.link(f"{kind}:{length}:{seal}")
