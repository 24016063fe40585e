"""The inbox row: received → leased → answered → delivered. Nothing that came in is lost or done twice.

Here is what comes in and who works on it; how the answer leaves is `replying`. Deadlines and leases use the machine's
clock.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.messages import ForgottenMessage, Inbox, Person, Quarantine
from bot.errors import NotFound
from bot.ports import Ports
from bot.services import parting, reach

LEASE_SECONDS = 30
OPEN = ("received", "leased")
FORGOTTEN = 0  # no row's id: a message whose sender was erased
RETRIED = timedelta(days=1)  # longer than anybody repeats a message
# Events that tell of somebody and do not show that he follows: they also come after he left and was erased.
REPORTS = frozenset({"unsubscribe", "templatesendjobfinish", "masssendjobfinish", "subscribe_msg_sent_event"})

# The statements of every message are made once: drawing one up takes SQLAlchemy longer than running it.
ROWS, PEOPLE, PARAM = Inbox.__table__, Person.__table__, sa.bindparam
EARLIER = ROWS.alias()
# Held until the row is committed, so that a smaller row id is always the one that was there first.
FIND_PERSON = sa.select(PEOPLE.c.id).where(PEOPLE.c.openid_hash == PARAM("digest")).with_for_update(key_share=True)
ADD = ROWS.insert()
FORGOTTENS = ForgottenMessage.__table__
WAS_HERE = sa.select(FORGOTTENS.c.digest).where(FORGOTTENS.c.digest == PARAM("digest"))
FREE = sa.or_(ROWS.c.state == "received", sa.and_(ROWS.c.state == "leased", ROWS.c.leased_until < PARAM("now")))
BLOCKED = (
    sa.select(EARLIER.c.id)
    .where(EARLIER.c.person_id == ROWS.c.person_id, EARLIER.c.id < ROWS.c.id, EARLIER.c.state.in_(OPEN))
    .exists()
)
LEASE_NOW = (
    ROWS.update()
    .where(ROWS.c.id == PARAM("row"), FREE)
    .values(state="leased", lease=PARAM("token"), leased_until=PARAM("until"), attempts=ROWS.c.attempts + 1)
)
LEASE = LEASE_NOW.where(~BLOCKED)
HELD = (
    sa.select(EARLIER.c.id)
    .join_from(ROWS, EARLIER, sa.and_(EARLIER.c.person_id == ROWS.c.person_id, EARLIER.c.id <= ROWS.c.id))
    .where(ROWS.c.id == PARAM("row"), EARLIER.c.state == "leased", EARLIER.c.leased_until > PARAM("now"))
    .limit(1)
)
READ = (
    sa.select(ROWS.c.id, ROWS.c.person_id, ROWS.c.body_sealed, ROWS.c.received_at, ROWS.c.attempts)
    .add_columns(PEOPLE.c.conversation, PEOPLE.c.expects, PEOPLE.c.turns, PEOPLE.c.last_seen_at, PEOPLE.c.flagged_until)
    .join_from(ROWS, PEOPLE)
    .where(ROWS.c.id == PARAM("row"))
)


@dataclass(frozen=True)
class Leased:
    """One row that this worker may answer now."""

    id: int
    person_id: int
    conversation: str
    token: str
    body: Mapping[str, Any]
    received_at: datetime
    attempts: int
    expects: str | None
    fresh: bool
    flagged: bool = False  # a red flag of his still stands


def accept(
    ports: Ports, *, key: str, openid: str, kind: str, body: Mapping[str, Any], created: int
) -> tuple[int, bool]:
    """Commit one message; (row id, whether it is new). The same key is one row for ever.

    (FORGOTTEN, False) = it came before, and its sender was erased since.
    """
    for _ in range(2):  # a second try when two first messages of one person met, or two of his acts locked each other
        try:
            with ports.transaction() as session:
                if session.execute(WAS_HERE, {"digest": _digest(ports, key)}).scalar() is not None:
                    return FORGOTTEN, False
                person_id = _person(ports, session, openid, follows=str(body.get("event") or "") not in REPORTS)
                added = {
                    "dedupe_key": key,
                    "person_id": person_id,
                    "kind": kind,
                    "body_sealed": ports.crypto.seal(json.dumps(dict(body), ensure_ascii=False)),
                    "received_at": clock.wire(),
                    "wire_created_at": _moment(created),
                }
                row = int(session.execute(ADD, added).inserted_primary_key[0])
                event, menu_id = str(body.get("event") or ""), str(body.get("menu_id") or "")
                for scene in reach.scenes(kind=kind, event=event, menu_id=menu_id):
                    reach.opened(session, person_id=person_id, scene=scene, at=created)
                if event == "unsubscribe":  # now: what he sends next comes from a stranger
                    parting.part(ports, session, person_id=person_id)
                return row, True
        except (IntegrityError, OperationalError):
            with ports.transaction() as session:
                known = session.scalar(sa.select(Inbox.id).where(Inbox.dedupe_key == key))
            if known is not None:
                return known, False
    raise RuntimeError("a person could not be stored")


def forget(ports: Ports, session: Session, *, person_id: int) -> None:
    """Keep of this person's messages of the last day only that they came, in the caller's transaction."""
    recent = sa.select(Inbox.dedupe_key).where(Inbox.person_id == person_id, Inbox.received_at > clock.wire() - RETRIED)
    for key in session.scalars(recent).all():
        insert_new(session, ForgottenMessage, digest=_digest(ports, key), erased_at=clock.wire())


def _digest(ports: Ports, key: str) -> str:
    return ports.crypto.digest("message", key)


def _moment(created: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(created, timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None


def _person(ports: Ports, session: Session, openid: str, *, follows: bool) -> int:
    digest = ports.crypto.digest("openid", openid)
    found = session.execute(FIND_PERSON, {"digest": digest}).scalar()
    if found is not None:
        return int(found)
    person = Person(
        openid_hash=digest,
        openid_sealed=ports.crypto.seal(openid),
        conversation=uuid.uuid4().hex,
        subscribed=follows,
        created_at=ports.now(),
        turns=0,
    )
    session.add(person)
    session.flush()
    return int(person.id)


def quarantine(ports: Ports, *, reason: str, digest: str, length: int) -> None:
    """Remember that something unreadable came, not what it was."""
    with ports.transaction() as session:
        session.add(Quarantine(received_at=clock.wire(), reason=reason[:64], digest=digest, length=length))


@dataclass(frozen=True)
class Quarantined:
    """One post that WeChat signed and nobody could read; `length` in bytes."""

    id: int
    received_at: datetime
    reason: str
    length: int


def quarantined(ports: Ports, *, limit: int = 200) -> list[Quarantined]:
    """What was put aside, newest first, for the staff's list."""
    columns = (Quarantine.id, Quarantine.received_at, Quarantine.reason, Quarantine.length)
    with ports.transaction() as session:
        found = session.execute(sa.select(*columns).order_by(Quarantine.id.desc()).limit(limit))
        return [Quarantined(*row) for row in found]


