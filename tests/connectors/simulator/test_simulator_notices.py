"""The fake platform's services of the city and 订阅通知: a card on the phone, once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.connectors.simulator.conftest import APP_ID, World

CARE = "/cityservice/sendchannelmsg"


def care(world: World, phone: dict[str, Any], **changes: Any) -> dict[str, Any]:
    body = {"status": 1501001, "open_id": phone["openid"], "order_id": "b_1", "msg_id": "n1"}
    body |= {"app_id": APP_ID, "business_id": 150, "business_info": json.dumps({"pat_name": "李*龙"})}
    answer = world.client.post(f"/sim/api{CARE}", query_string={"access_token": world.token()}, json=body | changes)
    told: dict[str, Any] = answer.get_json()
    return told


def test_a_message_of_a_service_is_a_card_and_the_same_one_is_shown_once(world: World) -> None:
    phone = world.phone()
    assert [care(world, phone)["errcode"] for _ in range(2)] == [0, 0]
    cards = [bubble["card"] for bubble in world.shown(phone) if bubble["kind"] == "service"]
    assert [card["rows"] for card in cards] == [[{"label": "pat_name", "value": "李*龙"}]]
    care(world, phone, msg_id="n2")
    assert [bubble["kind"] for bubble in world.shown(phone)].count("service") == 2


def test_a_bad_message_does_not_use_up_its_id(world: World) -> None:
    phone = world.phone()
    assert care(world, phone, business_info="not json")["errcode"] == 82446
    assert care(world, phone)["errcode"] == 0
    world.wire.now += 86_400
    care(world, phone)
    assert [bubble["kind"] for bubble in world.shown(phone)].count("service") == 1


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ({"status": 7}, 82446),
        ({"business_info": "not json"}, 82446),
        ({"business_info": '{"a": 1}'}, 82446),
        ({"business_id": 1}, 47001),
        ({"app_id": "other"}, 47001),
        ({"msg_id": ""}, 47001),
        ({"open_id": "nobody"}, 40003),
    ],
)
def test_what_the_service_does_not_like_is_refused(world: World, odd: dict[str, Any], code: int) -> None:
    assert care(world, world.phone(), **odd)["errcode"] == code


def test_a_subscription_message_is_a_card_with_its_page(world: World) -> None:
    phone = world.phone()
    data = {"thing1": {"value": "心血管内科"}, "time2": {"value": "2026年11月24日 09:30"}}
    body = {"touser": phone["openid"], "template_id": "TM1", "data": data, "page": "http://localhost:8000/h5/inbox"}
    assert world.api("message/subscribe/bizsend", body)["errcode"] == 43101
    world.send(phone, type="consent", template="TM1", accept=True)
    told = world.api("message/subscribe/bizsend", body)
    card = world.shown(phone)[-1]["card"]
    assert (card["title"], card["path"]) == ("就诊提醒", "/h5/inbox")
    world.run()
    heard = world.product.heard[-1]
    assert (heard["Event"], told["errcode"]) == ("subscribe_msg_sent_event", 0)
    assert world.api("message/subscribe/bizsend", body)["errcode"] == 43101  # one yes, one message
    world.send(phone, type="unsubscribe")
    assert world.api("message/subscribe/bizsend", body)["errcode"] == 43101
