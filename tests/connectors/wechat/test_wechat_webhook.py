"""The server URL from outside: who is let in, what is done once, what is answered when things go wrong."""

from __future__ import annotations

import hashlib
import io
import logging
import threading
import xml.etree.ElementTree as ET

import pytest

SUCCESS = b"success"


def said(house, response):
    """The words of an encrypted reply, after WeChat's own checks."""
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    reply = ET.fromstring(house.wire.read(response.data))
    assert (reply.findtext("ToUserName"), reply.findtext("FromUserName")) == ("oUserOne", "gh_own")
    assert reply.findtext("CreateTime").isdigit()
    return reply.findtext("Content")


def refused(house, response):
    assert (response.status_code, response.data) == (403, b"")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert not house.store.calls


# Verification of the URL


def test_echo_is_returned_byte_for_byte(house):
    response = house.client.get(house.wire.url(echostr="4375120948345356249"))
    assert (response.status_code, response.data) == (200, b"4375120948345356249")
    assert response.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": None},
        {"signature": ""},
        {"signature": "é"},
        {"timestamp": None},
        {"nonce": None},
        {"nonce": ["1", "2"]},
        {"echostr": ["a", "b"]},
        {"echostr": None},
        {"echostr": ""},
        {"echostr": "<script>alert(1)</script>"},
        {"echostr": "a" * 129},
        {"echostr": "a b"},
        {"echostr": "中"},
        {"timestamp": "0"},
        {"timestamp": "1790000000.0"},
    ],
)
def test_verification_without_proof_is_refused(change, house):
    refused(house, house.client.get(house.wire.url(**{"echostr": "123", **change})))


def test_stale_verification_is_refused(house, now):
    for at in (now - 301, now + 301):
        refused(house, house.client.get(house.wire.url(at=at, echostr="123")))
    assert house.client.get(house.wire.url(at=now - 300, echostr="123")).status_code == 200


def test_every_url_parameter_doubled_is_refused(house):
    for name in ("signature", "timestamp", "nonce", "echostr"):
        url = house.wire.url(echostr="123")
        value = url.split(f"{name}=")[1].split("&")[0]
        refused(house, house.client.get(f"{url}&{name}={value}"))


def test_other_methods_do_nothing(house):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert house.client.open(house.wire.url(echostr="1"), method=method).status_code == 405


# Posts without proof


@pytest.mark.parametrize(
    "change",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": None},
        {"msg_signature": ["a", "b"]},
        {"timestamp": None},
        {"nonce": None},
        {"nonce": "1"},
        {"encrypt_type": "rsa"},
        {"encrypt_type": ["aes", "aes"]},
        {"encrypt_type": None},
        {"encrypt_type": "raw"},
        {"encrypt_type": None, "msg_signature": None},
    ],
)
def test_post_without_proof_is_refused(change, house, message_xml):
    refused(house, house.post(message_xml(Content="你好"), **change))


def test_stale_post_is_refused(house, message_xml, now):
    for at in (now - 301, now + 301, now - 86400):
        refused(house, house.post(message_xml(Content="你好"), at=at))


def test_post_for_another_account_is_refused(house, make_wire, message_xml):
    other = make_wire(app_id="wx0000000000000000")
    refused(house, other.post(house.client, message_xml(Content="你好")))


def test_post_under_an_unknown_key_is_refused(house, make_wire, message_xml, keys):
    refused(house, make_wire(aes_key=keys["old"]).post(house.client, message_xml(Content="你好")))


def test_plain_signature_does_not_vouch_for_a_body(house, message_xml):
    encrypt = house.wire.encrypt(message_xml(Content="x").encode())
    url = house.wire.url(encrypt)
    signature = url.split("signature=")[1].split("&")[0]
    msg_signature = url.split("msg_signature=")[1].split("&")[0]
    refused(house, house.client.post(url.replace(msg_signature, signature), data=house.wire.envelope(encrypt)))


def test_plain_post_to_a_safe_account_is_refused(house, message_xml):
    for encrypt_type in (None, "raw", "aes"):
        url = house.wire.url(encrypt_type=encrypt_type)
        refused(house, house.client.post(url, data=message_xml(Content="forged").encode()))


UNSIGNED = [
    b"",
    b"x",
    b"{}",
    b"<a/>",
    b"<xml/>",
    b"\xff",
    b"<xml>" * 9000,
    b'{"Encrypt":null}',
    b'{"Encrypt":' + b"[" * 50000,
]


