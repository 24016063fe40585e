"""Pages inside the phone: who opened them, codes that work once, redirects that stay here."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.connectors.simulator.conftest import APP_ID, BASE, SECRET, World

ASKED = {
    "appid": APP_ID,
    "redirect_uri": f"{BASE}/h5/me?tab=1",
    "response_type": "code",
    "scope": "snsapi_base",
    "state": "s&1",
}


def open_page(world: World, phone: dict[str, Any], url: str = "/h5/me") -> Any:
    return world.client.get("/sim/open", query_string={"phone": phone["id"], "url": url})


def authorize(world: World, **change: str) -> Any:
    return world.client.get("/sim/connect/oauth2/authorize", query_string={**ASKED, **change})


def code_from(answer: Any) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def redeem(world: World, code: str, **change: str) -> dict[str, Any]:
    query = {"appid": APP_ID, "secret": SECRET, "code": code, "grant_type": "authorization_code", **change}
    told: dict[str, Any] = world.client.get("/sim/api/sns/oauth2/access_token", query_string=query).get_json()
    return told


def test_opening_names_the_phone_and_forgets_the_session_before(world: World) -> None:
    answer = open_page(world, world.phone())
    assert (answer.status_code, answer.headers["Location"]) == (302, "/h5/me")
    cookies = answer.headers.getlist("Set-Cookie")
    named = next(cookie for cookie in cookies if cookie.startswith("sim_phone="))
    assert "HttpOnly" in named
    assert "SameSite=Lax" in named
    gone = [cookie for cookie in cookies if cookie.startswith("h5=;")]
    assert {path for cookie in gone for path in ("/", "/h5") if f"Path={path}" in cookie.split("; ")} == {
        "/",
        "/h5",
    }
    assert all("Max-Age=0" in cookie for cookie in gone)


def test_the_code_brings_the_openid_of_the_phone_that_opened_the_page(world: World) -> None:
    one, two = world.phone(), world.phone()
    open_page(world, one)
    open_page(world, two)
    answer = authorize(world)
    back = urlsplit(answer.headers["Location"])
    assert (answer.status_code, back.scheme, back.netloc, back.path) == (302, "", "", "/h5/me")
    assert parse_qs(back.query)["tab"] == ["1"]
    assert parse_qs(back.query)["state"] == ["s&1"]
    told = redeem(world, code_from(answer))
    assert (told["openid"], told["scope"]) == (two["openid"], "snsapi_base")


def test_a_code_works_once(world: World) -> None:
    open_page(world, world.phone())
    code = code_from(authorize(world))
    assert "openid" in redeem(world, code)
    assert redeem(world, code)["errcode"] == 40163


def test_a_code_is_over_after_five_minutes(world: World) -> None:
    open_page(world, world.phone())
    code = code_from(authorize(world))
    world.wire.now += 301
    assert redeem(world, code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("change", "errcode"),
    [({"code": "guess"}, 40029), ({"code": ""}, 41008), ({"secret": "x"}, 40125), ({"appid": "x"}, 40013)],
)
def test_a_wrong_exchange_gives_nothing(world: World, change: dict[str, str], errcode: int) -> None:
    open_page(world, world.phone())
    assert redeem(world, **{"code": code_from(authorize(world)), **change})["errcode"] == errcode


def test_a_code_survives_a_wrong_secret(world: World) -> None:
    open_page(world, world.phone())
    code = code_from(authorize(world))
    assert redeem(world, code, secret="x")["errcode"] == 40125
    assert "openid" in redeem(world, code)


@pytest.mark.parametrize("uri", ["http://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", ""])
def test_the_authorize_page_sends_nobody_away(world: World, uri: str) -> None:
    open_page(world, world.phone())
    answer = authorize(world, redirect_uri=uri)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "change", [{"appid": "wx"}, {"scope": "all"}, {"response_type": "token"}, {"state": "x" * 129}]
)
def test_a_wrong_request_gets_no_code(world: World, change: dict[str, str]) -> None:
    open_page(world, world.phone())
    assert authorize(world, **change).status_code == 400


def test_outside_a_phone_there_is_no_code(world: World) -> None:
    answer = authorize(world)
    assert answer.status_code == 400
    assert "请在微信客户端打开链接" in answer.get_data(as_text=True)


@pytest.mark.parametrize("url", ["http://evil.example/", "//evil.example", "/\\e", "", "/sim/open?url=/sim/open"])
def test_open_leads_only_to_our_own_pages(world: World, url: str) -> None:
    answer = open_page(world, world.phone(), url)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_open_needs_a_phone(world: World) -> None:
    assert open_page(world, {"id": "p_nobody"}).status_code == 400