def lease(ports: Ports, *, inbox_id: int, urgent: bool = False) -> Leased | None:
    """Take a row to answer it; None = done, held by another worker, or an earlier message of this person is open.

    An `urgent` row does not wait for the earlier ones.
    """
    token, now = secrets.token_hex(16), clock.wire()
    taken = {"row": inbox_id, "token": token, "now": now, "until": now + timedelta(seconds=LEASE_SECONDS)}
    with ports.transaction() as session:
        if session.execute(LEASE_NOW if urgent else LEASE, taken).rowcount != 1:
            return None
        row = session.execute(READ, {"row": inbox_id}).one()
    return _leased(ports, row, token)


def peek(ports: Ports, *, inbox_id: int) -> tuple[Mapping[str, Any], str | None, datetime] | None:
    """(body, what the person was asked for, when it came) of a row that nobody works on, without taking it."""
    with ports.transaction() as session:
        row = session.execute(READ.where(FREE), {"row": inbox_id, "now": clock.wire()}).one_or_none()
    return None if row is None else (json.loads(ports.crypto.open(row.body_sealed)), row.expects, row.received_at)


def text_of(ports: Ports, *, inbox_id: int) -> tuple[int, str]:
    """(person id, the words) of one message. Raises NotFound."""
    with ports.transaction() as session:
        row = session.execute(sa.select(Inbox.person_id, Inbox.body_sealed).where(Inbox.id == inbox_id)).one_or_none()
    if row is None:
        raise NotFound
    return row.person_id, str(json.loads(ports.crypto.open(row.body_sealed)).get("text") or "")


