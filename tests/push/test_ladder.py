from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import HisUnavailable, NotFound, Refused
from bot.ports import Ports, Reply
from bot.push import outbox
from bot.push.ladder import deliver
from bot.push.port import PushLater, PushRefused
from bot.services import briefs, delivery
from tests.factories import NOW, FakePush, a_person

HOUR = timedelta(hours=1)


def drawn(_ports: Ports, *, person_id: int, reply: Reply) -> Reply:
    return {"text": f"{person_id}:{reply['ref']}"}


def enqueue(ports: Ports, person_id: int, **changes: Any) -> None:
    facts: dict[str, Any] = {"kind": "answer", "payload": {"view": "answer", "ref": "q_1"}, "due_at": NOW}
    with ports.transaction() as session:
        outbox.enqueue(session, crypto=ports.crypto, person_id=person_id, dedupe_key="k", **facts | changes)


def attempt(ports: Ports, render: Any = drawn) -> str:
    """Claim the one due notice and deliver it; '' = none was due."""
    taken = outbox.claim_due(ports, limit=1, worker="w")
    return deliver(ports, taken[0], render, briefs.of) if taken else ""


def row(ports: Ports) -> Any:
    with ports.transaction() as session:
        return session.execute(sa.text("SELECT * FROM notice")).one()


@pytest.fixture
def push(ports: Ports) -> FakePush:
    assert isinstance(ports.push, FakePush)
    return ports.push


def test_a_view_is_drawn_and_sent_to_the_openid(ports: Ports, push: FakePush) -> None:
    person = a_person(ports, "o-openid")
    enqueue(ports, person)
    assert attempt(ports) == "sent"
    assert push.sent == [("o-openid", {"text": f"{person}:q_1"})]
    assert (row(ports).rung, row(ports).claim) == ("customer", None)
    assert attempt(ports) == ""


def test_a_refusal_goes_to_the_staffs_list(ports: Ports, push: FakePush) -> None:
    enqueue(ports, a_person(ports))
    push.failures = [PushRefused("outside_48h")]
    assert attempt(ports) == "undelivered"
    [line] = delivery.undelivered(ports)
    assert (line.reason, line.kind) == ("outside_48h", "answer")
    assert push.sent == []


def test_who_left_the_account_is_not_tried(ports: Ports, push: FakePush) -> None:
    enqueue(ports, a_person(ports, subscribed=False))
    assert attempt(ports) == "undelivered"
    assert delivery.undelivered(ports)[0].reason == "unsubscribed"
    assert push.sent == []


@pytest.mark.parametrize("failure", [NotFound(), Refused("no_card")])
def test_what_is_gone_meanwhile_is_not_sent(ports: Ports, push: FakePush, failure: Exception) -> None:
    def gone(*_: Any, **__: Any) -> Reply:
        raise failure

    enqueue(ports, a_person(ports))
    assert attempt(ports, gone) == "undelivered"
    assert delivery.undelivered(ports)[0].reason.startswith("not_shown:")
    assert push.sent == []


def test_later_waits_twice_as_long_each_time_up_to_an_hour(ports: Ports, push: FakePush) -> None:
    enqueue(ports, a_person(ports))
    push.failures = [PushLater("busy")] * 9
    at, waits = NOW, []
    for _ in range(9):
        with clock.frozen(at):
            assert attempt(ports) == "waiting"
            assert attempt(ports) == ""
        due = _due(ports)
        waits.append(int((due - at).total_seconds()))
        at = due
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    with clock.frozen(at):
        assert attempt(ports) == "sent"
    assert len(push.sent) == 1


def test_a_hospital_that_is_down_is_later_too(ports: Ports, push: FakePush) -> None:
    def down(*_: Any, **__: Any) -> Reply:
        raise HisUnavailable

    enqueue(ports, a_person(ports))
    assert attempt(ports, down) == "waiting"
    assert row(ports).last_error == "his_unavailable"
    with clock.frozen(NOW + HOUR):
        assert attempt(ports) == "sent"
    assert len(push.sent) == 1


def test_later_ends_when_the_notice_does(ports: Ports, push: FakePush) -> None:
    enqueue(ports, a_person(ports), expires_at=NOW + timedelta(seconds=30))
    push.failures = [PushLater("busy")]
    assert attempt(ports) == "expired"
    assert delivery.undelivered(ports)[0].reason == "busy"


def test_a_notice_that_kills_its_workers_is_given_up(
    ports: Ports, push: FakePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadly(*_: Any, **__: Any) -> Reply:
        raise KeyboardInterrupt

    enqueue(ports, a_person(ports))
    start = clock.wire()
    for n in range(12):
        monkeypatch.setattr(clock, "wire", lambda n=n: start + n * HOUR)
        with pytest.raises(KeyboardInterrupt):
            attempt(ports, deadly)
    monkeypatch.setattr(clock, "wire", lambda: start + 12 * HOUR)
    assert attempt(ports, deadly) == "undelivered"
    assert delivery.undelivered(ports)[0].reason == "too_many_attempts"
    assert push.sent == []


def _due(ports: Ports) -> Any:
    with ports.transaction() as session:
        return session.scalar(sa.select(outbox.Row.due_at))