@pytest.mark.parametrize(
    "body", [*UNSIGNED, b'{"Encrypt":"\\ud800"}', b'{"Encrypt":"\\u0661"}'], ids=lambda body: body[:24]
)
def test_unsigned_bodies_are_refused_whatever_they_are(body, house):
    refused(house, house.client.post(house.wire.url("x"), data=body))


def test_large_body_is_413(house, message_xml):
    response = house.post(message_xml(Content="痛" * 20000))
    assert (response.status_code, response.data, house.store.calls) == (413, b"", [])
    chunked = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    response = house.client.post(house.wire.url("x"), input_stream=io.BytesIO(b"a" * 70000), environ_overrides=chunked)
    assert (response.status_code, house.store.calls) == (413, [])


def test_a_body_that_breaks_off_proves_nothing(house):
    class Broken(io.BytesIO):
        def readinto(self, _buffer):
            raise OSError("Invalid chunk size: b'oSecretOpenid'")

        read = readinto

    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    refused(house, house.client.post(house.wire.url("x"), input_stream=Broken(), environ_overrides=chunked))
    short = {"CONTENT_LENGTH": "500"}
    refused(house, house.client.post(house.wire.url("x"), input_stream=io.BytesIO(b"<xml>"), environ_overrides=short))


def test_refused_signature_with_large_body_is_not_read(house, now):
    assert house.client.post(house.wire.url("x", at=now - 999), data=b"a" * 200000).status_code == 403


# Signed, but unreadable


def junk(xml):
    good = xml(Content="你好")
    return {
        "empty": b"",
        "text": b"hello",
        "JSON": b'{"MsgType":"event","Event":"debug_demo"}',
        "other root": b"<a/>",
        "empty root": b"<xml/>",
        "no MsgType": good.replace("MsgType", "Type").encode(),
        "nested MsgType": good.replace("<![CDATA[text]]>", "<a>text</a>").encode(),
        "doubled MsgType": good.replace("</MsgType>", "</MsgType><MsgType>x</MsgType>").encode(),
        "empty MsgType": good.replace("<![CDATA[text]]>", "").encode(),
        "nested Event": xml("event", Event="x").replace("<![CDATA[x]]>", "<a/>").encode(),
        "entity": b'<!DOCTYPE xml [<!ENTITY a "x">]>' + good.encode(),
        "external": b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hosts">]><xml>&a;</xml>',
        "bad UTF-8": b"<xml>\xff\xfe</xml>",
        "NUL": good.replace("你", "\0").encode(),
        "truncated": good[:-9].encode(),
        "deep": ("<xml>" * 4000 + "</xml>" * 4000).encode(),
        "CreateTime abc": xml(created="abc").encode(),
        "CreateTime 1e17": xml(created="1e17").encode(),
        "doubled Content": good.replace("</Content>", "</Content><Content>y</Content>").encode(),
    }


JUNK = list(junk(lambda *_, **__: ""))


@pytest.mark.parametrize("name", JUNK)
def test_signed_junk_is_success_and_quarantined(name, house, message_xml):
    raw = junk(message_xml)[name]
    response = house.post(raw)
    assert (response.status_code, response.data) == (200, SUCCESS)
    ((reason, kept),) = house.store.quarantined
    assert reason
    assert kept == raw
    assert not house.store.messages
    assert not house.handler.started


def test_an_unreadable_post_is_one_log_line_with_its_length_and_digest(house, caplog):
    raw = "<xml><MsgType>text</MsgType><Content>我的病情".encode()
    house.post(raw)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == f"unreadable post: xml, {len(raw)} bytes, {hashlib.sha256(raw).hexdigest()[:16]}"


# Answers


def test_answer_is_encrypted_and_stored(house, message_xml):
    house.handler.says = [{"text": "挂哪个科？", "choices": [{"label": "骨科", "id": "d1"}]}]
    response = house.post(message_xml(Content="挂号"))
    assert said(house, response).startswith("挂哪个科？\n1. <a href=")
    assert house.store.calls == ["accept", "settle"]
    assert house.store.bodies == {1: response.data}
    assert house.store.messages[0].text == "挂号"


def test_every_published_message_is_stored_and_answered(house, published_raw):
    response = house.post(published_raw["raw_xml"])
    assert response.status_code == 200
    assert response.data != SUCCESS
    assert len(house.store.messages) == 1


