"""The fake platform's tags, menus by tag, codes and ticket, with the limits of the real one."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulator import api_followers
from tests.connectors.simulator.conftest import World

BUTTONS = [{"type": "click", "name": "探视", "key": "visiting"}]


def tag(world: World, name: str = "家属") -> int:
    number: int = world.api("tags/create", {"tag": {"name": name}})["tag"]["id"]
    return number


def code(world: World, path: str, body: Any = None) -> int:
    return int(world.api(path, body).get("errcode", 0))


def test_a_tag_is_put_on_and_taken_off(world: World) -> None:
    phone, family = world.phone(), tag(world)
    users = {"openid_list": [phone["openid"]], "tagid": family}
    assert code(world, "tags/members/batchtagging", users) == 0
    assert world.api("tags/getidlist", {"openid": phone["openid"]}) == {"tagid_list": [family]}
    assert world.api("tags/get")["tags"] == [{"id": family, "name": "家属", "count": 1}]
    assert code(world, "tags/members/batchuntagging", users) == 0
    assert world.api("tags/getidlist", {"openid": phone["openid"]}) == {"tagid_list": []}


@pytest.mark.parametrize(
    ("path", "body", "errcode"),
    [
        ("tags/create", {"tag": {"name": ""}}, 45158),
        ("tags/create", {"tag": {"name": "字" * 31}}, 45158),
        ("tags/create", {"tag": {"name": "家属"}}, 45157),
        ("tags/members/batchtagging", {"openid_list": [], "tagid": 100}, 40032),
        ("tags/members/batchtagging", {"openid_list": ["o"] * 51, "tagid": 100}, 40032),
        ("tags/members/batchtagging", {"openid_list": ["o-nobody"], "tagid": 100}, 40003),
        ("tags/members/batchtagging", {"openid_list": ["o-nobody"], "tagid": 7}, 45159),
        ("menu/addconditional", {"button": BUTTONS, "matchrule": {"tag_id": "100"}}, 46003),
        ("menu/delconditional", {"menuid": "5"}, 65301),
        ("ticket/getticket", {}, 40035),
        ("qrcode/create", {"action_name": "QR_FLY"}, 40053),
    ],
)
def test_what_the_platform_refuses(world: World, path: str, body: dict[str, Any], errcode: int) -> None:
    tag(world)
    assert code(world, path, body) == errcode


def test_there_are_so_many_tags_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_followers, "TAGS", 2)
    monkeypatch.setattr(api_followers, "PER_USER", 1)
    phone, first, second = world.phone(), tag(world, "a"), tag(world, "b")
    assert code(world, "tags/create", {"tag": {"name": "c"}}) == 45056
    for number, errcode in ((first, 0), (first, 0), (second, 45059)):
        users = {"openid_list": [phone["openid"]], "tagid": number}
        assert code(world, "tags/members/batchtagging", users) == errcode


def test_a_menu_by_tag_stands_beside_that_of_everybody(world: World) -> None:
    family = tag(world)
    assert code(world, "menu/create", {"button": BUTTONS}) == 0
    made = world.api("menu/addconditional", {"button": BUTTONS, "matchrule": {"tag_id": str(family)}})["menuid"]
    [shown] = world.api("menu/get")["conditionalmenu"]
    assert (str(shown["menuid"]), shown["matchrule"], shown["button"]) == (made, {"group_id": str(family)}, BUTTONS)
    assert code(world, "menu/delconditional", {"menuid": made}) == 0
    assert "conditionalmenu" not in world.api("menu/get")


def test_the_ticket_needs_a_token(world: World) -> None:
    path, query = "/sim/api/cgi-bin/ticket/getticket", {"type": "jsapi", "access_token": world.token()}
    assert world.client.get(path, query_string=query).get_json()["expires_in"] == 7200
    assert world.client.get(path, query_string={"type": "jsapi"}).get_json()["errcode"] == 41001


def test_a_temporary_code_is_given_too(world: World) -> None:
    body = {"action_name": "QR_STR_SCENE", "expire_seconds": 60, "action_info": {"scene": {"scene_str": "dept:1"}}}
    assert world.api("qrcode/create", body)["url"].startswith("http://weixin.qq.com/q/")
