"""A patient's post box for tests: messages as they come in, and a dialogue that plays a part."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.messages import Inbox, Person
from bot.db.push import Notice
from bot.errors import Unavailable
from bot.ports import Ports, Reply
from bot.services import inbox
from tests.races import LONG

_keys = count(1)


def key() -> str:
    return f"{next(_keys):064x}"


def body(text: str = "", kind: str = "text", **changes: Any) -> dict[str, Any]:
    """What the desk stores of one message."""
    facts = {"event": "", "event_key": "", "menu_id": "", "media_id": "", "extra": {}}
    return {"kind": kind, "text": text} | facts | changes


def received(ports: Ports, text: str = "你好", *, openid: str = "", person: int = 0, **changes: Any) -> int:
    """Commit one message of a person (by id or openid); gives its row."""
    if person:
        with ports.transaction() as session:
            openid = ports.crypto.open(session.get(Person, person).openid_sealed)
    said = body(text, **changes)
    row, new = inbox.accept(
        ports, key=key(), openid=openid or "o-someone", kind=said["kind"], body=said, created=clock.wire_seconds()
    )
    assert new
    return row


def row(ports: Ports, inbox_id: int) -> Inbox:
    with ports.transaction() as session:
        return session.get(Inbox, inbox_id)


def person_of(ports: Ports, inbox_id: int) -> Person:
    with ports.transaction() as session:
        return session.scalar(sa.select(Person).join(Inbox, Inbox.person_id == Person.id).where(Inbox.id == inbox_id))


def notices(ports: Ports) -> list[tuple[str, dict[str, Any]]]:
    """(dedupe key, payload) of everything in the outbox, oldest first."""
    with ports.transaction() as session:
        return [
            (n.dedupe_key, json.loads(ports.crypto.open(n.payload_sealed)))
            for n in session.scalars(sa.select(Notice).order_by(Notice.id))
        ]


class Hasty:
    """The desk as connectors.wechat's Handler. `waits` = False: the time of each post is over for the dialogue, and
    for nothing else, however slow the machine is.
    """

    def __init__(self, desk: Any, *, waits: bool) -> None:
        self.desk, self.waits = desk, waits

    def answer(self, row: int, *, timeout: float) -> Any:
        return self.desk.answer(row, timeout=timeout if self.waits else 0.0)


class Script:
    """DialoguePort that says what it is told, remembers what it heard, and can be slow, down or broken."""

    def __init__(self, answer: Callable[[str], list[Reply]] | None = None) -> None:
        self.answer = answer or (lambda text: [{"text": f"听到：{text}"}])
        self.heard: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.down = False
        self.fails: Exception | None = None
        self.go = threading.Event()
        self.go.set()
        self.inside = threading.Semaphore(0)  # released once for every turn that began
        self._lock = threading.Lock()

    def talk(self, *, conversation: str, text: str, metadata: Mapping[str, Any], fresh: bool, **_: Any) -> list[Reply]:
        with self._lock:
            self.heard.append(text)
            self.calls.append({"conversation": conversation, "metadata": dict(metadata), "fresh": fresh})
        self.inside.release()
        assert self.go.wait(LONG), "nobody let the dialogue go on"
        if self.down:
            raise Unavailable
        if self.fails is not None:
            raise self.fails
        return self.answer(text)
