"""Mistakes that other connectors make when they receive, each as the situation in which it shows.

The numbers are those of docs/wechat.md.
"""

from __future__ import annotations

import logging
import threading

import pytest
from flask import Flask

from connectors.wechat.ports import Account
from connectors.wechat.webhook import wechat_blueprint

SUCCESS = b"success"


def test_mistake_01_the_handler_runs_for_every_attempt(house, message_xml, now):
    for late in (0, 5, 10):
        house.clock.now = now + late
        house.post(message_xml(Content="挂号"), at=now + late)
    assert house.handler.started == [1]


def test_mistake_02_an_attempt_that_comes_again_is_dropped_without_an_answer(house, message_xml):
    first = house.post(message_xml(Content="挂号"))
    again = house.post(message_xml(Content="挂号"))
    assert again.data == first.data != SUCCESS


def test_mistake_03_a_text_that_is_tried_again_is_taken_for_something_else(house, message_xml):
    for _ in range(3):
        house.post(message_xml(Content="挂号"))
    assert [(m.kind, m.text) for m in house.store.messages] == [("text", "挂号")]


def test_mistake_04_a_second_question_gets_the_first_ones_answer(house, message_xml):
    """Two questions of one user at once: what waits and what is answered belongs to a message, not to a user."""
    both = threading.Barrier(2)

    def slowly(row):
        both.wait(10)
        return [{"text": house.store.messages[row - 1].text + "的回答"}]

    house.handler.says, said = slowly, {}

    def ask(question, message_id):
        body = house.post(message_xml(Content=question, message_id=message_id)).data
        said[question] = house.wire.read(body)

    threads = [threading.Thread(target=ask, args=pair) for pair in (("甲", "1"), ("乙", "2"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert {question: f"{question}的回答" in body for question, body in said.items()} == {"甲": True, "乙": True}


def test_mistake_07_what_was_done_is_known_to_one_process_only(house, message_xml, keys):
    """A second process with the same store behind it: nothing that counts is kept in memory."""
    app = Flask("second")
    account = Account(keys["app_id"], keys["token"], keys["current"])
    app.register_blueprint(wechat_blueprint(account, house.store, house.handler, house.clock))
    first = house.post(message_xml(Content="挂号"))
    house.client = app.test_client()
    assert house.post(message_xml(Content="挂号")).data == first.data
    assert house.handler.started == [1]


def test_mistake_08_events_without_an_id_are_all_one(house, message_xml):
    for openid in ("oUserOne", "oUserTwo"):
        for event in ("subscribe", "CLICK"):
            house.post(message_xml("event", Event=event, openid=openid))
    assert house.handler.started == [1, 2, 3, 4]


@pytest.mark.parametrize("safe", [True, False])
def test_mistake_09_encryption_is_half_done(safe, make_house, message_xml):
    """An encrypted post is answered encrypted, under `text/xml`, in any mode; `signature` does not stand in for it."""
    house = make_house(account={"safe": safe})
    response = house.post(message_xml(Content="挂号"))
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert "您好" in house.wire.read(response.data)
    assert house.post(message_xml(Content="b", message_id="2"), msg_signature=None).status_code == 403


def test_mistake_10_a_safe_account_takes_plain_posts(house, message_xml):
    for encrypt_type in (None, "raw"):
        url = house.wire.url(encrypt_type=encrypt_type)
        assert house.client.post(url, data=message_xml(Content="退号").encode()).status_code == 403
    assert not house.store.messages


@pytest.mark.parametrize("broken", ["vouched", "accept", "settle", "quarantine", "handler"])
def test_mistake_11_an_exception_becomes_the_answer(broken, house, message_xml):
    house.store.broken, house.handler.fails, house.handler.says = {broken}, broken == "handler", []
    for raw in (message_xml(Content="x"), "<xml>", message_xml("event", Event="TEMPLATESENDJOBFINISH", MsgID="1")):
        response = house.post(raw)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
        assert response.data == SUCCESS


def test_mistake_12_one_invisible_sign_breaks_the_document(house, message_xml):
    house.handler.says = lambda _row: [{"text": house.store.messages[-1].text + "\x0b]]>"}]
    assert "牙疼" in house.wire.read(house.post(message_xml(Content="牙\x0b\x1b疼\ufffe")).data)
    assert not house.store.quarantined


@pytest.mark.parametrize(
    "event", ["kf_create_session", "subscribe_msg_popup_event", "user_info_modified", "debug_demo", "ENTER", "x" * 64]
)
def test_mistake_13_an_unknown_event_breaks_the_reading(event, house, message_xml):
    house.handler.says = []
    assert house.post(message_xml("event", Event=event)).data == SUCCESS
    assert [m.event for m in house.store.messages] == [event.lower()]


def test_mistake_13_a_message_without_a_sender_reaches_the_dialogue(house, message_xml):
    assert house.post(message_xml(Content="x", openid="")).data == SUCCESS
    assert [reason for reason, _ in house.store.quarantined] == ["FromUserName"]
    assert not house.store.messages


def test_mistake_14_whoever_knocks_costs_as_much_as_wechat(house, monkeypatch):
    """Scanners are sent away before a body is read, parsed or decrypted, and before the store is asked."""
    monkeypatch.setattr("connectors.wechat.posts.body_of", lambda _request: pytest.fail("the body was read"))
    assert house.client.get("/wechat").status_code == 403
    for url in ("/wechat", "/wechat?signature=1", "/wechat?timestamp=1790000000", "/wechat?id=1%27--"):
        assert house.client.post(url, data=b"x" * 60_000).status_code == 403
    assert house.store.calls == []


def test_mistake_17_a_voice_is_trusted_to_come_with_its_words(house, message_xml):
    house.post(message_xml("voice", MediaId="m", Recognition=""))
    house.post(message_xml("voice", MediaId="m", message_id="2"))
    assert [(m.kind, m.text, m.media_id) for m in house.store.messages] == [("voice", "", "m")] * 2


def test_mistake_18_a_recorded_post_is_good_for_ever(house, message_xml, now):
    house.clock.now = now + 30 * 86400
    assert house.post(message_xml(Content="挂号"), at=now).status_code == 403
    assert not house.store.messages


def test_mistake_21_logs_hold_what_patients_write(house, message_xml, caplog):
    caplog.set_level(logging.DEBUG)
    secret = message_xml(Content="我的病情", openid="oSecretOpenid")
    url = house.wire.url(house.wire.encrypt(secret.encode()))
    house.post(secret)
    house.post(secret.replace("</xml>", ""))
    house.client.post(url, data=secret.encode())
    said = caplog.text
    assert "unreadable post" in said
    assert "refused" in said
    assert not [word for word in ("病情", "oSecretOpenid", "signature=", "nonce=", url[8:40]) if word in said]
