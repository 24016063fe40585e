"""Text messages: composed from the same words as everything else, and word to a card's owner that must arrive.

A code is sent while the patient waits (codes.py). A notice is written with the change it tells of and sent after
the commit; what did not leave then goes with the jobs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.sms import SmsKept, SmsNotice
from bot.errors import Refused, Unavailable
from bot.ports import Ports, TextMessage
from bot.services import words

log = logging.getLogger(__name__)
RETRY_SECONDS = 60  # also how long a worker that died keeps a notice


def compose(kind: str, facts: Mapping[str, str]) -> TextMessage:
    """The message of one kind: `utter_sms_<kind>` filled with its facts."""
    return TextMessage(kind, dict(facts), str(words.say(f"utter_sms_{kind}", **facts)["text"]))


def notify(ports: Ports, session: Session, *, phone: str, kind: str, facts: Mapping[str, str], dedupe_key: str) -> None:
    """Write one notice in the caller's transaction; one with this key is written once."""
    seal, at = ports.crypto.seal, ports.now()
    insert_new(
        session,
        SmsNotice,
        dedupe_key=dedupe_key,
        phone_sealed=seal(phone),
        kind=kind,
        facts_sealed=seal(json.dumps(facts, ensure_ascii=False)),
        made_at=at,
        due_at=at,
        attempts=0,
        state="waiting",
    )


def deliver_now(ports: Ports, *, dedupe_key: str) -> bool:
    """Send one notice that was just written; whatever goes wrong, it goes with the jobs then."""
    with ports.transaction() as session:
        row = session.scalars(sa.select(SmsNotice).where(SmsNotice.dedupe_key == dedupe_key)).first()
    try:
        return row is not None and row.state == "waiting" and _deliver(ports, row)
    except Exception as error:  # what it tells of is done, and must not seem to have failed
        log.error("text message %s: %s", row.id, type(error).__name__)
        return False


def deliver_due(ports: Ports, *, limit: int = 20) -> int:
    """Send what is due; returns how many left. A gateway that does not answer is asked again later."""
    with ports.transaction() as session:
        due = sa.select(SmsNotice).where(SmsNotice.state == "waiting", SmsNotice.due_at <= ports.now())
        rows = session.scalars(due.order_by(SmsNotice.id).limit(limit)).all()
    return sum(_deliver(ports, row) for row in rows)


def forget(session: Session, *, dedupe_keys: Collection[str], phone_hashes: Collection[str]) -> None:
    """Delete these notices, but those that still have to arrive, and what the twin kept for these phones."""
    over = (SmsNotice.dedupe_key.in_(dedupe_keys), SmsNotice.state != "waiting")
    for gone in (sa.delete(SmsNotice).where(*over), sa.delete(SmsKept).where(SmsKept.phone_hash.in_(phone_hashes))):
        session.execute(gone.execution_options(synchronize_session=False))


def _deliver(ports: Ports, row: Any) -> bool:
    if not _claim(ports, row):
        return False
    opened = ports.crypto.open
    try:
        message = compose(row.kind, json.loads(opened(row.facts_sealed)))
        ports.sms.send(phone=opened(row.phone_sealed), message=message)
    except Unavailable:
        over = row.attempts + 1 >= ports.rules["notice_attempts"]
        if over:
            _settle(ports, row, "undelivered")
        log.warning("text message %s: the gateway does not answer%s", row.id, ", given up" if over else "")
        return False
    except Refused as refused:
        _settle(ports, row, "undelivered")
        log.error("text message %s: %s", row.id, refused.code)
        return False
    _settle(ports, row, "sent")
    return True


def _claim(ports: Ports, row: Any) -> bool:
    """Move the due time ahead from where we saw it: one worker succeeds, and a dead one's notice comes back."""
    again = ports.now() + timedelta(seconds=RETRY_SECONDS * (row.attempts + 1))
    seen = (SmsNotice.id == row.id, SmsNotice.state == "waiting", SmsNotice.due_at == row.due_at)
    return _update(ports, seen, due_at=again, attempts=SmsNotice.attempts + 1)


def _settle(ports: Ports, row: Any, state: str) -> None:
    _update(ports, (SmsNotice.id == row.id,), state=state)


def _update(ports: Ports, where: tuple[Any, ...], **values: Any) -> bool:
    statement = sa.update(SmsNotice).where(*where).values(**values)
    with ports.transaction() as session:
        return bool(session.execute(statement.execution_options(synchronize_session=False)).rowcount)
