from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.ports import Ports
from bot.push import outbox
from bot.services import delivery
from tests.factories import NOW, a_person, together
from tests.races import Meeting

REPLY = {"text": "您的号快到了"}


def enqueue(ports: Ports, person_id: int, key: str = "k", **changes: Any) -> bool:
    facts: dict[str, Any] = {"kind": "test", "payload": REPLY, "due_at": NOW} | changes
    with ports.transaction() as session:
        return outbox.enqueue(session, crypto=ports.crypto, person_id=person_id, dedupe_key=key, **facts)


def claim(ports: Ports, worker: str = "w", limit: int = 10) -> list[outbox.Notice]:
    return outbox.claim_due(ports, limit=limit, worker=worker)


def states(ports: Ports) -> list[str]:
    with ports.transaction() as session:
        return list(session.scalars(sa.text("SELECT state FROM notice ORDER BY id")))


@pytest.fixture
def person(ports: Ports) -> int:
    return a_person(ports)


def test_a_notice_is_written_once_and_sealed(ports: Ports, person: int) -> None:
    assert enqueue(ports, person)
    assert not enqueue(ports, person, payload={"text": "别的"})
    [notice] = claim(ports)
    assert (notice.payload, notice.person_id, notice.attempts) == (REPLY, person, 1)
    with ports.transaction() as session:
        assert "您的号".encode() not in session.scalar(sa.text("SELECT payload_sealed FROM notice"))
    assert "您的号" not in repr(notice)


def test_a_notice_joins_its_transaction(ports: Ports, person: int) -> None:
    def failing() -> None:
        with ports.transaction() as session:
            facts: dict[str, Any] = {"person_id": person, "kind": "t", "payload": REPLY, "due_at": NOW}
            outbox.enqueue(session, crypto=ports.crypto, dedupe_key="k", **facts)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert states(ports) == []


def test_a_taken_key_does_not_break_the_transaction(ports: Ports, person: int) -> None:
    enqueue(ports, person)
    with ports.transaction() as session:
        facts: dict[str, Any] = {"person_id": person, "kind": "t", "payload": REPLY, "due_at": NOW}
        assert [outbox.enqueue(session, crypto=ports.crypto, dedupe_key=key, **facts) for key in ("k", "new")] == [
            False,
            True,
        ]
    assert len(states(ports)) == 2


def test_only_what_is_due_oldest_first_and_no_more_than_asked(ports: Ports, person: int) -> None:
    for minutes in (5, -1, -3, -2):
        enqueue(ports, person, f"k{minutes}", due_at=NOW + timedelta(minutes=minutes))
    taken = claim(ports, limit=2)
    assert [notice.due_at for notice in taken] == [NOW - timedelta(minutes=3), NOW - timedelta(minutes=2)]
    assert len(claim(ports)) == 1
    assert claim(ports) == []


def test_a_dead_workers_notices_are_free_after_the_lease(
    ports: Ports, person: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue(ports, person)
    [dead] = claim(ports, "dead")
    start = clock.wire()
    monkeypatch.setattr(clock, "wire", lambda: start + timedelta(seconds=ports.rules["notice_lease_seconds"] - 10))
    assert claim(ports) == []
    monkeypatch.setattr(clock, "wire", lambda: start + timedelta(seconds=ports.rules["notice_lease_seconds"] + 10))
    [notice] = claim(ports, "alive")
    assert notice.attempts == 2
    assert not outbox.settle(ports, notice=dead, state="sent")
    assert outbox.settle(ports, notice=notice, state="sent")
    assert states(ports) == ["sent"]


def test_settling_twice_is_settling_once(ports: Ports, person: int) -> None:
    enqueue(ports, person)
    [notice] = claim(ports)
    assert outbox.settle(ports, notice=notice, state="sent")
    assert not outbox.settle(ports, notice=notice, state="undelivered", error="x")
    assert states(ports) == ["sent"]


def test_what_nobody_sent_in_time_expires_and_is_listed(ports: Ports, person: int) -> None:
    enqueue(ports, person, payload={"view": "answer", "ref": "q_1"}, expires_at=NOW + timedelta(hours=1))
    with clock.frozen(NOW + timedelta(hours=1)):
        assert claim(ports) == []
    [row] = delivery.undelivered(ports)
    assert (row.state, row.person_id, row.attempts) == ("expired", person, 0)


def test_undelivered_ones_are_listed_with_their_reason(ports: Ports, person: int) -> None:
    enqueue(ports, person)
    [notice] = claim(ports)
    outbox.settle(ports, notice=notice, state="undelivered", error="unsubscribed" * 100)
    [row] = delivery.undelivered(ports)
    assert row.reason.startswith("unsubscribed")
    assert len(row.reason) == 200


def test_two_workers_take_two_hundred_notices_once_each(postgres_ports: Ports) -> None:
    ports, person = postgres_ports, a_person(postgres_ports)
    for n in range(200):
        enqueue(ports, person, f"k{n}")
    taken = [notice for result in together(2, lambda n: _drain(ports, f"w{n}")) for notice in result]
    assert Counter(notice.id for notice in taken) == dict.fromkeys(range(1, 201), 1)


def test_control_without_the_condition_notices_are_taken_twice(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the lock that skips rows nor the claim in the UPDATE: eight workers then double their work."""
    ports, person = postgres_ports, a_person(postgres_ports)
    for n in range(200):
        enqueue(ports, person, f"k{n}")

    def candidates(_ports: Ports, limit: int) -> Any:
        row = outbox.Row
        return sa.select(row.id).where(row.state == "waiting", row.claim.is_(None)).order_by(row.id).limit(limit)

    monkeypatch.setattr(outbox, "_candidates", candidates)
    monkeypatch.setattr(outbox, "_free", sa.true)
    monkeypatch.setattr(outbox, "_take", Meeting(8).before(outbox._take))  # all have looked before one takes
    taken = [notice for result in together(8, lambda n: _drain(ports, f"w{n}")) for notice in result]
    assert max(Counter(notice.id for notice in taken).values()) > 1


def test_twenty_writers_of_one_key_write_one_notice(postgres_ports: Ports) -> None:
    person = a_person(postgres_ports)
    assert sorted(together(20, lambda _: enqueue(postgres_ports, person))) == [False] * 19 + [True]


def _drain(ports: Ports, worker: str) -> list[outbox.Notice]:
    taken: list[outbox.Notice] = []
    while batch := claim(ports, worker, limit=7):
        taken += batch
    return taken


def test_times_are_the_hospitals(ports: Ports, person: int) -> None:
    enqueue(ports, person)
    [notice] = claim(ports)
    outbox.settle(ports, notice=notice, state="sent")
    with ports.transaction() as session:
        row = session.execute(sa.select(outbox.Row.created_at, outbox.Row.sent_at)).one()
    assert tuple(row) == (NOW, NOW)
    assert isinstance(row.sent_at, datetime)
