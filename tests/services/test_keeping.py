"""What waits until its person asks is given once, in order, whole, and to nobody else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.host.channel import WeChatChannel
from bot.services import inbox, keeping, messages, replying, words
from tests.factories import together
from tests.services.post import Script, received, row

SAID = [{"text": "第一段"}, {"text": "第二段"}]


@pytest.fixture
def alone(ports):
    """An account whose replies nothing can follow."""
    return replace(ports, dialogue=Script(), channel=WeChatChannel("unverified_service"))


def answer(ports, leased, replies=SAID):
    with ports.transaction() as session:
        return replying.answered(ports, session, leased, replies=replies, expects=None, talked=True)


def kept(ports, inbox_id):
    sealed = row(ports, inbox_id).kept_sealed
    return json.loads(ports.crypto.open(sealed)) if sealed else None


def asked(ports, person=None, text="查看回复", menu_id="kept.view"):
    one = received(ports, text, openid=person or "", menu_id=menu_id)
    return messages.work(ports, inbox_id=one)


@pytest.mark.parametrize("kept_first", [True, False])
def test_an_answer_waits_whether_it_came_before_the_deadline_or_after(alone, kept_first):
    one = received(alone, "问")
    leased = inbox.lease(alone, inbox_id=one)
    if kept_first:
        assert replying.settle_kept(alone, inbox_id=one, body=b"ticket")
        assert kept(alone, one) is None
    answer(alone, leased)
    if not kept_first:
        assert replying.settle_kept(alone, inbox_id=one, body=b"ticket")
    assert not replying.settle_kept(alone, inbox_id=one, body=b"other")
    assert not replying.settle_passive(alone, inbox_id=one, body=b"late", rest=[])
    assert kept(alone, one) == SAID
    assert replying.given(alone, inbox_id=one) == b"ticket"
    assert asked(alone) == SAID
    assert kept(alone, one) is None


def test_what_is_added_while_it_is_given_waits_for_the_next_asking(alone, monkeypatch):
    """An action that outlived its turn ends in the very moment in which the patient asks."""
    one = received(alone, "问")
    answer(alone, inbox.lease(alone, inbox_id=one))
    replying.settle_kept(alone, inbox_id=one)
    real = keeping._replies

    def meanwhile(found, shown):
        with alone.transaction() as session:
            replying.keep(alone, session, inbox_id=one, replies=[{"text": "还有"}])
        return real(found, shown)

    monkeypatch.setattr(keeping, "_replies", meanwhile)
    assert asked(alone) == SAID
    monkeypatch.undo()
    assert asked(alone, menu_id="", text="继续")[-1] == {"text": "还有"}  # said twice rather than never


def test_nobody_gets_what_waits_for_another(alone):
    one = received(alone, "问", openid="o-a")
    answer(alone, inbox.lease(alone, inbox_id=one))
    replying.settle_kept(alone, inbox_id=one)
    assert asked(alone, person="o-b") == [words.say("utter_nothing_kept")]
    assert asked(alone, person="o-a") == SAID


@pytest.mark.parametrize("text", ["查看回复一下", "2", "第二个", "继续吧", "嗯"])
def test_other_words_do_not_ask(alone, text):
    one = received(alone, "问")
    answer(alone, inbox.lease(alone, inbox_id=one))
    replying.settle_kept(alone, inbox_id=one)
    assert asked(alone, text=text, menu_id="") != SAID
    assert kept(alone, one) == SAID


def test_answer_and_deadline_at_once_lose_nothing(postgres_ports):
    """The dialogue ends in the moment in which the last attempt gives up: twenty rounds."""
    ports = replace(postgres_ports, channel=WeChatChannel("unverified_service"))
    for n in range(20):
        one = received(ports, openid=f"o-{n}")
        assert _together(ports, one) == [True, True]
        assert kept(ports, one) == SAID


def test_control_without_a_look_at_the_channel_the_answer_would_be_lost(postgres_ports, monkeypatch):
    ports = replace(postgres_ports, channel=WeChatChannel("unverified_service"))
    monkeypatch.setattr(replying, "keep", lambda *_args, **_facts: None)
    one = received(ports)
    leased = inbox.lease(ports, inbox_id=one)
    replying.settle_kept(ports, inbox_id=one)
    answer(ports, leased)
    assert kept(ports, one) is None


def _together(ports, one):
    leased = inbox.lease(ports, inbox_id=one)
    work = [lambda: answer(ports, leased), lambda: replying.settle_kept(ports, inbox_id=one, body=b"t")]
    return together(2, lambda k: work[k]())