@pytest.mark.parametrize("event", ["LOCATION", "VIEW", "TEMPLATESENDJOBFINISH", "unsubscribe", "kf_create_session"])
def test_event_with_nothing_to_say_is_accepted_and_success(event, house, message_xml):
    house.handler.says = []
    response = house.post(message_xml("event", Event=event))
    assert (response.status_code, response.data) == (200, SUCCESS)
    assert house.store.messages[0].event == event.lower()
    assert house.store.bodies == {1: SUCCESS}
    assert house.handler.started == [1]


@pytest.mark.parametrize("kind", ["image", "voice", "video", "shortvideo", "location", "link", "file", "newkind"])
def test_other_kinds_reach_the_handler(kind, house, message_xml):
    house.handler.says = [{"text": "请用文字告诉我"}]
    assert said(house, house.post(message_xml(kind))) == "请用文字告诉我"


def test_long_answer_goes_on_as_rest(house, message_xml):
    house.handler.says = [{"text": "请按时吃药，多喝水。" * 200}]
    words = said(house, house.post(message_xml(Content="用药")))
    assert len(words.encode()) <= 1800
    assert words + "".join(part["text"] for part in house.store.rest[1]) == "请按时吃药，多喝水。" * 200


def test_hostile_answer_stays_one_text(house, message_xml):
    house.handler.says = [{"text": "a]]></Content><MsgType><![CDATA[image]]></MsgType><Content><![CDATA[\x0b"}]
    response = house.post(message_xml(Content="x"))
    assert house.wire.read(response.data).count("<MsgType>") == 1
    assert said(house, response).startswith("a]]＞＜/Content>")


def test_reply_uses_the_key_that_opened(make_house, make_wire, message_xml, keys):
    house = make_house(account={"aes_key": keys["old"], "previous_aes_key": keys["current"]})
    assert said(house, house.post(message_xml(Content="a"))) == "您好"
    house.wire = make_wire(aes_key=keys["old"])
    assert said(house, house.post(message_xml(Content="b", message_id="2"))) == "您好"


# The same message again


def test_three_attempts_run_once_and_get_identical_bytes(house, message_xml, now):
    first = house.post(message_xml(Content="挂号"))
    house.clock.now += 5
    second = house.post(message_xml(Content="挂号"), at=now + 5)
    house.clock.now += 5
    third = house.post(message_xml(Content="挂号"), at=now + 10)
    assert first.data == second.data == third.data
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert house.handler.started == [1]
    assert len(house.handler.timeouts) == 1
    assert len(house.store.messages) == 1


def test_same_post_sent_three_times_runs_once(house, message_xml):
    encrypt = house.wire.encrypt(message_xml(Content="挂号").encode())
    url, body = house.wire.url(encrypt), house.wire.envelope(encrypt)
    replies = {house.client.post(url, data=body).data for _ in range(3)}
    assert len(replies) == 1
    assert house.handler.started == [1]


def test_success_is_given_again_as_success(house, message_xml):
    house.handler.says = []
    first, second = (house.post(message_xml("event", Event="VIEW")) for _ in range(2))
    assert first.data == second.data == SUCCESS
    assert second.headers["Content-Type"].startswith("text/plain")
    assert len(house.handler.timeouts) == 1


def test_message_without_an_id_and_event_are_known_again(house, message_xml):
    for raw in (
        message_xml(message_id=None, Content="满意"),
        message_xml("event", Event="CLICK", EventKey="k"),
    ):
        assert house.post(raw).data == house.post(raw).data
    assert house.handler.started == [1, 2]


def test_retry_attaches_to_the_work_that_runs(house, message_xml):
    """The first connection is gone while its thread still waits: the second one answers for both."""
    arrived, ready, bodies = threading.Barrier(3), threading.Event(), []

    def slowly(_row):
        arrived.wait(10)
        ready.wait(10)
        return [{"text": "好了"}]

    house.handler.says = slowly
    attempts = [
        threading.Thread(target=lambda: bodies.append(house.post(message_xml(Content="挂号")).data)) for _ in range(2)
    ]
    for attempt in attempts:
        attempt.start()
    arrived.wait(10)
    ready.set()
    for attempt in attempts:
        attempt.join(10)
    assert len(bodies) == 2
    assert bodies[0] == bodies[1] == house.store.bodies[1]
    assert len(house.store.rows) == 1


# Time


def test_handler_gets_what_is_left_of_the_budget(house, message_xml):
    accept = house.store.accept

    def slow_accept(message):
        house.clock.ticks += 1.5
        return accept(message)

    house.store.accept = slow_accept
    house.post(message_xml(Content="挂号"))
    assert house.handler.timeouts == [pytest.approx(2.8)]


