"""Consent, and who saw what: an audit trail in which every row seals the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.privacy import GENESIS, Audit, AuditHead, Consent
from bot.ports import Ports

BATCH = 1000  # rows read at a time while verifying


@dataclass(frozen=True)
class ChainCheck:
    """`broken_at` is the first audit id that does not fit; None = whole. 0 = the end was cut off."""

    rows: int
    broken_at: int | None

    @property
    def whole(self) -> bool:
        return self.broken_at is None


def audit(
    session: Session,
    *,
    actor_kind: str,
    actor_id: object,
    action: str,
    subject: str,
    reason: str = "",
    at: datetime,
) -> None:
    """Add one row in the caller's transaction. Call it last: other writers wait from here until the commit.

    `subject` is an opaque reference, never a name, a number or a text of a patient.
    """
    fact = {
        "at": at,
        "actor_kind": actor_kind,
        "actor_id": str(actor_id),
        "action": action,
        "subject": subject,
        "reason": reason,
    }
    _hold_head(session)
    before = session.execute(sa.select(AuditHead.length, AuditHead.hash)).one()
    seal = _seal(before.hash, fact)
    session.execute(sa.insert(Audit).values(**fact, previous_hash=before.hash, hash=seal))
    _move_head(session, length=before.length, seal=seal)


def verify(ports: Ports) -> ChainCheck:
    """Walk the whole chain; finds any row changed, added, moved or deleted since it was written."""
    expected, count = GENESIS, 0
    with ports.transaction() as session:
        head = session.execute(sa.select(AuditHead.length, AuditHead.hash)).one_or_none()
        for row in _rows(session):
            if row.previous_hash != expected or row.hash != _seal(expected, _fact(row)):
                return ChainCheck(count, row.id)
            expected, count = row.hash, count + 1
    ended = head is not None and (head.length, head.hash) == (count, expected)
    return ChainCheck(count, None if ended else 0)


def give(session: Session, *, person_id: int, purpose: str, version: str, at: datetime) -> None:
    """Write down a yes; an older yes to another version ends with it."""
    if _standing(session, person_id, purpose, version):
        return
    withdraw(session, person_id=person_id, purpose=purpose, at=at)
    session.execute(sa.insert(Consent).values(person_id=person_id, purpose=purpose, version=version, given_at=at))


def has(session: Session, *, person_id: int, purpose: str) -> bool:
    """Tell whether a yes to this purpose stands."""
    return _standing(session, person_id, purpose)


def withdraw(session: Session, *, person_id: int, purpose: str, at: datetime) -> bool:
    """Take a yes back; False = there was none."""
    done = session.execute(
        sa.update(Consent)
        .where(Consent.person_id == person_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def _standing(session: Session, person_id: int, purpose: str, version: str | None = None) -> bool:
    query = sa.select(Consent.id).where(
        Consent.person_id == person_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None)
    )
    if version is not None:
        query = query.where(Consent.version == version)
    return session.scalars(query.limit(1)).first() is not None


def _hold_head(session: Session) -> None:
    session.execute(
        sa.update(AuditHead)
        .where(AuditHead.id == 1)
        .values(length=AuditHead.length)
        .execution_options(synchronize_session=False)
    )


def _move_head(session: Session, *, length: int, seal: str) -> None:
    session.execute(
        sa.update(AuditHead)
        .where(AuditHead.id == 1)
        .values(length=length + 1, hash=seal)
        .execution_options(synchronize_session=False)
    )


def _rows(session: Session) -> Iterator[Any]:
    last = 0
    while batch := session.execute(_after(last)).all():
        yield from batch
        last = batch[-1].id


def _after(last: int) -> Any:
    return sa.select(*Audit.__table__.columns).where(Audit.id > last).order_by(Audit.id).limit(BATCH)


def _fact(row: Any) -> dict[str, Any]:
    names = ("at", "actor_kind", "actor_id", "action", "subject", "reason")
    return {name: getattr(row, name) for name in names}


def _seal(before: str, fact: dict[str, Any]) -> str:
    parts = [before, fact["at"].isoformat(timespec="microseconds")]
    parts += [fact[name] for name in ("actor_kind", "actor_id", "action", "subject", "reason")]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
