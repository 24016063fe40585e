"""Limits at the patients' door: by address behind our own proxy alone, with kind words, and never for WeChat."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bot import clock
from bot.db.base import make_engine
from bot.ports import Ports
from bot.services import words
from bot.web import patient as browsers
from tests.factories import make_ports
from tests.services.post import Script
from tests.web.test_privacy import Enter, form_token
from tests.web.test_wechat_door import Door
from tests.web.visits import make_app

SEVEN = clock.utc(datetime(2026, 11, 23, 7, 0))
THERE, ELSEWHERE = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "198.51.100.8"}
MOST = 3


@pytest.fixture
def ports(ports: Ports) -> Ports:
    few = {"forms_per_minute_address": MOST, "sign_ins_per_minute_address": MOST}
    return replace(ports, rules={**ports.rules, **few})


def send(browser: FlaskClient, headers: dict[str, str], path: str = "/h5/data/agree") -> int:
    token = form_token(browser.get("/h5/data").text)
    return browser.post(path, data={"form_token": token, "purpose": "reports"}, headers=headers).status_code


def test_forms_of_one_address_are_counted_over_all_accounts_and_the_rest_get_a_kind_word(patient: Enter) -> None:
    crowd = [patient(f"o-{n}")[0] for n in range(MOST)]
    assert [send(browser, THERE) for browser in (*crowd, *crowd)] == [303] * MOST + [429] * MOST
    assert send(crowd[0], ELSEWHERE) == 303
    answer = crowd[0].post("/h5/data/agree", headers={**THERE, "Accept": "text/html"})
    assert "请过一分钟再试" in answer.text and answer.headers["Retry-After"]
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert send(crowd[0], THERE) == 303


def test_reading_is_never_counted(patient: Enter) -> None:
    browser, _ = patient("o-li")
    assert {browser.get("/h5/me", headers=THERE).status_code for _ in range(MOST * 3)} == {200}


def test_sign_ins_of_one_address_are_counted(client: FlaskClient) -> None:
    tried = [client.get("/h5/oauth/back?code=x&state=y", headers=THERE).status_code for _ in range(MOST + 1)]
    assert tried == [403] * MOST + [429]


def test_without_a_proxy_of_ours_nobodys_word_for_his_address_is_taken(ports: Ports, oauth, health) -> None:
    """The socket's address counts, which is this machine's here and never limited."""
    client = make_app(ports, oauth, health, proxies=0).test_client()
    tried = {client.get("/h5/oauth/back?code=x&state=y", headers=THERE).status_code for _ in range(MOST * 2)}
    assert tried == {403}


def test_with_two_proxies_the_outer_ones_word_counts(ports: Ports, oauth, health) -> None:
    client = make_app(ports, oauth, health, proxies=2).test_client()
    said = [{"X-Forwarded-For": f"10.9.9.{n}, 198.51.100.7, 192.0.2.1"} for n in range(MOST + 1)]
    tried = [client.get("/h5/oauth/back?code=x&state=y", headers=headers).status_code for headers in said]
    assert tried == [403] * MOST + [429]


@pytest.fixture
def door(tmp_path: Path, empty_database: Path) -> Door:
    copy = tmp_path / "door.db"
    copy.write_bytes(empty_database.read_bytes())
    ports = make_ports(make_engine(f"sqlite:///{copy}"), dialogue=Script())
    few = {"forms_per_minute_address": 1, "sign_ins_per_minute_address": 1}
    return Door(replace(ports, rules={**ports.rules, **few}))


def test_wechats_own_calls_come_from_few_addresses_and_are_never_counted(door: Door) -> None:
    for _ in range(MOST):
        door.post("你好")  # asserts 200 itself


def test_in_the_rush_a_form_that_nobody_can_have_read_is_sent_once_more(patient: Enter, monkeypatch) -> None:
    browser, _ = patient("o-li")
    with clock.frozen(SEVEN):
        assert send(browser, THERE) == 429
        monkeypatch.setattr(browsers, "form_age", lambda _token: 1.0)
        assert send(browser, THERE) == 303


def test_outside_the_rush_the_quickest_hand_is_welcome(patient: Enter) -> None:
    assert send(patient("o-li")[0], THERE) == 303


@pytest.mark.parametrize("code", ["too_hurried", "too_crowded", "not_your_turn"])
def test_the_words_blame_nobody_and_say_when_to_try_again(code: str) -> None:
    said = str(words.say(f"utter_error_{code}", at="07:01:35")["text"])
    assert "再" in said and "封" not in said and "禁" not in said
