"""The fake api.weixin.qq.com: tokens, quotas, errors as the platform words them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.simulator.conftest import APP_ID, SECRET, World

CLIENT = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}


def stable(world: World, **change: Any) -> dict[str, Any]:
    told: dict[str, Any] = world.client.post("/sim/api/cgi-bin/stable_token", json={**CLIENT, **change}).get_json()
    return told


def plain(world: World) -> str:
    token: str = world.client.get("/sim/api/cgi-bin/token", query_string=CLIENT).get_json()["access_token"]
    return token


def works(world: World, token: str) -> int:
    return world.api("getcallbackip", token=token).get("errcode", 0)


# ---- tokens


def test_the_stable_token_stays_until_it_nears_its_end(world: World) -> None:
    first = stable(world)
    world.wire.now += 6000
    assert stable(world)["access_token"] == first["access_token"]
    assert stable(world)["expires_in"] == 1200
    world.wire.now += 950
    second = stable(world)["access_token"]
    assert second != first["access_token"]
    assert works(world, first["access_token"]) == works(world, second) == 0
    world.wire.now += 300
    assert works(world, first["access_token"]) == 42001


def test_forcing_kills_the_old_token_at_most_every_half_minute(world: World) -> None:
    first = stable(world)["access_token"]
    second = stable(world, force_refresh=True)["access_token"]
    assert works(world, first) == 42001
    assert stable(world, force_refresh=True)["access_token"] == second
    for _ in range(19):
        world.wire.now += 31
        stable(world, force_refresh=True)
    world.wire.now += 31
    assert stable(world, force_refresh=True)["errcode"] == 45009


def test_a_plain_token_ends_five_minutes_after_its_successor_came(world: World) -> None:
    first, second = plain(world), plain(world)
    assert works(world, first) == 0
    world.wire.now += 301
    assert (works(world, first), works(world, second)) == (42001, 0)


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"appid": "wxother"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"secret": None}, 40125),
        ({"secret": "密"}, 40125),
        ({"grant_type": "x"}, 40002),
    ],
)
def test_wrong_credentials_get_no_token(world: World, change: dict[str, Any], errcode: int) -> None:
    assert stable(world, **change)["errcode"] == errcode


@pytest.mark.parametrize(("token", "errcode"), [("bad", 40001), ("", 41001)])
@pytest.mark.parametrize("path", ["message/custom/send", "message/template/send", "message/custom/typing", "menu/get"])
def test_without_a_good_token_nothing_works(world: World, path: str, token: str, errcode: int) -> None:
    assert world.api(path, {}, token=token)["errcode"] == errcode


# ---- customer messages


def test_five_messages_after_the_patient_wrote(world: World) -> None:
    phone = world.phone()
    world.wire.now += 61  # the three of the follow are over
    world.send(phone, text="你好")
    assert [world.push(phone, str(n)) for n in range(6)] == [0, 0, 0, 0, 0, 45047]
    world.send(phone, text="还在吗")
    assert world.push(phone) == 0


def test_48_hours_later_the_window_is_closed(world: World) -> None:
    phone = world.phone()
    world.send(phone, text="你好")
    world.wire.now += 48 * 3600
    assert world.push(phone) == 0
    world.wire.now += 1
    assert world.push(phone) == 45015


@pytest.mark.parametrize(
    "tap", [{"type": "click", "key": "k"}, {"type": "scan", "scene": "s"}, {"text": "是", "menu_id": "1"}]
)
def test_a_tap_is_good_for_three_messages_within_a_minute(world: World, tap: dict[str, str]) -> None:
    phone = world.phone()
    world.wire.now += 100
    assert world.push(phone) == 45015
    world.send(phone, **tap)
    assert [world.push(phone) for _ in range(4)] == [0, 0, 0, 45047]
    world.wire.now += 61
    assert world.push(phone) == 45015


def test_a_tap_is_used_before_the_long_window(world: World) -> None:
    phone = world.phone()
    world.wire.now += 61
    world.send(phone, text="你好")
    world.send(phone, type="click", key="k")
    assert [world.push(phone) for _ in range(9)] == [0] * 8 + [45047]


def test_opening_a_page_buys_nothing(world: World) -> None:
    phone = world.phone()
    world.wire.now += 61
    world.send(phone, type="view", url="http://localhost:8000/")
    assert world.push(phone) == 45015


def test_who_left_cannot_be_reached(world: World) -> None:
    phone = world.phone()
    world.send(phone, text="你好")
    world.send(phone, type="unsubscribe")
    assert world.push(phone) == 43004
    template = {"touser": phone["openid"], "template_id": "TM1", "data": FIELDS}
    assert world.api("message/template/send", template)["errcode"] == 43004


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"touser": "onobody"}, 40003),
        ({"touser": None}, 40003),
        ({"touser": ["o"]}, 40003),
        ({"text": {"content": "字" * 683}}, 45002),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": 5}}, 44004),
        ({"text": "您好"}, 47001),
        ({"msgtype": "poem"}, 40008),
        ({"msgtype": None}, 40008),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}, {"title": "b"}]}}, 45008),
        ({"msgtype": "msgmenu", "msgmenu": {"list": []}}, 47001),
    ],
)
def test_a_message_the_platform_refuses_costs_nothing(world: World, change: dict[str, Any], errcode: int) -> None:
    phone = world.phone()
    world.wire.now += 61
    world.send(phone, text="你好")
    body = {"touser": phone["openid"], "msgtype": "text", "text": {"content": "您好"}, **change}
    assert world.api("message/custom/send", body)["errcode"] == errcode
    assert [world.push(phone) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"touser": "\\ud800"}', b"\xff", b"[" * 50_000, b" " * 70_000])
def test_junk_is_47001_under_200(world: World, data: bytes) -> None:
    answer = world.client.post(f"/sim/api/cgi-bin/message/custom/send?access_token={world.token()}", data=data)
    assert (answer.status_code, answer.get_json()["errcode"]) == (200, 47001)


def test_a_push_is_a_bubble_of_its_own_kind(world: World) -> None:
    phone = world.phone()
    assert world.push(phone, '请看 <a href="http://localhost:8000/h5/x">这里</a>') == 0
    bubble = world.shown(phone)[-1]
    assert (bubble["side"], bubble["kind"], bubble["text"]) == ("bot", "push", "请看 这里")
    assert bubble["parts"][1] == {"t": "page", "text": "这里", "path": "/h5/x"}


def test_a_msgmenu_becomes_choices(world: World) -> None:
    phone = world.phone()
    menu = {
        "head_content": "满意吗？",
        "list": [{"id": "1", "content": "满意"}, {"id": "2", "content": "不"}],
        "tail_content": "谢谢",
    }
    body = {"touser": phone["openid"], "msgtype": "msgmenu", "msgmenu": menu}
    assert world.api("message/custom/send", body)["errcode"] == 0
    bubble = world.shown(phone)[-1]
    assert bubble["text"] == "满意吗？\n满意\n不\n谢谢"
    assert [(p["content"], p["id"]) for p in bubble["parts"] if p["t"] == "reply"] == [
        ("满意", "1"),
        ("不", "2"),
    ]


# ---- typing


def test_typing_shows_once_and_ends_with_the_answer(world: World) -> None:
    phone = world.phone()
    world.send(phone, text="你好")
    typing = {"touser": phone["openid"], "command": "Typing"}
    assert world.api("message/custom/typing", typing)["errcode"] == 0
    assert world.client.get(f"/sim/phones/{phone['id']}").get_json()["typing"] == 30.0
    assert world.api("message/custom/typing", typing)["errcode"] == 45081
    world.push(phone)
    assert world.client.get(f"/sim/phones/{phone['id']}").get_json()["typing"] == 0.0
    assert world.api("message/custom/typing", {**typing, "command": "Dance"})["errcode"] == 45072
    world.wire.now += 31
    assert world.api("message/custom/typing", typing)["errcode"] == 45080


# ---- template messages

FIELDS = {"thing1": {"value": "心血管内科"}, "time2": {"value": "2026年11月24日 09:00"}}


def send_template(world: World, phone: dict[str, Any], **change: Any) -> dict[str, Any]:
    body = {"touser": phone["openid"], "template_id": "TM1", "data": FIELDS, **change}
    return world.api("message/template/send", body)


def test_a_template_message_is_a_card_and_its_event_follows(world: World) -> None:
    phone = world.phone()
    world.wire.now += 10 * 24 * 3600  # no window is needed
    told = send_template(world, phone, url="http://localhost:8000/h5/booking")
    card = world.shown(phone)[-1]
    assert (card["kind"], card["card"]["title"], card["card"]["path"]) == (
        "template",
        "就诊提醒",
        "/h5/booking",
    )
    assert card["card"]["rows"][0] == {"label": "科室", "value": "心血管内科"}
    world.run()
    heard = world.product.heard[-1]
    assert (heard["Event"], heard["MsgID"], heard["Status"]) == (
        "TEMPLATESENDJOBFINISH",
        str(told["msgid"]),
        "success",
    )


def test_a_client_msg_id_works_once_in_ten_minutes(world: World) -> None:
    phone = world.phone()
    first = send_template(world, phone, client_msg_id="n1")
    assert send_template(world, phone, client_msg_id="n1") == first
    assert [message["kind"] for message in world.shown(phone)].count("template") == 1
    world.wire.now += 601
    send_template(world, phone, client_msg_id="n1")
    assert [message["kind"] for message in world.shown(phone)].count("template") == 2


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"template_id": "TM9"}, 40037),
        ({"template_id": None}, 40037),
        ({"template_id": ["TM1"]}, 40037),
        ({"data": {}}, 47001),
        ({"data": "x"}, 47001),
        ({"data": {"thing1": {"value": "心"}}}, 47003),
        ({"data": {**FIELDS, "thing1": {"value": "字" * 21}}}, 47003),
        ({"data": {**FIELDS, "thing1": {"value": "一\n二"}}}, 47003),
        ({"data": {**FIELDS, "thing1": {"value": ""}}}, 47003),
        ({"data": {**FIELDS, "thing1": "心"}}, 47003),
        ({"data": {**FIELDS, "time2": {"value": "明天上午"}}}, 47003),
        ({"data": {**FIELDS, "thing3": {"value": "多"}}}, 47003),
    ],
)
def test_a_bad_template_is_refused(world: World, change: dict[str, Any], errcode: int) -> None:
    phone = world.phone()
    assert send_template(world, phone, **change)["errcode"] == errcode
    assert "template" not in [message["kind"] for message in world.shown(phone)]


# ---- menu


def leaf(name: str = "预约", **more: Any) -> dict[str, Any]:
    return {"type": "click", "name": name, "key": "k", **more}


def test_the_menu_is_the_default_until_the_product_makes_one(world: World) -> None:
    shown = "/sim/changes?phones="
    assert world.client.get(shown).get_json()["menu"][0]["key"] == "book"
    assert world.api("menu/get")["errcode"] == 46003
    assert world.api("menu/create", {"button": [leaf("看病")]})["errcode"] == 0
    assert world.client.get(shown).get_json()["menu"] == [leaf("看病")]
    assert world.api("menu/get")["menu"]["button"] == [leaf("看病")]
    assert world.api("menu/delete")["errcode"] == 0
    assert world.client.get(shown).get_json()["menu"] == []


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        (None, 40016),
        ([], 40016),
        ([leaf()] * 4, 40016),
        (["x"], 40018),
        ([leaf("很长很长的名字")], 40018),
        ([leaf(key="k" * 129)], 40019),
        ([{"type": "view", "name": "页"}], 40020),
        ([{"type": "dance", "name": "舞"}], 40017),
        ([{"name": "多", "sub_button": [leaf()] * 6}], 40023),
        ([{"name": "多", "sub_button": ["x"]}], 40018),
    ],
)
def test_a_menu_against_the_rules_is_refused(world: World, buttons: Any, errcode: int) -> None:
    assert world.api("menu/create", {"button": buttons})["errcode"] == errcode


def test_the_callback_addresses_are_told(world: World) -> None:
    assert world.api("getcallbackip")["ip_list"] == ["127.0.0.1"]


# ---- codes with a scene


def _code(world: World, scene: Any, action: str = "QR_LIMIT_STR_SCENE") -> Any:
    return world.api("qrcode/create", {"action_name": action, "action_info": {"scene": {"scene_str": scene}}})


def test_a_scene_has_one_lasting_address(world: World) -> None:
    first = _code(world, "checkin:yh.k01")
    assert first["url"].startswith("http://weixin.qq.com/q/")
    assert _code(world, "checkin:yh.k01") == first
    assert _code(world, "checkin:yh.k02")["url"] != first["url"]


@pytest.mark.parametrize("scene", ["", "s" * 65, 7, None])
def test_a_scene_that_does_not_fit_has_none(world: World, scene: Any) -> None:
    assert _code(world, scene)["errcode"] == 40169


def test_other_kinds_of_codes_are_not_made(world: World) -> None:
    assert _code(world, "x", action="QR_SCENE")["errcode"] == 40053
    assert world.api("qrcode/create", {"action_name": "QR_LIMIT_STR_SCENE", "action_info": []})["errcode"] == 40169
