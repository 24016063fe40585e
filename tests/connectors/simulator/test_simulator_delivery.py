"""From a phone to the product and back: attempts, faults, bad networks."""

from __future__ import annotations

import pytest

from connectors.simulator.courier import FAULT
from connectors.simulator.transport import Answer, NoAnswer
from tests.connectors.simulator.conftest import ACCOUNT, Wire, World, query_of


def heard_texts(world: World) -> list[str]:
    return [message["Content"] for message in world.product.heard if message["MsgType"] == "text"]


def starts(wire: Wire, since: float) -> list[float]:
    return [round(at - since, 3) for at, _, _ in wire.posts]


def test_a_text_goes_out_sealed_and_the_answer_comes_back(world: World) -> None:
    phone = world.phone()
    assert world.send(phone, text="我想挂号]]>&<b>").status_code == 202
    heard = world.product.heard[-1]
    assert heard["Content"] == "我想挂号]]>&<b>"
    assert (heard["ToUserName"], heard["FromUserName"]) == (ACCOUNT, phone["openid"])
    assert heard["MsgId"].isdigit()
    assert int(heard["MsgId"]) < 2**63
    assert world.texts_on(phone)[-1] == "收到：我想挂号]]>&<b>"


def test_following_sends_the_event_without_a_message_id(world: World) -> None:
    world.phone()
    assert world.product.heard[0]["Event"] == "subscribe"
    assert "MsgId" not in world.product.heard[0]


@pytest.mark.parametrize("answer", ["success", ""])
def test_success_and_empty_show_nothing(world: World, answer: str) -> None:
    phone = world.phone()
    before = len(world.shown(phone))
    world.product.reply = lambda _message: answer
    world.send(phone, text="你好")
    assert [message["side"] for message in world.shown(phone)[before:]] == ["me"]


def test_three_attempts_at_0_5_and_10_seconds_then_the_banner(world: World) -> None:
    phone = world.phone()
    world.wire.posts.clear()
    world.wire.plan, began = [9.0, 9.0, 9.0], world.wire.now
    world.send(phone, text="你好")
    assert starts(world.wire, began) == [0.0, 5.0, 10.0]
    assert world.wire.now - began == 15.0
    assert world.texts_on(phone, "system")[-1] == FAULT


def test_a_refused_line_is_tried_again_at_the_same_times(world: World) -> None:
    phone = world.phone()
    world.wire.posts.clear()
    world.wire.plan, began = (
        [NoAnswer("ConnectionRefusedError"), Answer(502, "text/html", b"")],
        world.wire.now,
    )
    world.send(phone, text="你好")
    assert starts(world.wire, began) == [0.0, 5.0, 10.0]
    assert world.texts_on(phone)[-1] == "收到：你好"


def test_an_answer_just_in_time_needs_one_attempt(world: World) -> None:
    phone = world.phone()
    world.wire.posts.clear()
    world.wire.plan = [4.9]
    world.send(phone, text="你好")
    assert len(world.wire.posts) == 1
    assert world.texts_on(phone)[-1] == "收到：你好"


def test_attempts_share_the_message_but_are_sealed_anew(world: World) -> None:
    phone = world.phone()
    world.set(phone, drop_first=True)
    world.wire.posts.clear()
    world.send(phone, text="你好")
    first, second = world.product.heard[-2:]
    assert first == second
    (_, url, body), (_, other_url, other_body) = world.wire.posts
    assert query_of(url)["nonce"] != query_of(other_url)["nonce"]
    assert body != other_body


def test_a_dropped_first_answer_is_shown_after_the_second(world: World) -> None:
    phone = world.phone()
    world.set(phone, drop_first=True)
    world.wire.posts.clear()
    began = world.wire.now
    world.send(phone, text="你好")
    assert starts(world.wire, began) == [0.0, 5.0]
    assert world.texts_on(phone).count("收到：你好") == 1


def test_a_duplicate_is_delivered_but_its_answer_is_not_shown(world: World) -> None:
    phone = world.phone()
    world.set(phone, duplicate=True)
    world.send(phone, text="你好")
    assert heard_texts(world) == ["你好", "你好"]
    assert world.product.heard[-1]["MsgId"] == world.product.heard[-2]["MsgId"]
    assert world.texts_on(phone).count("收到：你好") == 1


def test_a_slow_network_delays_both_ways(world: World) -> None:
    phone = world.phone()
    world.set(phone, slow=True)
    began = world.wire.now
    world.send(phone, text="你好")
    assert world.wire.slept[-2:] == [2.0, 1.0]
    assert world.shown(phone)[-1]["at"] == began + 3.0


