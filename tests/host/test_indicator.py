"""The typing indicator: for whoever waits, in the background, and of no consequence when WeChat does not want it."""

from __future__ import annotations

import threading

import pytest

from bot.db.base import make_engine
from bot.host import indicator as module
from bot.host.desk import Desk
from bot.host.indicator import Indicator
from bot.services import messages
from connectors.wechat import indicator
from connectors.wechat.errors import PlatformLater, PlatformRefused
from tests.factories import make_ports
from tests.services.post import Script, received


class Platform:
    """Remembers calls; `failure` is raised, `go` holds a call up."""

    def __init__(self, failure=None):
        self.calls, self.failure, self.go = [], failure, threading.Event()
        self.go.set()

    def call(self, path, body):
        assert self.go.wait(20)
        self.calls.append((path, dict(body)))
        if self.failure:
            raise self.failure
        return {"errcode": 0}


@pytest.fixture
def ports(sqlite_url, still):
    engine = make_engine(sqlite_url)
    yield make_ports(engine, dialogue=Script())
    engine.dispose()


def shown(ports, platform, row):
    made = Indicator(ports, platform)
    Desk(ports, made.show).too_late(row)
    made._pool.shutdown(wait=True)
    return platform.calls


def test_who_waits_for_a_late_answer_sees_it(ports):
    row = received(ports, openid="o-one")
    typing = {"touser": "o-one", "command": "Typing"}
    assert shown(ports, Platform(), row) == [("message/custom/typing", typing)]


def test_who_has_his_answer_does_not(ports):
    row = received(ports, openid="o-one")
    messages.work(ports, inbox_id=row)
    assert shown(ports, Platform(), row) == []


@pytest.mark.parametrize("code", [45080, 45081])
def test_what_wechat_says_of_it_does_not_matter(code):
    assert not indicator.show(Platform(PlatformRefused(code, "typing")), "o-one")


@pytest.mark.parametrize(
    "failure", [PlatformRefused(48001, "no_permission"), PlatformLater(0, "network"), ValueError("o-one")]
)
def test_nothing_that_fails_gets_out_or_names_anybody(ports, failure, caplog):
    row = received(ports, openid="o-one")
    assert len(shown(ports, Platform(failure), row)) == 1
    assert "o-one" not in caplog.text


def test_success_never_waits_for_it(ports, monkeypatch):
    """Calls that hang take the indicator's own threads and no place beyond."""
    monkeypatch.setattr(module, "WAITING", 3)
    platform = Platform()
    platform.go.clear()
    made = Indicator(ports, platform)
    desk = Desk(ports, made.show)
    for n in range(10):
        desk.too_late(received(ports, openid=f"o-{n}"))
    assert platform.calls == []  # and here we are
    platform.go.set()
    made._pool.shutdown(wait=True)
    assert len(platform.calls) == 3
