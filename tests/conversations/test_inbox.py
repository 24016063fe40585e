"""我的消息 leads to the page of messages, from anywhere and by whatever name people give it."""

from __future__ import annotations

import pytest

from bot.push import outbox
from bot.services import notice_inbox
from tests.conversations.house import Talk


@pytest.mark.parametrize("words", ["我的消息", "消息", "收件箱", "通知", "我的通知", "看看未读消息", "消息在哪里看"])
def test_messages_lead_to_their_page(bound: Talk, words: str) -> None:
    assert "我的消息" not in bound(words)
    assert [reply["link"]["url"] for reply in bound.replies if "link" in reply] == [
        f"{bound.ports.public_url}/h5/inbox"
    ]


def test_new_ones_are_counted_until_they_were_read(bound: Talk) -> None:
    with bound.ports.transaction() as session:
        facts = {"kind": "answer", "payload": {"text": "您好"}, "dedupe_key": "k", "due_at": bound.ports.now()}
        outbox.enqueue(session, crypto=bound.ports.crypto, person_id=bound.person_id, **facts)
    assert "1条没看过" in bound("我的消息")
    [message] = notice_inbox.mine(bound.ports, person_id=bound.person_id)
    notice_inbox.seen(bound.ports, person_id=bound.person_id, ids=[message.id])
    assert "没有新消息" in bound("我的消息")


def test_in_the_middle_of_a_form_it_is_answered_and_the_form_goes_on(bound: Talk) -> None:
    asked = bound("我要挂号")
    assert bound("我的消息").endswith(asked.splitlines()[-1])


@pytest.mark.parametrize("words", ["我的数据", "不想收到消息"])
def test_what_is_kept_of_him_is_another_thing(bound: Talk, words: str) -> None:
    assert "就诊卡1张" in bound(words)
