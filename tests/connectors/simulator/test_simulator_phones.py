"""The JSON endpoints of a phone: what can be sent, what is refused, what polling costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.simulator.conftest import SIM, World


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": "挂号", "menu_id": "m1"}, {"MsgType": "text", "Content": "挂号", "bizmsgmenuid": "m1"}),
        ({"type": "click", "key": "book"}, {"MsgType": "event", "Event": "CLICK", "EventKey": "book"}),
        ({"type": "view", "url": "http://a/b"}, {"Event": "VIEW", "EventKey": "http://a/b"}),
        ({"type": "scan", "scene": "dept_1"}, {"Event": "SCAN", "EventKey": "dept_1"}),
        (
            {"type": "image"},
            {"MsgType": "image"},
        ),
        ({"type": "voice", "seconds": 5}, {"MsgType": "voice", "Format": "amr", "Recognition": ""}),
        (
            {"type": "location", "latitude": 31.2, "longitude": 121.5, "label": "家"},
            {"MsgType": "location", "Location_X": "31.200000", "Location_Y": "121.500000", "Label": "家"},
        ),
        ({"type": "unsubscribe"}, {"Event": "unsubscribe", "EventKey": ""}),
    ],
)
def test_each_kind_arrives_as_wechat_sends_it(world: World, body: dict[str, Any], expected: dict[str, str]) -> None:
    phone = world.phone()
    assert world.send(phone, **body).status_code == 202
    heard = world.product.heard[-1]
    assert {name: heard.get(name) for name in expected} == expected
    assert ("MsgId" in heard) == (heard["MsgType"] != "event")


def test_message_ids_differ(world: World) -> None:
    phone = world.phone()
    for _ in range(50):
        world.send(phone, text="同一句")
    ids = [message["MsgId"] for message in world.product.heard if "MsgId" in message]
    assert len(set(ids)) == 50


def test_a_scan_before_following_follows_with_the_scene(world: World) -> None:
    phone = world.phone(follow=False)
    assert world.send(phone, text="你好").status_code == 409
    world.send(phone, type="scan", scene="dept_1")
    assert world.product.heard[-1]["Event"] == "subscribe"
    assert world.product.heard[-1]["EventKey"] == "qrscene_dept_1"
    assert world.client.get(f"/sim/phones/{phone['id']}").get_json()["subscribed"] is True


def test_after_leaving_nothing_can_be_sent(world: World) -> None:
    phone = world.phone()
    world.send(phone, type="unsubscribe")
    assert world.send(phone, text="你好").get_json() == {"error": "not_subscribed"}
    assert world.send(phone, type="subscribe").status_code == 202
    assert world.send(phone, type="subscribe").get_json() == {"error": "already_subscribed"}


BAD: list[tuple[Any, int]] = [
    ({}, 400),
    ({"text": ""}, 400),
    ({"text": "  \n"}, 400),
    ({"text": 5}, 400),
    ({"text": None}, 400),
    ({"text": ["a"]}, 400),
    ({"text": "字" * 2001}, 400),
    ({"text": "\ud800"}, 400),
    ({"text": "\uffff"}, 400),
    ({"text": "a", "menu_id": {"b": 1}}, 400),
    ({"text": "a", "menu_id": "x" * 300}, 400),
    ({"type": "poem"}, 400),
    ({"type": ["text"]}, 400),
    ({"type": "click"}, 400),
    ({"type": "click", "key": "k" * 200}, 400),
    ({"type": "voice", "seconds": True}, 400),
    ({"type": "voice", "seconds": float("nan")}, 400),
    ({"type": "voice", "seconds": 1e99}, 400),
    ({"type": "location", "latitude": "north"}, 400),
    ({"type": "image", "sample": "../../etc/passwd"}, 400),
    ({"type": "image", "sample": []}, 400),
    ([], 400),
    ("text", 400),
    (None, 400),
    ({"text": "x" * 20_000}, 413),
]


@pytest.mark.parametrize(("body", "status"), BAD)
def test_bad_input_is_a_4xx_with_a_code(world: World, body: Any, status: int) -> None:
    phone = world.phone()
    heard = len(world.product.heard)
    answer = world.client.post(f"/sim/phones/{phone['id']}/send", json=body, headers=SIM)
    assert answer.status_code == status
    assert answer.get_json()["error"]
    assert len(world.product.heard) == heard


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 9000, b"1" * 5000])
def test_bytes_that_are_no_json_are_refused(world: World, data: bytes) -> None:
    phone = world.phone()
    answer = world.client.post(f"/sim/phones/{phone['id']}/send", data=data, headers=SIM)
    assert (answer.status_code, answer.get_json()) == (400, {"error": "bad_json"})


@pytest.mark.parametrize("path", ["/sim/phones", "/sim/phones/{id}/send", "/sim/phones/{id}/settings"])
def test_a_writing_call_needs_our_header(world: World, path: str) -> None:
    phone = world.phone()
    answer = world.client.post(path.format(id=phone["id"]), json={"text": "你好", "slow": True})
    assert (answer.status_code, answer.get_json()) == (403, {"error": "header_missing"})


def test_control_characters_do_not_reach_the_xml(world: World) -> None:
    phone = world.phone()
    world.send(phone, text="a\x00b\x0bc\r\nd")
    assert world.product.heard[-1]["Content"] == "abc\nd"


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=99999999999999999999", "after=１"])
def test_a_bad_position_is_refused(world: World, query: str) -> None:
    phone = world.phone()
    assert world.client.get(f"/sim/phones/{phone['id']}/messages?{query}").status_code == 400


@pytest.mark.parametrize("call", ["", "/messages", "/deliveries"])
def test_an_unknown_phone_is_a_404(world: World, call: str) -> None:
    answer = world.client.get(f"/sim/phones/p_nobody{call}")
    assert (answer.status_code, answer.get_json()) == (404, {"error": "no_such_phone"})


@pytest.mark.parametrize("body", [{"slow": 1}, {"offline": "yes"}, {"name": ""}, {"name": "x" * 30}, {"number": []}])
def test_bad_settings_change_nothing(world: World, body: dict[str, Any]) -> None:
    phone = world.phone()
    answer = world.set(phone, **body)
    assert answer.status_code == (200 if body == {"number": []} else 400)
    assert world.client.get(f"/sim/phones/{phone['id']}").get_json() == phone


def test_messages_after_a_number_are_only_the_newer_ones(world: World) -> None:
    phone = world.phone()
    last = world.client.get(f"/sim/phones/{phone['id']}/messages").get_json()["last"]
    world.send(phone, text="你好")
    assert [message["side"] for message in world.shown(phone, last)] == ["me", "bot"]


def test_polling_without_news_is_a_304(world: World) -> None:
    phone = world.phone()
    url = f"/sim/changes?phones={phone['id']}:0"
    first = world.client.get(url)
    tag = {"If-None-Match": first.headers["ETag"]}
    again = world.client.get(url, headers=tag)
    assert (again.status_code, again.get_data()) == (304, b"")
    world.push(phone)
    assert world.client.get(url, headers=tag).status_code == 200


def test_changes_name_what_moved_since_a_revision(world: World) -> None:
    one, two = world.phone(), world.phone()
    url = "/sim/changes?phones={}"
    told = world.client.get(url.format(f"{one['id']}:0,{two['id']}:0,p_gone:0")).get_json()
    revs = {phone["id"]: phone["rev"] for phone in told["phones"]}
    assert list(revs) == [one["id"], two["id"]]
    world.send(two, text="你好")
    again = world.client.get(url.format(",".join(f"{name}:{rev}" for name, rev in revs.items()))).get_json()
    assert [[m["text"] for m in phone["messages"]] for phone in again["phones"]] == [
        [],
        ["你好", "收到：你好"],
    ]


def test_too_many_phones_at_once_are_refused(world: World) -> None:
    assert world.client.get("/sim/changes?phones=" + ",".join(["p:0"] * 13)).status_code == 400


def test_a_full_pool_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = world.phone()
    monkeypatch.setattr("connectors.simulator.courier.Courier._start", lambda _self, _ids: False)
    assert world.send(phone, text="你好").status_code == 429


def test_a_short_message_comes_once_to_its_number(world: World) -> None:
    one, two = world.phone(number="13800138001"), world.phone(number="13800138002")
    world.texts.append({"phone": "13800138001", "text": "请来就诊", "at": 1})
    for _ in range(3):
        world.wire.now += 10
        world.shown(one)
    assert world.texts_on(one, "sms") == ["请来就诊"]
    assert world.texts_on(two, "sms") == []


def test_the_page_and_the_guide_are_there(world: World) -> None:
    page = world.client.get("/")
    assert page.status_code == 200
    assert "测试医院" in page.get_data(as_text=True)
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert world.client.get("/sim/guide").get_json()["guide"] == {"hospital": "测试医院"}


def test_the_page_has_no_script_or_style_of_its_own_inside(world: World) -> None:
    page = world.client.get("/").get_data(as_text=True)
    assert "style=" not in page
    assert "<style" not in page
    assert " on" + "click" not in page
    assert page.count("<script") == page.count('<script type="module" src="/sim/static/')