def test_offline_holds_everything_and_keeps_the_order(world: World) -> None:
    phone = world.phone()
    world.send(phone, text="在线")
    world.set(phone, offline=True)
    for text in ("一", "二", "三"):
        world.send(phone, text=text)
    assert heard_texts(world) == ["在线"]
    assert [m["state"] for m in world.shown(phone) if m["side"] == "me"] == [
        "sent",
        "queued",
        "queued",
        "queued",
    ]
    assert world.push(phone, "推送") == 0
    assert "推送" not in world.texts_on(phone)
    last = world.shown(phone)[-1]["id"]
    world.set(phone, offline=False)
    assert heard_texts(world) == ["在线", "一", "二", "三"]
    assert [message["text"] for message in world.shown(phone, last)] == [
        "推送",
        "收到：一",
        "收到：二",
        "收到：三",
    ]
    assert {m["state"] for m in world.shown(phone) if m["side"] == "me"} == {"sent"}


MALFORMED = {
    "a page": (b"<html>error</html>", "text/html"),
    "json": (b'{"error": 1}', "application/json"),
    "plain reply in safe mode": (
        b"<xml><ToUserName>o</ToUserName><MsgType>text</MsgType><Content>x</Content></xml>",
        "text/xml",
    ),
    "words": (b"KeyError: 'MsgType'", "text/plain"),
}


@pytest.mark.parametrize("case", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_answer_is_the_banner_at_once(world: World, case: tuple[bytes, str]) -> None:
    phone = world.phone()
    world.product.raw, world.product.content_type = case
    world.wire.posts.clear()
    world.send(phone, text="你好")
    assert len(world.wire.posts) == 1
    assert world.texts_on(phone, "system")[-1] == FAULT


@pytest.mark.parametrize(
    "change",
    [
        {"ToUserName": "somebody"},
        {"FromUserName": "gh_other"},
        {"CreateTime": "today"},
        {"MsgType": "poem"},
        {"Content": "字" * 683},
    ],
)
def test_a_sealed_answer_with_wrong_fields_is_the_banner(world: World, change: dict[str, str]) -> None:
    phone = world.phone()
    sealed = world.product.sealed
    world.product.sealed = lambda message: sealed(message, **change)  # type: ignore[method-assign, misc]
    world.send(phone, text="你好")
    assert world.texts_on(phone, "system")[-1] == FAULT


def test_2048_bytes_are_still_shown(world: World) -> None:
    phone = world.phone()
    world.product.reply = lambda _message: "字" * 682 + "ab"
    world.send(phone, text="你好")
    assert len(world.texts_on(phone)[-1].encode()) == 2048


def test_an_answer_sealed_under_another_content_type_is_the_banner(world: World) -> None:
    phone = world.phone()
    world.product.content_type = "text/plain"
    world.send(phone, text="你好")
    assert world.texts_on(phone, "system")[-1] == FAULT


def test_events_that_need_no_answer_show_none(world: World) -> None:
    phone = world.phone()
    before = len(world.shown(phone))
    world.send(phone, type="view", url="http://localhost:8000/h5/")
    world.wire.plan = [9.0, 9.0, 9.0]
    world.send(phone, type="view", url="http://localhost:8000/h5/")
    assert len(world.shown(phone)) == before


def test_what_a_dead_process_left_is_taken_over(world: World) -> None:
    phone = world.phone()
    world.client.post(f"/sim/phones/{phone['id']}/send", json={"text": "你好"}, headers={"X-Sim": "1"})
    world.queue.clear()  # the process ended
    world.wire.now += 20
    world.shown(phone)
    world.run()
    assert heard_texts(world) == []
    world.wire.now += 30
    world.shown(phone)
    world.run()
    assert heard_texts(world) == ["你好"]
    assert world.texts_on(phone)[-1] == "收到：你好"


def test_two_takers_send_once(world: World) -> None:
    phone = world.phone()
    world.client.post(f"/sim/phones/{phone['id']}/send", json={"text": "你好"}, headers={"X-Sim": "1"})
    world.queue.append(world.queue[0])
    world.run()
    assert heard_texts(world) == ["你好"]


def test_the_record_names_each_attempt(world: World) -> None:
    phone = world.phone()
    world.wire.plan = [9.0]
    world.send(phone, text="你好")
    record = world.client.get(f"/sim/phones/{phone['id']}/deliveries").get_json()["deliveries"][0]
    assert (record["label"], record["state"]) == ("你好", "done")
    assert [(entry["result"], entry["ms"]) for entry in record["log"]] == [("timeout", 5000), ("text", 0)]
