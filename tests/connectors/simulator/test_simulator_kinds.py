"""Account types: what an account may not do answers as the platform answers, and nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from connectors.simulator import kinds
from connectors.simulator.config import AccountKind
from tests.connectors.simulator import conftest
from tests.connectors.simulator.conftest import ACCOUNT, APP_ID, World

KINDS = get_args(AccountKind)
CALLS = {
    "menu/create": {"button": [{"type": "click", "name": "A", "key": "a"}]},
    "message/custom/send": {"msgtype": "text", "text": {"content": "hello"}},
    "message/template/send": {"template_id": "TM1", "data": {"thing1": {"value": "a"}, "time2": {"value": "09:00"}}},
    "qrcode/create": {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "a"}}},
}
ALLOWED = {
    "unverified_subscription": [],
    "verified_subscription": ["menu/create", "message/custom/send"],
    "unverified_service": ["menu/create"],
    "verified_service": list(CALLS),
    "sandbox": list(CALLS),
}


@pytest.fixture
def kind() -> AccountKind:
    return "verified_service"


@pytest.fixture
def world(tmp_path: Path, kind: AccountKind, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The usual world, of an account of this kind."""
    usual = conftest.make_config
    monkeypatch.setattr(conftest, "make_config", lambda path, texts: replace(usual(path, texts), kind=kind))
    yield from conftest.world.__wrapped__(tmp_path)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", CALLS)
def test_each_kind_may_call_what_its_row_of_the_table_says(world: World, kind: str, path: str) -> None:
    phone = world.phone()
    before = len(world.shown(phone))
    code = world.api(path, {"touser": phone["openid"], **CALLS[path]}).get("errcode", 0)
    assert code == (0 if path in ALLOWED[kind] else 48001)
    if code:
        assert len(world.shown(phone)) == before


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_hears_and_answers(world: World, kind: str) -> None:
    phone = world.phone()
    world.send(phone, text="你好")
    assert world.texts_on(phone)[-1] == "收到：你好"


@pytest.mark.parametrize("kind", ["unverified_service", "unverified_subscription"])
def test_typing_says_wrong_account_type(world: World) -> None:
    assert world.api("message/custom/typing", {"touser": "o", "command": "Typing"})["errcode"] == 40200


@pytest.mark.parametrize("kind", KINDS)
def test_only_some_can_ask_who_looks_at_a_page(world: World, kind: str) -> None:
    phone = world.phone()
    world.client.get(f"/sim/open?phone={phone['id']}&url=/h5/")
    query = f"appid={APP_ID}&redirect_uri=%2Fh5%2F&response_type=code&scope=snsapi_base&state=1"
    answer = world.client.get(f"/sim/connect/oauth2/authorize?{query}")
    assert answer.status_code == (302 if kind in {"verified_service", "sandbox"} else 400)


@pytest.mark.parametrize(("kind", "comes"), [("verified_service", "m1"), ("sandbox", None)])
def test_the_sandbox_sends_no_menu_id(world: World, comes: str | None) -> None:
    phone = world.phone()
    world.send(phone, text="预约", menu_id="m1")
    heard = world.product.heard[-1]
    assert (heard["Content"], heard.get("bizmsgmenuid"), heard["ToUserName"]) == ("预约", comes, ACCOUNT)
    assert "MsgId" in heard


def test_a_bare_tap_has_no_ids_at_all(world: World) -> None:
    phone = world.phone()
    world.client.post("/sim/faults", json={"name": "bare", "times": 1}, headers=conftest.SIM)
    world.send(phone, text="预约", menu_id="m1")
    world.send(phone, text="预约", menu_id="m1")
    bare, usual = world.product.heard[-2:]
    assert not {"MsgId", "bizmsgmenuid"} & set(bare)
    assert {"MsgId", "bizmsgmenuid"} <= set(usual)


@pytest.mark.parametrize("path", ["/cityservice/sendchannelmsg", "/cgi-bin/message/subscribe/bizsend"])
def test_notices_are_for_verified_services(path: str) -> None:
    kinds.check("verified_service", path)
    with pytest.raises(Exception, match="unauthorized"):
        kinds.check("verified_subscription", path)


def test_what_the_table_does_not_name_is_open() -> None:
    for kind in KINDS:
        kinds.check(kind, "/cgi-bin/getcallbackip")
    assert all(set(ALLOWED[kind]) <= set(CALLS) for kind in KINDS)


def test_taps_open_the_short_window_whatever_they_carry(world: World) -> None:
    phone = world.phone()
    world.wire.now += 61
    told: list[Any] = [world.push(phone)]
    world.client.post("/sim/faults", json={"name": "bare", "times": 1}, headers=conftest.SIM)
    world.send(phone, text="预约", menu_id="m1")
    told += [world.push(phone) for _ in range(4)]
    assert told == [45015, 0, 0, 0, 45047]