def waits(ports: Ports, *, inbox_id: int) -> str | None:
    """The openid of whoever still waits for the answer to this row; None = nobody does."""
    query = sa.select(Person.openid_sealed).join(Inbox, Inbox.person_id == Person.id)
    with ports.transaction() as session:
        open_row = query.where(Inbox.id == inbox_id, Inbox.state.in_(OPEN), Person.subscribed.is_(True))
        sealed = session.scalar(open_row)
    return None if sealed is None else ports.crypto.open(sealed)


def put_words(ports: Ports, leased: Leased, *, text: str) -> None:
    """Let a message say what its sender confirmed that he had said; from here on it reads as if it had been typed."""
    body = json.dumps({**leased.body, "text": text}, ensure_ascii=False)
    with ports.transaction() as session:
        session.execute(
            ROWS.update()
            .where(ROWS.c.id == leased.id, ROWS.c.lease == leased.token)
            .values(body_sealed=ports.crypto.seal(body))
        )


ROLL_TURNS = 20
ROLL_AFTER = timedelta(hours=12)


def _leased(ports: Ports, row: Any, token: str) -> Leased:
    quiet = row.last_seen_at is not None and clock.wire() - row.last_seen_at > ROLL_AFTER
    return Leased(
        id=row.id,
        person_id=row.person_id,
        conversation=row.conversation,
        token=token,
        body=json.loads(ports.crypto.open(row.body_sealed)),
        received_at=row.received_at,
        attempts=row.attempts,
        expects=row.expects,
        fresh=row.turns >= ROLL_TURNS or quiet,
        flagged=row.flagged_until is not None and row.flagged_until > ports.now(),
    )


def give_back(ports: Ports, leased: Leased, *, failure: str) -> None:
    """This worker could not answer now; whoever comes next may."""
    with ports.transaction() as session:
        session.execute(
            ROWS.update()
            .where(ROWS.c.id == leased.id, ROWS.c.lease == leased.token)
            .values(state="received", lease=None, leased_until=None, failure=failure[:200])
        )


def waiting(ports: Ports, *, older_than_seconds: int, limit: int) -> list[int]:
    """Rows that nobody works on: never leased, given back, or whose worker died. Oldest first."""
    now = clock.wire()
    idle = sa.and_(Inbox.state == "received", Inbox.received_at < now - timedelta(seconds=older_than_seconds))
    dead = sa.and_(Inbox.state == "leased", Inbox.leased_until < now)
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Inbox.id).where(sa.or_(idle, dead)).order_by(Inbox.id).limit(limit)))


def held(ports: Ports, *, inbox_id: int) -> bool:
    """Whether somebody works right now on the row, or on an earlier one of its person that it waits for."""
    with ports.transaction() as session:
        return session.execute(HELD, {"row": inbox_id, "now": clock.wire()}).scalar() is not None


@dataclass(frozen=True)
class Failed:
    """A message that waits for another try, or that nobody could read."""

    id: int
    kind: str
    received_at: datetime
    attempts: int
    failure: str


def failed(ports: Ports, *, limit: int = 200) -> list[Failed]:
    """Open rows with a failure, newest first."""
    query = (
        sa.select(Inbox.id, Inbox.kind, Inbox.received_at, Inbox.attempts, Inbox.failure)
        .where(Inbox.failure.is_not(None), Inbox.state.in_((*OPEN, "quarantined")))
        .order_by(Inbox.id.desc())
        .limit(limit)
    )
    with ports.transaction() as session:
        return [Failed(*row) for row in session.execute(query)]
