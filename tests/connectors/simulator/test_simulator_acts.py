"""What a person can do on a phone arrives as WeChat sends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.simulator.consents import Consents
from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError
from connectors.simulator.faults import Faults
from connectors.simulator.messages import UNSUPPORTED
from connectors.simulator.peer import Peer
from connectors.simulator.sound import words_of
from tests.connectors.simulator.conftest import SIM, World


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "sticker"}, {"MsgType": "text", "Content": UNSUPPORTED}),
        ({"type": "video"}, {"MsgType": "video"}),
        ({"type": "video", "short": True}, {"MsgType": "shortvideo"}),
        (
            {"type": "link", "title": "题", "url": "https://a.example/"},
            {"MsgType": "link", "Title": "题", "Url": "https://a.example/"},
        ),
        ({"type": "file", "title": "a.pdf"}, {"MsgType": "file", "Title": "a.pdf", "FileTotalLen": "48213"}),
        ({"type": "voice", "recognition": "挂号"}, {"MsgType": "voice", "Recognition": "挂号"}),
        ({"type": "click", "key": "k", "button": "pic_weixin"}, {"Event": "pic_weixin", "EventKey": "k"}),
        ({"type": "click", "key": "k", "button": "location_select"}, {"Event": "location_select", "EventKey": "k"}),
    ],
)
def test_each_kind_has_its_fields(world: World, body: dict[str, Any], expected: dict[str, str]) -> None:
    phone = world.phone()
    assert world.send(phone, **body).status_code == 202
    heard = world.product.heard[-1]
    assert {name: heard.get(name) for name in expected} == expected
    assert ("MsgId" in heard) == (heard["MsgType"] != "event")


def test_scanning_from_the_menu_brings_what_was_read(world: World) -> None:
    phone = world.phone()
    inside: list[Any] = []
    world.product.reply = lambda message: inside.append(message) or "success"  # type: ignore[func-returns-value]
    world.send(phone, type="click", key="scan", button="scancode_waitmsg", result="card:7")
    delivery = world.client.get(f"/sim/phones/{phone['id']}/deliveries").get_json()["deliveries"][0]
    assert delivery["state"] == "done"
    assert inside[0]["Event"] == "scancode_waitmsg"
    assert "ScanCodeInfo" in inside[0]


def test_a_follow_after_a_payment_names_the_payment(world: World) -> None:
    phone = world.phone(follow=False)
    world.send(phone, type="subscribe", paid="4200000")
    assert world.product.heard[-1]["EventKey"] == "last_trade_no_4200000"


def test_odd_characters_go_out_raw_only_when_asked(world: World) -> None:
    phone = world.phone()
    world.send(phone, text="a\x08b")
    assert world.product.heard[-1]["Content"] == "ab"
    with Peer(mode="plain", patience=0.1) as wechat:
        wechat.user().says("a\x08b", raw=True)
        assert b"a\x08b" in wechat.posts[-1][1]


def test_any_event_of_the_platform_can_be_sent(world: World) -> None:
    phone = world.phone()
    world.send(phone, type="event", event="kf_create_session", fields={"KfAccount": "a@b"})
    heard = world.product.heard[-1]
    assert (heard["Event"], heard["KfAccount"]) == ("kf_create_session", "a@b")
    assert world.send(phone, type="event", event="x", fields=[1]).status_code == 400


def test_a_picture_and_a_voice_can_be_fetched(world: World) -> None:
    phone = world.phone()
    for kind, beginning in {"image": b"\xff\xd8\xff", "voice": b"#!AMR\n"}.items():
        world.send(phone, type=kind)
        media = world.product.heard[-1]["MediaId"]
        query = {"access_token": world.token(), "media_id": media}
        assert world.client.get("/sim/api/cgi-bin/media/get", query_string=query).data.startswith(beginning)
    world.wire.now += 3 * 86_400 + 1
    query["access_token"] = world.token()
    assert world.client.get("/sim/api/cgi-bin/media/get", query_string=query).get_json()["errcode"] == 40007


def test_what_is_said_can_be_heard_in_the_recording(world: World) -> None:
    phone = world.phone()
    world.send(phone, type="voice", seconds=4, said="我要挂号")
    heard = world.product.heard[-1]
    query = {"access_token": world.token(), "media_id": heard["MediaId"]}
    sound = world.client.get("/sim/api/cgi-bin/media/get", query_string=query)
    assert sound.mimetype == "audio/amr"
    assert words_of(sound.data) == "我要挂号"
    assert heard["Recognition"] == ""


def test_a_yes_and_a_no_to_a_notice_are_told_and_counted(world: World, tmp_path: Path) -> None:
    phone = world.phone()
    world.send(phone, type="consent", template="S1", accept=True)
    assert world.product.heard[-1]["Event"] == "subscribe_msg_popup_event"
    consents = Consents(Database(tmp_path / "simulator.db"))
    consents.spend(phone["id"], "S1")
    with pytest.raises(PlatformError, match="refuse"):
        consents.spend(phone["id"], "S1")
    world.send(phone, type="consent", template="S1", accept=True)
    world.send(phone, type="consent", template="S1", accept=False)
    with pytest.raises(PlatformError, match="refuse"):
        consents.spend(phone["id"], "S1")


def test_while_a_person_listens_messages_go_to_the_person(world: World) -> None:
    phone = world.phone()
    for event, heard in {"kf_create_session": 0, "kf_close_session": 1}.items():
        world.send(phone, type="event", event=event, fields={"KfAccount": "a@b"})
        before = len(world.product.heard)
        world.send(phone, text="在吗")
        assert len(world.product.heard) - before == heard
    world.send(phone, type="event", event="kf_create_session", fields={"KfAccount": "a@b"})
    world.wire.now += 1800
    world.send(phone, text="在吗")
    assert world.texts_on(phone)[-1] == "收到：在吗"


# ---- receipts


@pytest.mark.parametrize(
    ("preset", "status"), [("block", "failed:user block"), ("system", "failed: system failed"), ("", "success")]
)
def test_a_template_message_ends_as_the_receipt_says(world: World, preset: str, status: str) -> None:
    phone = world.phone()
    if preset:
        world.client.post("/sim/faults", json={"name": preset, "times": 1}, headers=SIM)
    fields = {"thing1": {"value": "a"}, "time2": {"value": "09:00"}}
    told = world.api("message/template/send", {"touser": phone["openid"], "template_id": "TM1", "data": fields})
    world.run()
    heard = world.product.heard[-1]
    assert (heard["MsgID"], heard["Status"]) == (str(told["msgid"]), status)
    assert ("template" in [bubble["kind"] for bubble in world.shown(phone)]) == (status == "success")


def test_a_receipt_can_come_before_the_call_is_answered(world: World, tmp_path: Path) -> None:
    phone = world.phone()
    Faults(Database(tmp_path / "simulator.db")).arm("receipt_first", "message/template/send", times=1)
    fields = {"thing1": {"value": "a"}, "time2": {"value": "09:00"}}
    world.api("message/template/send", {"touser": phone["openid"], "template_id": "TM1", "data": fields})
    assert world.queue == []
    assert world.product.heard[-1]["Event"] == "TEMPLATESENDJOBFINISH"
