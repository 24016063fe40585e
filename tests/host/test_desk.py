"""The desk: the connector's Store and Handler on our inbox. (Its replies through the door: tests/web.)"""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bot.db.base import make_engine
from bot.db.messages import Quarantine
from bot.host import desk as module
from bot.host.desk import Desk
from bot.services import inbox
from connectors.wechat.ports import Inbound
from tests.factories import make_ports, together
from tests.services.post import Script, key, notices, row


@pytest.fixture
def desk(sqlite_url, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    engine = make_engine(sqlite_url)
    made = Desk(make_ports(engine, dialogue=Script()))
    yield made
    made._ports.dialogue.go.set()
    made._pool.shutdown(wait=True)
    engine.dispose()


def inbound(text="你好", **changes):
    facts = {"key": key(), "account": "gh", "openid": "o-one", "kind": "text", "created": 1, "text": text}
    return Inbound(**facts | changes)


def test_everything_a_message_says_is_kept(desk):
    message = inbound(menu_id="1-1-x", media_id="m", event="click", event_key="book", extra={"Label": "门口"})
    one, new = desk.accept(message)
    assert new
    assert desk.accept(message) == (one, False)
    body = inbox.lease(desk._ports, inbox_id=one).body
    wanted = {"text": "你好", "menu_id": "1-1-x", "media_id": "m", "event_key": "book", "extra": {"Label": "门口"}}
    assert {name: body[name] for name in wanted} == wanted


def test_settled_bytes_are_given_again_and_the_rest_goes_to_the_outbox(desk):
    one, _ = desk.accept(inbound())
    assert desk.given(one) is None
    assert [r["text"] for r in desk.answer(one, timeout=20)] == ["听到：你好"]
    assert desk.settle(one, b"<xml/>", [{"text": "其余"}])
    assert not desk.settle(one, b"<other/>", [])
    desk.too_late(one)
    assert desk.given(one) == b"<xml/>"
    assert [p for _, p in notices(desk._ports)] == [{"text": "其余"}]


def test_an_answer_that_is_there_is_not_made_again(desk):
    one, _ = desk.accept(inbound())
    assert desk.answer(one, timeout=20) == desk.answer(one, timeout=20)
    assert desk._ports.dialogue.heard == ["你好"]


def test_no_time_is_no_answer_and_the_work_goes_on(desk):
    desk._ports.dialogue.go.clear()
    one, _ = desk.accept(inbound())
    assert desk.answer(one, timeout=-1.0) is None
    desk.too_late(one)
    desk._ports.dialogue.go.set()
    desk._pool.shutdown(wait=True)
    assert row(desk._ports, one).state == "delivered"
    assert desk._working == {}


def test_a_burst_of_forty_is_answered_at_once_when_it_is_ready_in_time(desk):
    rows = [desk.accept(inbound(openid=f"o-{n}"))[0] for n in range(40)]
    assert all(together(40, lambda n: desk.answer(rows[n], timeout=20)))


def test_another_attempt_waits_for_the_same_answer_and_takes_no_place(desk, monkeypatch):
    desk._ports.dialogue.go.clear()
    desk._places = threading.BoundedSemaphore(1)
    one, _ = desk.accept(inbound())
    other, _ = desk.accept(inbound(openid="o-other"))
    with ThreadPoolExecutor(3) as attempts:
        first = attempts.submit(desk.answer, one, timeout=20)
        assert desk._ports.dialogue.inside.acquire(timeout=20)
        again = [attempts.submit(desk.answer, one, timeout=20) for _ in range(2)]
        assert desk.answer(other, timeout=20) is None, "the one place is the first attempt's"
        assert list(desk._working) == [one, other]
        desk._ports.dialogue.go.set()
        assert [each.result(20) for each in again] == [first.result(20)] * 2
        assert first.result(20)


def test_what_nobody_can_read_is_kept_as_a_digest(desk):
    desk.quarantine("Malformed", b"<xml>secret")
    with desk._ports.transaction() as session:
        kept = session.scalar(sa.select(Quarantine))
    assert (kept.digest, kept.length) == (hashlib.sha256(b"<xml>secret").hexdigest(), 11)
