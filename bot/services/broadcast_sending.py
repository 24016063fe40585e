"""What the jobs do with approved broadcasts: begin them by day, write notices in batches, carry articles on."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.broadcast import Broadcast as Row
from bot.db.push import Notice
from bot.errors import NotFound
from bot.ports import Ports, Reply
from bot.push import outbox, quiet
from bot.services import broadcast_articles as articles
from bot.services import broadcast_reach as reach
from bot.services import broadcast_steps as steps
from bot.services import broadcast_words
from bot.services.broadcast_shown import words_in

log = logging.getLogger(__name__)


def tick(ports: Ports) -> int:
    """One step of everything that is due; gives how many there were. By night nothing is begun, no notice written."""
    with ports.transaction() as session:
        states = Row.state.in_(("approved", "sending", "stopped"))
        due = session.execute(
            sa.select(Row.ref, Row.way, Row.state).where(states, Row.look_at <= ports.now()).order_by(Row.id)
        ).all()
    for row in due:
        try:
            _carry(ports, row)
        except Exception as error:  # the others go on
            log.error("broadcast %s: %s", row.ref, type(error).__name__)
    return len(due)


def view(ports: Ports, person_id: int, ref: str) -> Reply:
    """A notice at the moment it leaves: to whom it was written, while nobody stopped it. Raises NotFound."""
    key = steps.notice_key(ref, person_id)
    mine = sa.exists().where(Notice.dedupe_key == key, Notice.person_id == person_id)
    goes = (Row.way == "notice", Row.state.in_(("sending", "sent")), steps.not_halted(), mine)
    with ports.transaction() as session:
        row = session.scalars(sa.select(Row).where(Row.ref == ref, *goes)).first()
    if row is None:
        raise NotFound
    return broadcast_words.reply(words_in(row), public_url=ports.public_url)


def counted(ports: Ports, *, ref: str) -> dict[str, int]:
    """Notices of one broadcast: how many were `sent`, are `waiting`, or did not arrive, by the reason."""
    ended = sa.case((Notice.state.in_(("sent", "waiting")), Notice.state), else_=Notice.last_error)
    query = sa.select(sa.func.coalesce(ended, Notice.state).label("outcome"), sa.func.count())
    with ports.transaction() as session:
        return dict(session.execute(query.where(steps.notices_of(ref)).group_by("outcome")).all())


def evening(ports: Ports) -> datetime:
    """When the quiet hours begin next; naive UTC."""
    now = clock.local(ports.now())
    tonight = now.replace(hour=ports.rules["quiet_from_hour"], minute=0, second=0, microsecond=0)
    return clock.utc(tonight if tonight > now else tonight + timedelta(days=1))


def _carry(ports: Ports, row: Any) -> None:
    if row.state == "approved":
        _begin(ports, row.ref, row.way)
    elif row.way == "notice":
        _batch(ports, row.ref)
    else:
        articles.carry(ports, ref=row.ref)


def _by_day(ports: Ports) -> bool:
    """Whether nobody is woken now, nor by what takes a while."""
    soon = ports.now() + timedelta(minutes=ports.rules["broadcast_least_minutes"])
    return all(quiet.waking(ports.rules, moment) == moment for moment in (ports.now(), soon))


def _begin(ports: Ports, ref: str, way: str) -> None:
    """From approved to sending; an article that nobody is told of may begin by night."""
    if way != "publish" and not _by_day(ports):
        return
    with ports.transaction() as session:
        waits = (Row.ref == ref, Row.state == "approved", steps.not_halted())
        if steps.move(session, *waits, state="sending"):
            steps.note(session, None, "begin", ref, at=ports.now())


def going_on(row: Any) -> tuple[Any, ...]:
    """The conditions that this batch is still the next one, and that nobody stopped it."""
    return (Row.state == "sending", Row.cursor == row.cursor, steps.not_halted())


def _batch(ports: Ports, ref: str) -> None:
    """Write the next notices, unless enough are waiting: those of people who are called must find a free way."""
    if not _by_day(ports):
        return
    with ports.transaction() as session:
        row = session.scalars(sa.select(Row).where(Row.ref == ref)).one()
        room = int(ports.rules["broadcast_batch"]) - _waiting(session, ref)
        people = reach.agreed_after(ports, session, person_id=row.cursor, limit=max(room, 0))
        if people:
            _write(ports, session, row, people)
        elif room == int(ports.rules["broadcast_batch"]):
            _end(ports, session, row)


def _write(ports: Ports, session: Session, row: Any, people: list[int]) -> None:
    """The row is taken first: whoever presses the switch now waits for this batch, and sees it."""
    values = {"cursor": people[-1], "queued": Row.queued + len(people)}
    if not steps.move(session, Row.id == row.id, *going_on(row), **values):
        return
    expires = min(ports.now() + timedelta(hours=ports.rules["broadcast_hours"]), evening(ports))
    for person_id in people:
        outbox.enqueue(
            session,
            crypto=ports.crypto,
            person_id=person_id,
            kind=steps.KIND,
            payload={"view": "broadcast", "ref": row.ref},
            dedupe_key=steps.notice_key(row.ref, person_id),
            due_at=ports.now(),
            expires_at=expires,
        )


def _end(ports: Ports, session: Session, row: Any) -> None:
    values = {"state": "sent", "ended_at": ports.now(), "look_at": None}
    if steps.move(session, Row.id == row.id, *going_on(row), **values):
        steps.note(session, None, "end_sent", row.ref, at=ports.now())


def _waiting(session: Session, ref: str) -> int:
    query = sa.select(sa.func.count()).select_from(Notice).where(steps.notices_of(ref), Notice.state == "waiting")
    return int(session.scalar(query) or 0)
