"""Tries to bind a card: how many a person, a number and all together may fail, and what becomes of each."""

from __future__ import annotations

import logging
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.cards import BindTry
from bot.errors import NotFound, Refused
from bot.ports import Ports
from bot.services import holding, privacy, quotas

log = logging.getLogger(__name__)
NUMBER_QUOTA, FAILED_QUOTA = "bind_number", "bind_failed"
EVERYBODY = "all"


def earlier(session: Session, *, person_id: int, key: str) -> Any:
    """The try that this key opened, or None. Raises NotFound when it was another person's."""
    found = session.scalars(sa.select(BindTry).where(BindTry.key == key)).first()
    if found is not None and found.person_id != person_id:
        raise NotFound
    return found


def check(ports: Ports, session: Session, *, person_id: int, id_number: str, key: str) -> None:
    """Raise Refused('too_many_tries') when this person or this number has failed too often today."""
    tries = sa.select(sa.func.count()).where(
        BindTry.person_id == person_id,
        BindTry.at >= _midnight(ports.now()),
        BindTry.card_id.is_(None),
        BindTry.key != key,
    )
    if session.scalar(tries) >= ports.rules["bind_tries_per_day"]:
        raise Refused("too_many_tries")
    if quotas.used(session, **_of_number(ports, id_number)) >= ports.rules["bind_tries_per_number_day"]:
        raise Refused("too_many_tries")


def begin(ports: Ports, session: Session, *, person_id: int, id_number: str, key: str) -> None:
    """Open a try; it counts until it is bound or forgotten. Raises Refused('too_many_tries')."""
    limit = ports.rules["bind_tries_per_number_day"]
    if not quotas.take(session, **_of_number(ports, id_number), limit=limit):
        raise Refused("too_many_tries")
    facts = {"person_id": person_id, "at": ports.now(), "key": key}
    insert_new(session, BindTry, **facts, id_hash=hash_of(ports, id_number))


def bound(ports: Ports, session: Session, attempt: Any, *, card_id: int, id_number: str) -> None:
    """The try ended well: it counts no more."""
    if attempt is not None:
        attempt.card_id = card_id
    quotas.give_back(session, **_of_number(ports, id_number))


def fail(ports: Ports, *, person_id: int, key: str, refusal: str) -> None:
    """Write down a failure once: on the try, in the day's count of all users, and in the audit trail."""
    at = ports.now()
    with ports.transaction() as session:
        closed = sa.update(BindTry).where(*_open(key)).values(refusal=refusal)
        if not session.execute(closed.execution_options(synchronize_session=False)).rowcount:
            return
        quotas.take(session, kind=FAILED_QUOTA, subject=EVERYBODY, at=at, limit=quotas.NO_LIMIT)
        failed = quotas.used(session, kind=FAILED_QUOTA, subject=EVERYBODY, at=at)
        holding.audit(session, person_id=person_id, action="cards.bind_failed", subject=key, reason=refusal, at=at)
        if failed == ports.rules["bind_failures_alarm"]:
            _alarm(session, failed, at)


def forget(ports: Ports, *, id_number: str, key: str) -> None:
    """Nothing was learnt from a try that the hospital did not answer, so it does not count."""
    with ports.transaction() as session:
        gone = sa.delete(BindTry).where(*_open(key)).execution_options(synchronize_session=False)
        if session.execute(gone).rowcount:
            quotas.give_back(session, **_of_number(ports, id_number))


def failures_today(ports: Ports) -> int:
    """How many bindings of all users failed on this hospital day."""
    with ports.transaction() as session:
        return quotas.used(session, kind=FAILED_QUOTA, subject=EVERYBODY, at=ports.now())


def hash_of(ports: Ports, id_number: str) -> str:
    """The keyed hash by which an ID number is known here."""
    return ports.crypto.digest("id_number", id_number)


def _alarm(session: Session, failed: int, at: datetime) -> None:
    """Somebody may be guessing, from many accounts: said once a day, in the log and in the audit trail."""
    log.error("ALARM: %s bindings of patient cards failed today", failed)
    privacy.audit(
        session,
        actor_kind="system",
        actor_id="binding",
        action="cards.alarm",
        subject=EVERYBODY,
        reason=f"{failed} failed",
        at=at,
    )


def _open(key: str) -> tuple[Any, ...]:
    return BindTry.key == key, BindTry.card_id.is_(None), BindTry.refusal.is_(None)


def _midnight(moment: datetime) -> datetime:
    return clock.utc(datetime.combine(clock.local(moment).date(), time()))


def _of_number(ports: Ports, id_number: str) -> dict[str, Any]:
    return {"kind": NUMBER_QUOTA, "subject": hash_of(ports, id_number), "at": ports.now()}
