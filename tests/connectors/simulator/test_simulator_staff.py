"""The account's customer service: who is online, and the events of their sessions; recordings with words."""

from __future__ import annotations

import pytest

from connectors.simulator.sound import HEADER, recording, words_of
from tests.connectors.simulator.conftest import SIM, World

ONLINE = "/sim/api/cgi-bin/customservice/getonlinekflist"


def test_nobody_is_online_until_somebody_is_set(world: World) -> None:
    token = world.token()
    assert world.client.get(ONLINE, query_string={"access_token": token}).get_json() == {"kf_online_list": []}
    body = {"staff": [{"account": "kf2001@test", "cases": 2}, {"account": "kf2002@test"}]}
    assert world.client.post("/sim/staff", json=body, headers=SIM).status_code == 200
    listed = world.client.get(ONLINE, query_string={"access_token": token}).get_json()["kf_online_list"]
    assert [(one["kf_account"], one["status"], one["accepted_case"]) for one in listed] == [
        ("kf2001@test", 1, 2),
        ("kf2002@test", 1, 0),
    ]


def test_without_a_token_nobody_learns_who_is_online(world: World) -> None:
    assert world.client.get(ONLINE).get_json()["errcode"] in {40001, 40014, 41001}


@pytest.mark.parametrize(
    ("act", "event", "field"),
    [
        ("create", "kf_create_session", "KfAccount"),
        ("switch", "kf_switch_session", "ToKfAccount"),
        ("close", "kf_close_session", "KfAccount"),
    ],
)
def test_the_product_hears_of_sessions(world: World, act: str, event: str, field: str) -> None:
    world.client.post("/sim/staff", json={"staff": [{"account": "kf2001@test"}]}, headers=SIM)
    assert world.client.post(f"/sim/staff/{world.phone()['id']}/{act}", json={}, headers=SIM).status_code == 202
    world.run()
    heard = world.product.heard[-1]
    assert (heard["Event"], heard[field], "MsgId" in heard) == (event, "kf2001@test", False)


def test_who_is_not_online_opens_no_session(world: World) -> None:
    assert world.client.post(f"/sim/staff/{world.phone()['id']}/create", json={}, headers=SIM).status_code == 409
    assert world.client.post(f"/sim/staff/{world.phone()['id']}/sing", json={}, headers=SIM).status_code == 404
    assert world.client.post("/sim/staff", json={"staff": []}).status_code == 403


@pytest.mark.parametrize("body", [{}, {"staff": 1}, {"staff": [1]}, {"staff": [{"account": "a", "cases": -1}]}])
def test_odd_staff_is_refused(world: World, body: dict[str, object]) -> None:
    assert world.client.post("/sim/staff", json=body, headers=SIM).status_code == 400


def test_a_recording_holds_what_was_said_and_nobody_elses_does() -> None:
    sound = recording(3, "挂明天骨科的号")
    assert sound.startswith(HEADER)
    assert words_of(sound) == "挂明天骨科的号"
    for other in (recording(3, ""), b"", b'\x7cSAID"x"', HEADER + b"\x7cSAID{", HEADER + b"\x7cSAID1"):
        assert words_of(other) == ""
