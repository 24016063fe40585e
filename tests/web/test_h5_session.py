"""Patients come in through WeChat, once per state, and only to our own pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bot import clock
from bot.db.messages import Person
from bot.host.oauth import NoOAuth, WeChatOAuth
from bot.ports import Ports
from bot.services import once
from bot.web import patient as patient_session
from bot.web.context import KEY
from bot.web.h5 import signin
from connectors.wechat.errors import PlatformRefused
from tests.web.visits import OAuth, leave

Enter = Callable[[str], tuple[FlaskClient, int]]


def test_a_page_sends_an_unknown_browser_to_wechat(client: FlaskClient) -> None:
    answer = client.get("/h5/reports?card=c_0123456789")
    assert answer.headers["Location"] == "/h5/signin?next=/h5/reports?card%3Dc_0123456789"
    onwards = client.get(answer.headers["Location"])
    assert onwards.headers["Location"].startswith("https://open.example/authorize?back=http://localhost/h5/oauth/back")


def test_coming_back_lands_on_the_page_that_was_wanted(
    client: FlaskClient, oauth: OAuth, person: Callable[..., int]
) -> None:
    person("o-li")
    oauth.codes["c1"] = "o-li"
    state = leave(client, "/h5/reports?card=c_0123456789")
    answer = client.get(f"/h5/oauth/back?code=c1&state={state}")
    assert answer.headers["Location"] == "/h5/reports?card=c_0123456789"
    assert client.get_cookie("h5", path="/h5") is not None


def test_an_account_that_may_not_sign_anybody_in_says_how_to_go_on(app: Flask, client: FlaskClient) -> None:
    app.extensions[KEY] = replace(app.extensions[KEY], oauth=NoOAuth())
    answer = client.get("/h5/signin?next=/h5/me")
    assert answer.status_code == 403
    assert "在对话里直接说" in answer.get_data(as_text=True)
    assert client.get("/h5/oauth/back?code=c&state=s").status_code == 403


def test_a_state_works_once(client: FlaskClient, oauth: OAuth, person: Callable[..., int]) -> None:
    person("o-li")
    oauth.codes |= {"c1": "o-li", "c2": "o-li"}
    state = leave(client)
    assert client.get(f"/h5/oauth/back?code=c1&state={state}").status_code == 302
    assert client.get(f"/h5/oauth/back?code=c2&state={state}").status_code == 403
    assert "c2" in oauth.codes  # never exchanged


def test_a_failed_return_uses_the_state_up_too(client: FlaskClient, oauth: OAuth, person: Callable[..., int]) -> None:
    person("o-li")
    oauth.codes["c1"] = "o-li"
    state = leave(client)
    assert client.get(f"/h5/oauth/back?code=wrong&state={state}").status_code == 400
    assert client.get(f"/h5/oauth/back?code=c1&state={state}").status_code == 403


def test_a_copy_of_the_cookie_is_worth_nothing_once_the_state_was_used(
    app: Flask, oauth: OAuth, person: Callable[..., int]
) -> None:
    """Whoever saw both the cookie and the address of a return replays neither, not even with a code of his own."""
    person("o-li")
    oauth.codes |= {"c1": "o-li", "c2": "o-li"}
    browser = app.test_client()
    state = leave(browser)
    cookie = browser.get_cookie(signin.COOKIE, path=signin.PATH)
    assert cookie is not None
    assert browser.get(f"/h5/oauth/back?code=c1&state={state}").status_code == 302
    for other in (browser, app.test_client()):
        other.set_cookie(signin.COOKIE, cookie.value, path=signin.PATH)
        assert other.get(f"/h5/oauth/back?code=c2&state={state}").status_code == 403
    assert "c2" in oauth.codes  # never exchanged


def test_without_the_record_the_copy_would_work(
    app: Flask, oauth: OAuth, person: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    monkeypatch.setattr(once, "spend", lambda *_ports, **_facts: True)
    person("o-li")
    oauth.codes |= {"c1": "o-li", "c2": "o-li"}
    browser = app.test_client()
    state = leave(browser)
    cookie = browser.get_cookie(signin.COOKIE, path=signin.PATH)
    assert cookie is not None
    browser.get(f"/h5/oauth/back?code=c1&state={state}")
    browser.set_cookie(signin.COOKIE, cookie.value, path=signin.PATH)
    assert browser.get(f"/h5/oauth/back?code=c2&state={state}").status_code == 302


def test_a_state_ends_after_ten_minutes(client: FlaskClient, oauth: OAuth, monkeypatch: pytest.MonkeyPatch) -> None:
    oauth.codes["c1"] = "o-li"
    state = leave(client)
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + signin.LIFE + 5)
    assert client.get(f"/h5/oauth/back?code=c1&state={state}").status_code == 403
    assert "c1" in oauth.codes


def test_a_snapshot_visitor_is_nobody(client: FlaskClient, oauth: OAuth, monkeypatch: pytest.MonkeyPatch) -> None:
    """WeChat gives pages opened outside its trust a made-up openid: whoever it is, he is signed in as nobody."""
    asked = WeChatOAuth(SnapshotOAuth())  # type: ignore[arg-type]
    monkeypatch.setattr(oauth, "exchange", asked.exchange)
    answer = client.get(f"/h5/oauth/back?code=c1&state={leave(client)}")
    assert answer.status_code == 400
    assert client.get_cookie("h5", path="/h5") is None


class SnapshotOAuth:
    def exchange(self, code: str) -> str:
        raise PlatformRefused(0, "snapshot")


def test_another_browsers_state_is_refused(app: Flask, oauth: OAuth, person: Callable[..., int]) -> None:
    """Nobody can be signed in as somebody else by a link."""
    person("o-attacker")
    oauth.codes["c1"] = "o-attacker"
    state = leave(app.test_client())
    victim = app.test_client()
    assert victim.get(f"/h5/oauth/back?code=c1&state={state}").status_code == 403
    leave(victim)
    assert victim.get(f"/h5/oauth/back?code=c1&state={state}").status_code == 403
    assert victim.get_cookie("h5", path="/h5") is None


@pytest.mark.parametrize("query", ["", "?code=c1", "?code=&state=", "?state=x", "?code=" + "a" * 600])
def test_a_return_without_its_parts_is_refused(client: FlaskClient, query: str) -> None:
    leave(client)
    assert client.get(f"/h5/oauth/back{query}").status_code in {400, 403}


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/h5/",
        "/h5//evil.example",
        "/h5/\\evil",
        "/console/",
        "h5/me",
        "/h5/\t/x",
    ],
)
def test_the_way_back_is_ours_alone(client: FlaskClient, oauth: OAuth, person: Callable[..., int], target: str) -> None:
    person("o-li")
    oauth.codes["c1"] = "o-li"
    answer = client.get(f"/h5/oauth/back?code=c1&state={leave(client, target)}")
    assert unquote(answer.headers["Location"]) == "/h5/me"


def test_somebody_who_does_not_follow_is_told_so(client: FlaskClient, oauth: OAuth) -> None:
    oauth.codes["c1"] = "o-stranger"
    answer = client.get(f"/h5/oauth/back?code=c1&state={leave(client)}")
    assert answer.status_code == 403
    assert "关注公众号" in answer.text
    assert "o-stranger" not in answer.text


def test_each_sign_in_is_a_new_session(patient: Enter, oauth: OAuth) -> None:
    browser, _ = patient("o-li")
    first = browser.get_cookie("h5", path="/h5")
    oauth.codes["again"] = "o-li"
    browser.get(f"/h5/oauth/back?code=again&state={leave(browser)}")
    second = browser.get_cookie("h5", path="/h5")
    assert first is not None
    assert second is not None
    assert first.value != second.value


def test_a_session_ends_after_twelve_hours(patient: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock.wire_seconds()
    browser, _ = patient("o-li")
    monkeypatch.setattr(clock, "wire_seconds", lambda: start + patient_session.LIFE - 5)
    assert browser.get("/h5/me").status_code == 200
    monkeypatch.setattr(clock, "wire_seconds", lambda: start + patient_session.LIFE + 5)
    assert browser.get("/h5/me").status_code == 302


def test_whoever_stops_following_is_out_on_the_next_request(patient: Enter, ports: Ports) -> None:
    browser, person_id = patient("o-li")
    assert browser.get("/h5/me").status_code == 200
    with ports.transaction() as session:
        session.execute(sa.update(Person).where(Person.id == person_id).values(subscribed=False))
    assert browser.get("/h5/me").status_code == 302


def test_a_changed_cookie_is_no_session(patient: Enter) -> None:
    browser, _ = patient("o-li")
    cookie = browser.get_cookie("h5", path="/h5")
    assert cookie is not None
    for value in (cookie.value[:-2] + "xx", "", "a.b", cookie.value.split(".")[0]):
        browser.set_cookie("h5", value, path="/h5")
        assert browser.get("/h5/me").status_code == 302


def test_polling_without_a_session_is_told_so(client: FlaskClient) -> None:
    assert client.get("/h5/queue/live", headers={"X-Live": "1"}).status_code == 401
