"""Faults on command: each breaks what it says, as often as it says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.simulator.courier import FAULT
from connectors.simulator.database import Database
from connectors.simulator.faults import CALLS, Faults
from connectors.simulator.peer import Peer
from tests.connectors.simulator.conftest import SIM, World
from tests.connectors.simulator.naive import Naive

SEND = "message/custom/send"
STATUS = "/cgi-bin/getcallbackip"


# ---- calls, over real sockets


@pytest.fixture(scope="module")
def shared() -> Iterator[Peer]:
    with Peer() as peer:
        peer.serve(Naive(peer).app())
        yield peer


@pytest.fixture
def wechat(shared: Peer) -> Iterator[Peer]:
    yield shared
    shared.faults.clear()


def token(wechat: Peer) -> str:
    body = {"grant_type": "client_credential", "appid": wechat.config.app_id, "secret": wechat.config.app_secret}
    told: str = requests.post(f"{wechat.api_base}/cgi-bin/stable_token", json=body, timeout=5).json()["access_token"]
    return told


def call(wechat: Peer, path: str = STATUS, body: Any = None, *, value: str = "") -> Any:
    query = {"access_token": value or token(wechat)}
    return requests.post(wechat.api_base + path, params=query, json=body or {}, timeout=5)


def send(wechat: Peer, openid: str) -> Any:
    return call(wechat, f"/cgi-bin/{SEND}", {"touser": openid, "msgtype": "text", "text": {"content": "news"}})


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_storm_kills_every_token_until_a_new_one_is_fetched(wechat: Peer, code: int) -> None:
    before = token(wechat)
    wechat.tokens_die(code)
    assert [call(wechat, value=before).json()["errcode"] for _ in range(2)] == [code, code]
    assert token(wechat) != before
    assert "ip_list" in call(wechat).json()


def test_a_permanent_refusal_meets_every_token_but_not_the_call_that_fetches_one(wechat: Peer) -> None:
    wechat.faults.arm("errcode", value=40001)
    assert [call(wechat).json()["errcode"] for _ in range(2)] == [40001, 40001]


def test_a_code_is_answered_so_often_and_only_on_its_way(wechat: Peer) -> None:
    wechat.faults.arm("errcode", "message/*", -1, times=2)
    user = wechat.user()
    assert call(wechat).json().get("errcode", 0) == 0
    assert [send(wechat, user.openid).json()["errcode"] for _ in range(3)] == [-1, -1, 0]
    assert user.sees().count("news") == 1


def test_a_minute_quota_ends_with_the_minute(wechat: Peer) -> None:
    wechat.faults.arm("errcode", value=45011, until=wechat.clock() + 60)
    assert call(wechat).json()["errcode"] == 45011
    wechat.clock.advance(60)
    assert "ip_list" in call(wechat).json()


def test_a_reset_line_carries_nothing_out(wechat: Peer) -> None:
    user = wechat.user()
    wechat.faults.arm("reset", SEND, times=1)
    with pytest.raises(requests.ConnectionError):
        send(wechat, user.openid)
    assert "news" not in user.sees()
    assert wechat.calls(SEND)[-1] == "reset"


def test_a_lost_answer_was_carried_out(wechat: Peer) -> None:
    user = wechat.user()
    wechat.faults.arm("lost", SEND, times=1)
    with pytest.raises(requests.ConnectionError):
        send(wechat, user.openid)
    assert user.sees().count("news") == 1
    assert wechat.calls(SEND)[-1] == "lost 0"


def test_a_call_that_does_not_exist_is_noted(wechat: Peer) -> None:
    assert call(wechat, "/cgi-bin/clear_quota").json()["errcode"] == 40066
    assert wechat.calls("clear_quota") == ["40066"]


def test_a_gateway_page_is_no_json(wechat: Peer) -> None:
    wechat.faults.arm("html", times=1)
    answer = call(wechat)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")


def test_an_absolute_path_and_a_token_call_are_broken_by_their_names(wechat: Peer) -> None:
    wechat.faults.arm("errcode", "stable_token", 40164, times=1)
    body = {"grant_type": "client_credential", "appid": wechat.config.app_id, "secret": wechat.config.app_secret}
    told = requests.post(f"{wechat.api_base}/cgi-bin/stable_token", json=body, timeout=5).json()
    assert told["errcode"] == 40164
    wechat.faults.arm("errcode", "/sns/oauth2/*", -1, times=1)
    assert requests.get(f"{wechat.api_base}/sns/oauth2/access_token", timeout=5).json()["errcode"] == -1


def test_a_slow_answer_takes_its_seconds(world: World) -> None:
    world.client.post("/sim/faults", json={"name": "slow", "times": 1}, headers=SIM)
    began = world.wire.now
    assert "ip_list" in world.api("getcallbackip")
    assert world.wire.now - began == 6.0
    world.api("getcallbackip")
    assert world.wire.now - began == 6.0


def test_a_share_breaks_that_share(tmp_path: Any) -> None:
    dice = iter([0.1, 0.9, 0.1, 0.9])
    faults = Faults(Database(tmp_path / "f.db"), lambda: next(dice))
    faults.arm("errcode", value=-1, share=0.5)
    assert [len(faults.take("x", CALLS, now=0.0)) for _ in range(4)] == [1, 0, 1, 0]


def test_a_fault_that_does_not_exist_is_a_mistake_of_the_test(wechat: Peer) -> None:
    with pytest.raises(ValueError, match="explosion"):
        wechat.faults.arm("explosion")


# ---- deliveries


def test_the_second_message_overtakes_the_first(wechat: Peer) -> None:
    product = Naive(wechat)
    wechat.serve(product.app())
    user = wechat.user()
    product.asked.clear()
    wechat.faults.arm("late", value=0.6, times=1)
    user.says_quickly("first", "second")
    assert product.asked == ["second", "first"]


def test_a_message_comes_twice(world: World) -> None:
    phone = world.phone()
    world.client.post("/sim/faults", json={"name": "twice", "times": 1}, headers=SIM)
    world.send(phone, text="你好")
    world.send(phone, text="再见")
    assert [message.get("Content") for message in world.product.heard[1:]] == ["你好", "你好", "再见"]


def test_after_many_failures_nothing_is_pushed_for_a_minute(world: World) -> None:
    """50 within a minute, as SimulatorConfig says."""
    phone = world.phone()
    world.product.raw, world.product.content_type = b"error", "text/html"
    for _ in range(51):
        world.send(phone, text="你好")
    assert len(world.wire.posts) == 1 + 50
    assert world.texts_on(phone, "system").count(FAULT) == 51
    assert world.client.get("/sim/faults").get_json()["stopped"] is True
    world.product.raw, world.product.content_type = None, "text/xml"
    world.wire.now += 60
    world.send(phone, text="你好")
    assert world.texts_on(phone)[-1] == "收到：你好"


def test_failures_far_apart_stop_nothing(world: World) -> None:
    phone = world.phone()
    for _ in range(20):
        world.wire.plan = [9.0] * 3
        world.send(phone, text="你好")
    assert len(world.wire.posts) == 61


# ---- the panel


def test_the_panel_arms_and_mends(world: World) -> None:
    told = world.client.post("/sim/faults", json={"name": "busy", "times": 3}, headers=SIM).get_json()
    assert [(fault["label"], fault["times"]) for fault in told["armed"]] == [("系统繁忙（-1）", 3)]
    assert world.api("getcallbackip")["errcode"] == -1
    told = world.client.get("/sim/faults").get_json()
    assert told["armed"][0]["times"] == 2
    assert (told["calls"][0]["path"], told["calls"][0]["outcome"]) == ("getcallbackip", "-1")
    world.client.post("/sim/faults", json={"name": "plain"}, headers=SIM)
    told = world.client.post("/sim/faults/clear", json={"id": told["armed"][0]["id"]}, headers=SIM).get_json()
    assert [fault["label"] for fault in told["armed"]] == ["不加密的冒充消息"]
    assert world.client.post("/sim/faults/clear", json={}, headers=SIM).get_json()["armed"] == []


def test_every_choice_of_the_panel_can_be_armed(world: World) -> None:
    for choice in world.client.get("/sim/faults").get_json()["choices"]:
        told = world.client.post("/sim/faults", json={"name": choice["name"]}, headers=SIM).get_json()
        assert choice["name"] == "tokens" or told["armed"][-1]["label"] == choice["label"]


@pytest.mark.parametrize("body", [{"name": "no"}, {"name": ["busy"]}, {}, {"name": "busy", "times": 0}])
def test_the_panel_takes_no_nonsense(world: World, body: dict[str, Any]) -> None:
    assert world.client.post("/sim/faults", json=body, headers=SIM).status_code == 400
    assert world.client.post("/sim/faults", json={"name": "busy"}).status_code == 403
    assert world.client.get("/sim/faults").get_json()["armed"] == []
