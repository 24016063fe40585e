"""Who of the account's customer service is online: asked with a GET, the least busy first, odd answers named."""

from __future__ import annotations

import pytest

from connectors.wechat import staff
from connectors.wechat.errors import PlatformLater, PlatformRefused


def listed(*agents):
    return {"kf_online_list": list(agents)}


def agent(account, *, status=1, cases=0):
    return {"kf_account": account, "status": status, "kf_id": "1001", "accepted_case": cases}


def test_behaviour_17_who_is_online_is_asked_and_the_least_busy_is_first(api, wechat):
    wechat.raw[staff.ONLINE_PATH] = listed(
        agent("kf1@x", cases=4), agent("kf2@x", cases=1), agent("kf3@x", status=0), agent("")
    )
    assert staff.online(api) == [staff.Agent("kf2@x", 1), staff.Agent("kf1@x", 4)]
    ((path, token, body),) = wechat.calls
    assert (path, token, body) == (staff.ONLINE_PATH, "token-1", b"")


def test_nobody_is_an_empty_list(api, wechat):
    wechat.raw[staff.ONLINE_PATH] = listed()
    assert staff.online(api) == []


@pytest.mark.parametrize("odd", [{"kf_online_list": None}, {}, "no JSON", "[]"])
def test_an_answer_that_says_nothing_is_no_answer(api, wechat, odd):
    wechat.raw[staff.ONLINE_PATH] = odd
    with pytest.raises(PlatformLater):
        staff.online(api)


def test_an_account_without_customer_service_is_named(api, wechat):
    wechat.raw[staff.ONLINE_PATH] = {"errcode": 48001, "errmsg": "api unauthorized"}
    with pytest.raises(PlatformRefused) as refused:
        staff.online(api)
    assert refused.value.code == 48001


def test_odd_entries_are_left_out(api, wechat):
    wechat.raw[staff.ONLINE_PATH] = listed("x", None, agent("kf1@x", cases=None))
    assert staff.online(api) == [staff.Agent("kf1@x", 0)]
