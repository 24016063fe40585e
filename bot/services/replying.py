"""How the answer to an inbox row leaves, decided once: answered → delivered.

`channel` is `passive` (in WeChat's own reply), `late` (as customer messages through the outbox) or, where the account
has none, `kept` (the patient was told to ask for it: `keeping`); whoever sets it first by conditional UPDATE wins.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.messages import Inbox
from bot.db.push import Notice
from bot.ports import Ports, Reply
from bot.push import outbox
from bot.services import handoff_ends
from bot.services.inbox import OPEN, PARAM, PEOPLE, ROWS, Leased
from bot.services.outcomes import NOTHING, Outcome

LATE_ANSWER = "late_answer"
LEAVING_SECONDS = 10  # the outbox sends every second
LATE_HOURS = 47  # customer messages reach a patient for 48 h after he wrote

HOLD_PERSON = sa.select(PEOPLE.c.turns).where(PEOPLE.c.id == PARAM("person")).with_for_update(key_share=True)
ANSWER = (
    ROWS.update()
    .where(ROWS.c.id == PARAM("row"), ROWS.c.lease == PARAM("token"), ROWS.c.state == "leased")
    .values(state="answered", lease=None, leased_until=None, answer_sealed=PARAM("answer"), answered_at=PARAM("now"))
    .values(wish=PARAM("wish"), department_id=PARAM("department"), outcome=PARAM("outcome"), private=PARAM("private"))
)
SEEN = PEOPLE.update().where(PEOPLE.c.id == PARAM("person")).values(last_seen_at=PARAM("now"))
TALKED = SEEN.values(expects=PARAM("asks"), turns=PARAM("count"))
CHANNEL = sa.select(ROWS.c.channel).where(ROWS.c.id == PARAM("row"))
REPLY = (
    ROWS.update()
    .where(ROWS.c.id == PARAM("row"), ROWS.c.channel.is_(None))
    .values(channel="passive", reply_body=PARAM("body"), state="delivered", delivered_at=PARAM("now"))
)
# What was answered by now waits; what is answered later is put there by `answered`.
KEPT = (
    ROWS.update()
    .where(ROWS.c.id == PARAM("row"), ROWS.c.channel.is_(None))
    .values(channel="kept", reply_body=PARAM("body"), kept_sealed=ROWS.c.answer_sealed)
)
WAITING = sa.select(ROWS.c.kept_sealed).where(ROWS.c.id == PARAM("row"))


def answered(
    ports: Ports,
    session: Session,
    leased: Leased,
    *,
    replies: Sequence[Reply],
    expects: str | None,
    talked: bool,
    came: Outcome = NOTHING,
) -> bool:
    """Store the answer inside the caller's transaction; False = the lease was lost and another's answer stands.

    What the next message is expected to be changes only when the dialogue had its turn.
    """
    # The person before the row, as `accept` does: two transactions that lock in turn never lock each other out.
    turns = session.execute(HOLD_PERSON, {"person": leased.person_id}).scalar()
    sealed = ports.crypto.seal(json.dumps(list(replies), ensure_ascii=False))
    told = {"row": leased.id, "token": leased.token, "answer": sealed, "now": clock.wire(), **vars(came)}
    if session.execute(ANSWER, told).rowcount != 1:
        return False
    seen = {"person": leased.person_id, "now": clock.wire()}
    if talked:
        session.execute(TALKED, {**seen, "asks": expects, "count": 1 if leased.fresh else turns + 1})
    else:
        session.execute(SEEN, seen)
    channel = session.execute(CHANNEL, {"row": leased.id}).scalar()
    if channel == "late":
        _send_late(ports, session, leased.id, leased.person_id, replies)
    elif channel == "kept":
        keep(ports, session, inbox_id=leased.id, replies=replies)
    return True


def answer_of(ports: Ports, *, inbox_id: int) -> list[Reply] | None:
    """The stored answer of a row; None = not answered yet."""
    with ports.transaction() as session:
        sealed = session.scalar(sa.select(Inbox.answer_sealed).where(Inbox.id == inbox_id))
    return None if sealed is None else list(json.loads(ports.crypto.open(sealed)))


def tapped_before(ports: Ports, leased: Leased, *, menu_id: str) -> list[Reply] | None:
    """The answer to the person's last message when it was a tap on this very choice: a finger that came down twice."""
    query = sa.select(Inbox.id, Inbox.body_sealed).where(
        Inbox.person_id == leased.person_id, Inbox.id < leased.id, Inbox.answer_sealed.is_not(None)
    )
    with ports.transaction() as session:
        last = session.execute(query.order_by(Inbox.id.desc()).limit(1)).one_or_none()
    if last is None or json.loads(ports.crypto.open(last.body_sealed)).get("menu_id") != menu_id:
        return None
    return answer_of(ports, inbox_id=last.id)


