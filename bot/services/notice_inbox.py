"""我的消息: a patient's own page of what was to be told to him, whatever way it went or could not go."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.db.push import Notice
from bot.errors import PeizhenError
from bot.ports import Ports, Reply
from bot.push import kinds
from bot.push.brief import Brief
from bot.services import access, briefs, desk_telling, views

SHOWN = 50
WORDS = ("view", "ref", "text")
READ_HERE = frozenset(desk_telling.KINDS)  # views that are the message itself and have no page of their own
INBOX = briefs.INBOX


@dataclass(frozen=True)
class Message:
    """One notice as its person may read it; `at` naive UTC, `path` of the page behind it, '' = there is none."""

    id: int
    title: str
    at: datetime
    unread: bool
    path: str = ""
    about: str = field(default="", repr=False)
    text: str = field(default="", repr=False)


@access.reads("notices.list", why="own", changes=True)
def mine(ports: Ports, *, person_id: int) -> list[Message]:
    """List the notices of the last days, newest first; answers of the chat only where they did not arrive there."""
    with ports.transaction() as session:
        rows = session.scalars(_of(ports, person_id).order_by(Notice.id.desc()).limit(SHOWN)).all()
    return [_message(ports, row) for row in rows]


def unread(ports: Ports, *, person_id: int) -> int:
    """How many nobody has opened yet."""
    query = sa.select(sa.func.count()).select_from(_of(ports, person_id).where(Notice.read_at.is_(None)).subquery())
    with ports.transaction() as session:
        return int(session.scalar(query) or 0)


def seen(ports: Ports, *, person_id: int, ids: list[int]) -> None:
    """These were shown to him: what no way carried has reached him now."""
    mine_unread = (Notice.person_id == person_id, Notice.id.in_(ids), Notice.read_at.is_(None))
    statement = sa.update(Notice).where(*mine_unread).values(read_at=ports.now())
    with ports.transaction() as session:
        session.execute(statement.execution_options(synchronize_session=False))


def _of(ports: Ports, person_id: int) -> Any:
    """What is due; a notice for later is not told yet."""
    chat = [name for name in ports.rules["notice_kinds"] if kinds.of(ports.rules, name).chat]
    since = ports.now() - timedelta(days=ports.rules["inbox_days"])
    told_in_chat = sa.and_(Notice.kind.in_(chat), Notice.state.in_(("waiting", "sent")))
    own = (Notice.person_id == person_id, Notice.created_at >= since, Notice.due_at <= ports.now())
    return sa.select(Notice).where(*own, ~told_in_chat)


def _message(ports: Ports, row: Any) -> Message:
    payload: Reply = json.loads(ports.crypto.open(row.payload_sealed))
    kind = kinds.of(ports.rules, row.kind)
    facts = {"id": row.id, "title": kind.says, "at": row.created_at, "unread": row.read_at is None}
    try:
        with access.unseen():
            brief = briefs.of(ports, person_id=row.person_id, kind=kind, payload=payload)
            text = _text(ports, row.person_id, payload)
    except PeizhenError:  # out of his sight by now, or the hospital does not answer
        return Message(**facts)
    path = "" if brief.path == INBOX else brief.path
    return Message(**facts, path=path, about=_about(brief), text=text)


def _about(brief: Brief) -> str:
    """李* 骨科 2026年11月24日 09:30, as far as it is about a visit."""
    return " ".join(brief.facts[name] for name in ("name", "department", "when") if "when" in brief.facts)


def _text(ports: Ports, person_id: int, payload: Reply) -> str:
    """Words that stand nowhere else: an answer of the chat, a doctor's answer."""
    if "view" in payload and payload["view"] not in READ_HERE:
        return ""
    shown: Reply = {name: payload[name] for name in WORDS if name in payload}
    return str(views.drawn(ports, person_id=person_id, reply=shown).get("text") or "")
