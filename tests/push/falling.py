"""What tests of the ladder need: notices of any kind, and workers that try them until nothing is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.push import Notice, NoticeTry
from bot.ports import Ports
from bot.push import kinds, outbox
from bot.push.ladder import deliver
from bot.services import briefs, views
from tests.factories import NOW

EVERY_WAY = {"says": "有消息了", "template": "message", "care": "told", "subscription": "message", "wait": 10}


def ways(ports: Ports, **changes: Any) -> None:
    """The kind `told` may take every way of an account that has them all."""
    rules: Any = ports.rules
    rules["notice_kinds"] = {**rules["notice_kinds"], "told": EVERY_WAY | changes}
    rules["templates"] = {name: {**entry, "id": f"T-{name}"} for name, entry in rules["templates"].items()}
    rules["care_messages"] = {"told": {"status": 1501001, "fields": {"pat_name": "name"}}}
    ports.push.rungs = set(kinds.RUNGS)  # type: ignore[attr-defined]


def write(ports: Ports, person_id: int, **changes: Any) -> None:
    facts: dict[str, Any] = {"kind": "told", "payload": {"text": "有消息了"}, "due_at": NOW, "dedupe_key": "k"}
    with ports.transaction() as session:
        outbox.enqueue(session, crypto=ports.crypto, person_id=person_id, **facts | changes)


def work(ports: Ports, at: datetime = NOW) -> list[str]:
    """Everything that is due then; gives the states."""
    with clock.frozen(at):
        return [
            deliver(ports, notice, views.drawn, briefs.of) for notice in outbox.claim_due(ports, limit=20, worker="w")
        ]


def work_on(ports: Ports, hours: float = 3) -> None:
    """Tick on, every half a minute at first."""
    moments = [timedelta(seconds=30 * n) for n in range(40)] + [timedelta(minutes=5 * n) for n in range(4, 100)]
    for moment in moments:
        if moment <= timedelta(hours=hours):
            work(ports, NOW + moment)


def row(ports: Ports) -> Any:
    with ports.transaction() as session:
        return session.scalars(sa.select(Notice)).one()


def tried(ports: Ports) -> list[tuple[str, str]]:
    with ports.transaction() as session:
        return [
            tuple(one) for one in session.execute(sa.select(NoticeTry.rung, NoticeTry.state).order_by(NoticeTry.id))
        ]
