"""Whether what a doctor said reached its patient: 已送达, 已读 or 未送达, by which way, and once more when unseen.

Read = the patient opened it: his page of messages marks the notice, and whatever else shows him the question calls
`opened`. Taken by WeChat is not read: nobody tells us who looked at his chat.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot.db.push import Notice
from bot.ports import Ports
from bot.push import kinds, outbox, tries
from bot.services import desk_telling

WAITING, ARRIVED, READ, FAILED = "waiting", "arrived", "read", "failed"
CAME = frozenset({"taken", "arrived"})  # what became of a try that WeChat, or the gateway, took
PAGE = "page"  # the patient's own page of messages
AT_ONCE = 200
UNSEEN = "answer_unseen"
ANSWERS = "answer"  # the kind of the notices that are looked after
LATER = (desk_telling.ANSWER_FURTHER, desk_telling.ASKED_BACK, desk_telling.REFUSED)


@dataclass(frozen=True)
class Receipt:
    """`state`: waiting | arrived | read | failed; `way`: a rung of the ladder, `page`, empty = none; `at` naive UTC."""

    state: str
    way: str = ""
    at: datetime | None = None
    reason: str = ""


def of(session: Session, *, refs: Iterable[str]) -> dict[str, Receipt]:
    """The receipt of the newest notice of each of these questions that has one; the caller has checked the scope."""
    wanted = list(refs)
    newest: dict[str, Any] = {}
    for row in session.scalars(sa.select(Notice).where(_about(wanted)).order_by(Notice.id)):
        newest[_question(row.dedupe_key)] = row
    reminded = _reminders(session, newest.values())
    tried = tries.of_notices(session, [row.id for row in (*newest.values(), *reminded.values())])
    return {ref: _receipt(row, reminded.get(row.id), tried) for ref, row in newest.items()}


def opened(ports: Ports, session: Session, *, person_id: int, ref: str) -> None:
    """The patient has seen this question's answers: on its page, in his list, or by replying to them."""
    keys = [desk_telling.first_key(ref)]
    unread = (Notice.person_id == person_id, Notice.read_at.is_(None))
    mine = sa.or_(Notice.dedupe_key.in_(keys), *(Notice.dedupe_key.like(f"{view}:{ref}:%") for view in LATER))
    done = sa.update(Notice).where(*unread, mine).values(read_at=ports.now())
    session.execute(done.execution_options(synchronize_session=False))


def remind(ports: Ports) -> int:
    """Send once more, from the next way down, what its patient has not opened for the hours of the rules."""
    hours = float(ports.rules["answer_unseen_hours"])
    if not hours:
        return 0
    with ports.transaction() as session:
        rows = session.scalars(_unseen(ports.now() - timedelta(hours=hours)).limit(AT_ONCE)).all()
        return sum(_again(ports, session, row) for row in rows)


def _about(refs: list[str]) -> Any:
    first = [desk_telling.first_key(ref) for ref in refs]
    later = [Notice.dedupe_key.like(f"{view}:{ref}:%") for view in LATER for ref in refs]
    return sa.or_(Notice.dedupe_key.in_(first), *later)


def _question(key: str) -> str:
    """`answer:q_1`, `asked_back:q_1:3` → `q_1`."""
    return key.split(":")[1]


def _unseen(before: datetime) -> Any:
    """Answers that went out before then, that nobody has opened, and that were not sent once more already."""
    told = sa.literal(f"{UNSEEN}:").concat(sa.cast(Notice.id, sa.String))
    again = aliased(Notice)
    gone = (Notice.kind == ANSWERS, Notice.state == "sent", Notice.sent_at <= before, Notice.read_at.is_(None))
    asked = sa.exists().where(again.dedupe_key == told)
    return sa.select(Notice).where(*gone, ~asked).order_by(Notice.id)


def _again(ports: Ports, session: Session, row: Any) -> bool:
    """A notice of its own, which begins below the way that was taken; False = there already."""
    key, payload = f"{UNSEEN}:{row.id}", ports.crypto.open(row.payload_sealed)
    done = outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind="answer_unseen",
        payload=json.loads(payload),
        dedupe_key=key,
        due_at=ports.now(),
    )
    below = sa.update(Notice).where(Notice.dedupe_key == key).values(rung=kinds.next_rung(row.rung))
    session.execute(below.execution_options(synchronize_session=False))
    return done


def _reminders(session: Session, rows: Iterable[Any]) -> dict[int, Any]:
    """The second notices of these, by the first one's id."""
    keys = {f"{UNSEEN}:{row.id}": row.id for row in rows}
    found = session.scalars(sa.select(Notice).where(Notice.dedupe_key.in_(keys)))
    return {keys[row.dedupe_key]: row for row in found}


def _receipt(row: Any, reminder: Any, tried: dict[int, list[Any]]) -> Receipt:
    notices = [row] if reminder is None else [row, reminder]
    seen = [notice.read_at for notice in notices if notice.read_at is not None]
    came = [one for notice in notices for one in tried[notice.id] if one.state in CAME]
    if seen:
        return Receipt(READ, came[-1].rung if came else PAGE, min(seen))
    if came:
        return Receipt(ARRIVED, came[-1].rung, came[-1].at)
    if row.state == "sent":  # its tries are no longer kept
        return Receipt(ARRIVED, row.rung or "", row.sent_at)
    if any(notice.state in {"waiting", "held"} for notice in notices):
        return Receipt(WAITING, reason=row.last_error or "")
    return Receipt(FAILED, row.rung or "", row.created_at, row.last_error or "")
