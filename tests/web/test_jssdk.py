"""/h5/jssdk: for whoever is signed in, for our own pages."""

from __future__ import annotations

import pytest

from bot.errors import BadInput, Unavailable
from bot.host.jssdk import WeChatJsSdk
from connectors.wechat.errors import PlatformLater, PlatformRefused


def test_a_patients_page_gets_its_configuration(patient):
    browser, _ = patient("o-li")
    answer = browser.get("/h5/jssdk?url=http://localhost/h5/me")
    assert set(answer.json) == {"appId", "timestamp", "nonceStr", "signature"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_another_page_gets_none(patient):
    browser, _ = patient("o-li")
    assert browser.get("/h5/jssdk?url=https://evil.example/").status_code == 400
    assert browser.get("/h5/jssdk").status_code == 400


def test_a_stranger_gets_none(client):
    assert client.get("/h5/jssdk?url=http://localhost/h5/me").status_code == 302


class Sdk:
    def __init__(self, failure):
        self.failure = failure

    def config(self, url):
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (PlatformRefused(0, "foreign_url"), BadInput),
        (PlatformRefused(48001, "no_permission"), Unavailable),
        (PlatformLater(-1, "busy"), Unavailable),
    ],
)
def test_what_wechat_says_has_our_names(failure, raised):
    with pytest.raises(raised):
        WeChatJsSdk(Sdk(failure)).config("https://h.cn/")