def given(ports: Ports, *, inbox_id: int) -> bytes | None:
    """The exact bytes already answered to WeChat for this row, for its retries; None = still open."""
    with ports.transaction() as session:
        row = session.execute(sa.select(Inbox.channel, Inbox.reply_body).where(Inbox.id == inbox_id)).one_or_none()
    if row is None or row.channel is None:
        return None
    return row.reply_body if row.reply_body is not None else b"success"


def settle_passive(
    ports: Ports, *, inbox_id: int, body: bytes, rest: Sequence[Reply], kept: Sequence[Reply] = ()
) -> bool:
    """Claim the passive channel for these bytes. False = too late.

    What did not fit goes through the outbox (`rest`), or waits until it is asked for (`kept`).
    """
    with ports.transaction() as session:
        won = session.execute(REPLY, {"row": inbox_id, "body": body, "now": clock.wire()}).rowcount == 1
        if won and rest:
            person_id = session.scalar(sa.select(Inbox.person_id).where(Inbox.id == inbox_id))
            _enqueue(ports, session, inbox_id, person_id, rest)
        if won and kept:
            keep(ports, session, inbox_id=inbox_id, replies=kept)
        return won


def settle_kept(ports: Ports, *, inbox_id: int, body: bytes | None = None) -> bool:
    """The passive reply is over and nothing can follow: the answer waits. False = it left already."""
    with ports.transaction() as session:
        return session.execute(KEPT, {"row": inbox_id, "body": body}).rowcount == 1


def keep(ports: Ports, session: Session, *, inbox_id: int, replies: Sequence[Reply]) -> None:
    """Let these wait until the person asks, after what waits already of the same message."""
    before = session.execute(WAITING, {"row": inbox_id}).scalar()
    waiting = [*(json.loads(ports.crypto.open(before)) if before else []), *replies]
    if waiting:
        sealed = ports.crypto.seal(json.dumps(waiting, ensure_ascii=False))
        session.execute(ROWS.update().where(ROWS.c.id == inbox_id).values(kept_sealed=sealed))


def settle_late(ports: Ports, *, inbox_id: int) -> None:
    """The passive reply is over: the answer, now or when it comes, leaves as customer messages, or waits."""
    if not ports.channel.later:
        settle_kept(ports, inbox_id=inbox_id)
        return
    with ports.transaction() as session:
        session.execute(ROWS.update().where(ROWS.c.id == inbox_id, ROWS.c.channel.is_(None)).values(channel="late"))
        row = session.execute(
            sa.select(Inbox.person_id, Inbox.state, Inbox.channel, Inbox.answer_sealed).where(Inbox.id == inbox_id)
        ).one()
        if row.channel == "late" and row.state == "answered":
            _send_late(ports, session, inbox_id, row.person_id, json.loads(ports.crypto.open(row.answer_sealed)))


def _send_late(ports: Ports, session: Session, inbox_id: int, person_id: int, replies: Sequence[Reply]) -> None:
    replies = handoff_ends.missed(ports, session, person_id=person_id, replies=replies)
    now, kept = ports.channel.spread(replies)
    _enqueue(ports, session, inbox_id, person_id, now)
    keep(ports, session, inbox_id=inbox_id, replies=kept)
    session.execute(ROWS.update().where(ROWS.c.id == inbox_id).values(state="delivered", delivered_at=clock.wire()))


def _enqueue(ports: Ports, session: Session, inbox_id: int, person_id: int, replies: Sequence[Reply]) -> None:
    for n, reply in enumerate(replies):
        outbox.enqueue(
            session,
            crypto=ports.crypto,
            person_id=person_id,
            kind=LATE_ANSWER,
            payload=dict(reply),
            dedupe_key=f"inbox:{inbox_id}:{n}",
            due_at=ports.now(),
            expires_at=ports.now() + timedelta(hours=LATE_HOURS),
        )


def overtaking(ports: Ports, *, inbox_id: int) -> bool:
    """Whether messages of an earlier answer are just leaving, so that a reply now would come before them.

    Those that have not left for a while hold nothing up: their way may be closed.
    """
    soon = ports.now() - timedelta(seconds=LEAVING_SECONDS)
    query = (
        sa.select(Notice.id)
        .join(Inbox, Inbox.person_id == Notice.person_id)
        .where(Inbox.id == inbox_id, Notice.kind == LATE_ANSWER, Notice.state == "waiting", Notice.created_at > soon)
        .limit(1)
    )
    with ports.transaction() as session:
        return session.scalar(query) is not None


def undecided(ports: Ports, *, older_than_seconds: int, limit: int) -> list[int]:
    """Answered rows whose channel nobody chose: the web thread died between answer and reply."""
    before = clock.wire() - timedelta(seconds=older_than_seconds)
    with ports.transaction() as session:
        return list(
            session.scalars(
                sa.select(Inbox.id)
                .where(Inbox.channel.is_(None), Inbox.state.in_(("answered", *OPEN)), Inbox.received_at < before)
                .order_by(Inbox.id)
                .limit(limit)
            )
        )
