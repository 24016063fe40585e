"""The desk: the connector's Store and Handler on our inbox. (Its replies through the door: tests/web.)"""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from bot.db.base import make_engine
from bot.db.messages import Quarantine
from bot.host import desk as module
from bot.host.desk import Desk
from bot.services import inbox
from connectors.wechat.ports import Inbound
from tests.factories import make_ports
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
    assert desk._open == 0


def test_what_nobody_can_read_is_kept_as_a_digest(desk):
    desk.quarantine("Malformed", b"<xml>secret")
    with desk._ports.transaction() as session:
        kept = session.scalar(sa.select(Quarantine))
    assert (kept.digest, kept.length) == (hashlib.sha256(b"<xml>secret").hexdigest(), 11)