def test_no_time_left_is_zero_and_never_negative(house, message_xml):
    accept = house.store.accept

    def slow_accept(message):
        house.clock.ticks += 60
        return accept(message)

    house.store.accept = slow_accept
    house.post(message_xml(Content="挂号"))
    assert house.handler.timeouts == [0.0]


def test_late_answer_is_success_and_never_passive_afterwards(house, message_xml):
    house.handler.says = None
    first = house.post(message_xml(Content="挂号"))
    assert (first.status_code, first.data) == (200, SUCCESS)
    assert house.store.late == {1}
    house.handler.says = [{"text": "好了"}]
    assert house.post(message_xml(Content="挂号")).data == SUCCESS
    assert house.store.bodies == {}


def test_budget_can_be_set(make_house, message_xml):
    house = make_house(budget=2.0)
    house.post(message_xml(Content="挂号"))
    assert house.handler.timeouts == [2.0]


# Faults


@pytest.mark.parametrize("broken", ["accept", "settle", "given", "too_late", "quarantine"])
def test_broken_store_is_success(broken, house, message_xml):
    house.store.broken = {broken}
    house.handler.says = None if broken == "too_late" else house.handler.says
    raws = ["junk"] if broken == "quarantine" else [message_xml(Content="x")] * 2
    for raw in raws:
        response = house.post(raw)
        assert response.status_code == 200
    assert response.data == SUCCESS
    assert broken in house.store.calls


def test_broken_handler_is_success(house, message_xml):
    house.handler.fails = True
    assert house.post(message_xml(Content="x")).data == SUCCESS


@pytest.mark.parametrize("nonsense", [[{"choices": [{}]}], [7], 5, [{"link": {"title": "a"}}], [{"text": 9}]])
def test_nonsense_from_the_handler_is_success(nonsense, house, message_xml):
    house.handler.says = nonsense
    assert house.post(message_xml(Content="x")).data == SUCCESS


def test_host_may_speak_when_its_store_is_down(make_house, message_xml):
    house = make_house(unstored=lambda message: [{"text": f"没有收到您的{message.kind}"}])
    house.store.broken = {"accept"}
    assert said(house, house.post(message_xml(Content="胸痛"))) == "没有收到您的text"
    assert house.post(message_xml("event", Event="LOCATION")).data == SUCCESS
    assert not house.handler.started


def test_host_that_fails_to_speak_is_success(make_house, message_xml):
    house = make_house(unstored=lambda _message: 1 / 0)
    house.store.broken = {"accept"}
    assert house.post(message_xml(Content="x")).data == SUCCESS


def test_logs_hold_no_text_no_user_and_no_query(house, message_xml, caplog):
    caplog.set_level(logging.DEBUG)
    secret = message_xml(Content="我的病情", openid="oSecretOpenid")
    house.handler.fails = True
    house.post(secret)
    house.handler.fails = False
    house.store.broken = {"accept", "quarantine"}
    house.post(secret)
    house.post(secret.replace("text", ""))
    house.post(secret, msg_signature="f" * 40)
    assert "answer failed: KeyError, row 1" in caplog.text
    assert "accept failed: RuntimeError" in caplog.text
    assert "refused: signature" in caplog.text
    for word in ("病情", "oSecretOpenid", "张三", "李四", "signature=", "f" * 40, "100000001", "Traceback"):
        assert word not in caplog.text


# Plain mode, for accounts that ask for it


def test_plain_account_answers_plain_posts_in_plain(make_house, message_xml):
    house = make_house(account={"safe": False})
    response = house.client.post(house.wire.url(), data=message_xml(Content="你好").encode())
    assert response.status_code == 200
    assert ET.fromstring(response.data).findtext("Content") == "您好"
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    again = house.client.post(house.wire.url(), data=message_xml(Content="你好").encode())
    assert again.data == response.data


def test_plain_account_still_wants_its_signature(make_house, message_xml, now):
    house = make_house(account={"safe": False})
    for url in (house.wire.url(signature="0" * 40), house.wire.url(at=now - 301), "/wechat"):
        refused(house, house.client.post(url, data=message_xml(Content="你好").encode()))


def test_plain_account_answers_encrypted_posts_encrypted(make_house, message_xml):
    house = make_house(account={"safe": False})
    assert said(house, house.post(message_xml(Content="你好"))) == "您好"
