"""wx.config: the published signature, one ticket for all, and no signature for somebody else's page."""

from __future__ import annotations

import pytest

from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.jssdk import JsSdk, signature
from connectors.wechat.ports import Token
from connectors.wechat.tokens import MemoryTokens

TICKET = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
NONCE, AT = "Wm3WZYTPz0wzccnW", 1414587457


@pytest.fixture
def tickets():
    return MemoryTokens()


@pytest.fixture
def sdk(api, wechat, tickets, clock):
    wechat.raw["ticket/getticket"] = {"errcode": 0, "errmsg": "ok", "ticket": TICKET, "expires_in": 7200}
    return JsSdk(api, "wxapp", tickets, {"h.cn", "127.0.0.1:8000"}, clock)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://mp.weixin.qq.com?params=value", "0f9de62fce790f9a083d5c99e95740ceb90c27ed"),  # WeChat's own appendix
        ("http://mp.weixin.qq.com", "f4d90daf4b3bca3078ab155816175ba34c443a7b"),
    ],
)
def test_the_published_signature(url, expected):
    assert signature(TICKET, NONCE, AT, url) == expected


def test_a_page_is_signed_with_its_query_and_without_its_fragment(sdk, clock):
    found = sdk.config("https://h.cn/h5/queue?booking=b_1#top")
    assert (found["appId"], found["timestamp"]) == ("wxapp", clock.now)
    page = "https://h.cn/h5/queue?booking=b_1"
    assert found["signature"] == signature(TICKET, found["nonceStr"], found["timestamp"], page)
    assert sdk.config(page)["nonceStr"] != found["nonceStr"]


def test_one_ticket_serves_until_five_minutes_before_its_end(sdk, wechat, clock):
    for _ in range(3):
        sdk.config("https://h.cn/")
    assert [path for path, *_ in wechat.calls] == ["ticket/getticket"]
    assert wechat.args == {"access_token": "token-1", "type": "jsapi"}
    clock.now += 7200 - 299
    sdk.config("https://h.cn/")
    assert len(wechat.calls) == 2


def test_a_ticket_that_another_process_fetched_is_used(sdk, wechat, tickets, clock):
    tickets.save(Token("theirs", clock.now + 7000, 4))
    found = sdk.config("https://h.cn/")
    assert found["signature"] == signature("theirs", found["nonceStr"], found["timestamp"], "https://h.cn/")
    assert wechat.calls == []


@pytest.mark.parametrize(
    "url",
    ["", "h.cn", "//h.cn/", "https://evil.cn/", "https://h.cn.evil.cn/", "https://h.cn@evil.cn/", "ftp://h.cn/"]
    + ["https://h.cn:8443/", "https://evil.cn/?https://h.cn/", "https://h.cn/ x", "https://h.cn/\n", "https://[h.cn/"]
    + ["https://h.cn/" + "a" * 2048, "javascript:alert(1)//h.cn/", "https://h.cn/报告"],
)
def test_nobody_elses_page_is_signed(sdk, wechat, url):
    with pytest.raises(PlatformRefused, match="foreign_url"):
        sdk.config(url)
    assert wechat.calls == []


@pytest.mark.parametrize("answer", [{}, {"ticket": ""}, {"ticket": "t"}, {"ticket": 5, "expires_in": 7200}])
def test_odd_tickets_are_later_and_not_kept(sdk, wechat, tickets, answer):
    wechat.raw["ticket/getticket"] = answer
    with pytest.raises(PlatformLater):
        sdk.config("https://h.cn/")
    assert tickets.load() is None
