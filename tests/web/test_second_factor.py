"""The first time, every time, and the own account's page: password, phone, sessions."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.ports import Ports
from bot.services import staff
from tests.signing_in import SECRET, code, post, signed_in, token
from tests.web.conftest import PASSWORD

NEW = "一句好记的长话，有点长"


@pytest.fixture(autouse=True)
def _asked_for(ports: Ports) -> None:
    ports.rules["second_factor_roles"] = ["editor"]  # type: ignore[index]


@pytest.fixture
def wang(ports: Ports) -> staff.Staff:
    """Has a phone already."""
    return staff.ensure(ports, members=[staff.Member("wang", "王", "editor", PASSWORD, totp_secret=SECRET)])[0]


@pytest.fixture
def newcomer(ports: Ports, client: FlaskClient) -> FlaskClient:
    """Has come in for the first time, with the password alone."""
    staff.ensure(ports, members=[staff.Member("xin", "新来的", "editor", PASSWORD)])
    return signed_in(client, "xin", PASSWORD)


def secret_of(page: str) -> str:
    found = re.search(r"<code data-secret>([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def codes_of(page: str) -> list[str]:
    return re.findall(r"<li><code>([0-9A-Z-]+)</code></li>", page)


def send(browser: FlaskClient, path: str, seen: str = "/console/me", **form: str):
    page = browser.get(seen).text
    return browser.post(path, data={"csrf_token": token(page), **form})


def test_a_newcomer_sets_his_phone_up_before_anything_else(newcomer: FlaskClient) -> None:
    for path in ("/console/", "/console/faq", "/console/me", "/console/faq?next=/console/me"):
        assert newcomer.get(path).headers["Location"] == "/console/phone"
    page = newcomer.get("/console/phone").text
    assert 'href="/console/faq"' not in page
    assert "<svg" in page and "style=" not in page
    wrong = send(newcomer, "/console/phone", "/console/phone", code="000000")
    assert (wrong.status_code, secret_of(wrong.text)) == (400, secret_of(page))
    done = send(newcomer, "/console/phone", "/console/phone", code=code(secret_of(page)))
    assert len(codes_of(done.text)) == 10
    assert newcomer.get("/console/faq").status_code == 200
    assert newcomer.get("/console/phone").status_code == 404


def test_a_poll_of_somebody_who_has_no_phone_yet_gets_no_page(newcomer: FlaskClient) -> None:
    answer = newcomer.get("/console/faq", headers={"X-Live": "1"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "sign_in")


def test_a_missing_wrong_and_used_code_get_the_answer_of_a_wrong_password(wang: staff.Staff, app: Flask) -> None:
    now, pages = code(), []
    for typed in ((PASSWORD, ""), (PASSWORD, "000000"), ("guess", now)):
        answer = post(app.test_client(), "wang", *typed)
        pages.append((answer.status_code, answer.text.replace(token(answer.text), "")))
    signed_in(app.test_client(), "wang", PASSWORD, now)
    again = post(app.test_client(), "wang", PASSWORD, now)
    pages.append((again.status_code, again.text.replace(token(again.text), "")))
    assert {status for status, _ in pages} == {400}
    assert len(set(pages)) == 1


def test_a_recovery_code_comes_in_and_says_how_many_are_left(newcomer: FlaskClient, app: Flask) -> None:
    secret = secret_of(newcomer.get("/console/phone").text)
    kept = codes_of(send(newcomer, "/console/phone", "/console/phone", code=code(secret)).text)
    for number, left in enumerate((9, 8, 7, 6, 5, 4, 3)):
        other = signed_in(app.test_client(), "xin", PASSWORD, kept[number])
        page = other.get("/console/faq").text
        assert f"还剩 {left} 个" in page
        assert ("换一组新的" in page) is (left <= 3)
    assert post(app.test_client(), "xin", PASSWORD, kept[0]).status_code == 400


def test_the_own_page_shows_sessions_and_ends_the_others(wang: staff.Staff, app: Flask) -> None:
    agents = ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "curl/8")
    desk, ward = app.test_client(), app.test_client()
    for browser, agent, ahead in ((desk, agents[0], 0), (ward, agents[1], 1)):
        browser.environ_base["HTTP_USER_AGENT"] = agent
        signed_in(browser, "wang", PASSWORD, code(ahead=ahead))
    page = ward.get("/console/me").text
    assert "登录着的地方 2" in page and "Edge · Windows" in page and "其他浏览器 <span" in page
    assert send(ward, "/console/me/end-others").status_code == 303
    assert desk.get("/console/faq").status_code == 302
    assert "登录着的地方 1" in ward.get("/console/me").text


def test_signing_out_ends_a_copy_of_the_cookie_as_well(wang: staff.Staff, app: Flask) -> None:
    browser, thief = signed_in(app.test_client(), "wang", PASSWORD, code()), app.test_client()
    cookie = browser.get_cookie("console", path="/console")
    assert cookie is not None
    thief.set_cookie("console", cookie.value, path="/console")
    assert thief.get("/console/faq").status_code == 200
    assert send(browser, "/console/signout").status_code == 303
    assert thief.get("/console/faq").status_code == 302


def test_the_password_is_changed_here(wang: staff.Staff, app: Flask) -> None:
    browser = signed_in(app.test_client(), "wang", PASSWORD, code())
    form = {"password": PASSWORD, "new": NEW, "again": NEW}
    for wrong in ({"again": "another"}, {"new": "short", "again": "short"}, {"password": "guess"}):
        answer = send(browser, "/console/password", "/console/password", **{**form, **wrong})
        assert answer.status_code == 400
        assert not any(text in answer.text for text in (NEW, "guess", PASSWORD))
    assert send(browser, "/console/password", "/console/password", **form).status_code == 303
    assert post(app.test_client(), "wang", PASSWORD, code(ahead=1)).status_code == 400
    signed_in(app.test_client(), "wang", NEW, code(ahead=1))


def test_another_phone_and_new_codes_ask_for_the_password(wang: staff.Staff, app: Flask) -> None:
    browser = signed_in(app.test_client(), "wang", PASSWORD, code())
    for path in ("/console/me/phone", "/console/me/codes"):
        assert send(browser, path, password="guess").status_code == 400
    assert len(codes_of(send(browser, "/console/me/codes", password=PASSWORD).text)) == 10
    assert send(browser, "/console/me/phone", password=PASSWORD).headers["Location"] == "/console/phone"
    new = secret_of(browser.get("/console/phone").text)
    assert new != SECRET
    send(browser, "/console/phone", "/console/phone", code=code(new))
    assert post(app.test_client(), "wang", PASSWORD, code(ahead=1)).status_code == 400
    signed_in(app.test_client(), "wang", PASSWORD, code(new, ahead=1))


def test_a_first_password_is_changed_before_the_phone_is_set_up(ports: Ports, app: Flask) -> None:
    from bot.services import accounts

    boss = staff.ensure(ports, members=[staff.Member("boss", "老板", "operator", PASSWORD)])[0]
    made = accounts.create(ports, staff=boss, username="xin", name="新", place=accounts.Place("editor"))
    browser = signed_in(app.test_client(), "xin", made.password)
    assert browser.get("/console/phone").headers["Location"] == "/console/password"
    form = {"password": made.password, "new": NEW, "again": NEW}
    assert send(browser, "/console/password", "/console/password", **form).status_code == 303
    assert browser.get("/console/faq").headers["Location"] == "/console/phone"
