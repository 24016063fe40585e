"""Staff sign in, stay for a shift, and leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bot import clock
from bot.db.staff import StaffMember
from bot.ports import Ports
from bot.services import staff
from tests.factories import RULES
from tests.web.conftest import PASSWORD, SignIn
from tests.web.visits import token

IDLE, SHIFT = timedelta(minutes=RULES["session_idle_minutes"]), timedelta(hours=RULES["session_hours"])
PAGES = {
    "/console/questions": {"doctor", "head"},
    "/console/answered": {"editor", "head"},
    "/console/faq": {"editor", "head"},
    "/console/alarms": {"operator"},
    "/console/delivery": {"operator"},
    "/console/accounts": {"operator"},
    "/console/trail": {"auditor"},
}


def attempt(browser: FlaskClient, username: str, password: str, target: str = "") -> tuple[int, str]:
    page = browser.get("/console/signin").text
    form = {"csrf_token": token(page), "username": username, "password": password}
    answer = browser.post("/console/signin", data=form, query_string={"next": target})
    return answer.status_code, answer.headers.get("Location", answer.text)


@pytest.fixture
def member(ports: Ports) -> staff.Staff:
    return staff.ensure(ports, members=[staff.Member("chen", "陈晓明", "doctor", PASSWORD, "yh.d1")])[0]


def without_token(page: str) -> str:
    return page.replace(token(page), "")


@pytest.mark.usefixtures("member")
def test_every_wrong_sign_in_gets_the_same_answer(client: FlaskClient) -> None:
    wrong_password = attempt(client, "chen", "guess")
    wrong_name = attempt(client, "nobody", PASSWORD)
    assert wrong_password[0] == wrong_name[0] == 400
    assert without_token(wrong_password[1]) == without_token(wrong_name[1])
    assert "chen" not in wrong_password[1]


@pytest.mark.usefixtures("member")
def test_five_wrong_passwords_lock_the_right_one_out(client: FlaskClient) -> None:
    wrong = [attempt(client, "chen", "guess") for _ in range(5)]
    locked = attempt(client, "chen", PASSWORD)
    assert locked[0] == 400
    assert without_token(locked[1]) == without_token(wrong[0][1])


@pytest.mark.usefixtures("member")
def test_signing_in_leads_to_the_page_that_was_wanted(client: FlaskClient) -> None:
    assert attempt(client, "chen", PASSWORD, "/console/questions") == (303, "/console/questions")


@pytest.mark.usefixtures("member")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/console/",
        "//evil.example/console/",
        "/\\evil.example",
        "/console/\\evil",
        "/console//evil",
        "/h5/me",
        "console/faq",
        "/console/\r\nX: y",
        "javascript:alert(1)",
        "/console/" + "a" * 600,
    ],
)
def test_signing_in_leads_nowhere_else(client: FlaskClient, target: str) -> None:
    assert attempt(client, "chen", PASSWORD, target) == (303, "/console/")


@pytest.mark.usefixtures("member")
def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/console/signin", data={"username": "chen", "password": PASSWORD})
    assert answer.status_code == 403
    assert client.get("/console/questions").status_code == 302


def test_the_session_of_before_does_not_survive_signing_in(app: Flask, sign_in: SignIn) -> None:
    browser = app.test_client()
    before = browser.get("/console/signin")
    old_token = token(before.text)
    after = sign_in("doctor")
    cookie = after.get_cookie("console", path="/console")
    assert cookie is not None
    assert cookie.value not in before.headers["Set-Cookie"]
    assert after.post("/console/signout", data={"csrf_token": old_token}).status_code == 403


@pytest.mark.parametrize("role", ["doctor", "head", "editor", "operator", "finance", "auditor"])
def test_each_role_opens_its_own_pages_only(sign_in: SignIn, role: str) -> None:
    browser = sign_in(role, department_id="yh.d1")
    home = browser.get("/console/", follow_redirects=True)
    assert home.status_code == 200
    for path, roles in PAGES.items():
        assert browser.get(path).status_code == (200 if role in roles else 403), path
        assert (f'href="{path}"' in home.text) == (role in roles), path


def test_a_closed_account_is_out_on_its_next_request(sign_in: SignIn, ports: Ports) -> None:
    browser = sign_in("editor")
    with ports.transaction() as session:
        session.execute(sa.update(StaffMember).values(active=False))
    assert browser.get("/console/faq").status_code == 302


def test_a_changed_role_counts_on_the_next_request(sign_in: SignIn, ports: Ports) -> None:
    browser = sign_in("editor")
    with ports.transaction() as session:
        session.execute(sa.update(StaffMember).values(role="auditor"))
    assert browser.get("/console/faq").status_code == 403


def test_signing_out_ends_it(sign_in: SignIn) -> None:
    browser = sign_in("editor")
    form = {"csrf_token": token(browser.get("/console/faq").text)}
    assert browser.get("/console/signout").status_code == 405
    assert browser.post("/console/signout", data=form).status_code == 303
    assert browser.get("/console/faq").status_code == 302


def test_polling_does_not_keep_a_forgotten_session_alive(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock.wire()
    browser = sign_in("doctor", department_id="yh.d1")
    for minute in range(0, 30, 5):
        monkeypatch.setattr(clock, "wire", lambda at=start + timedelta(minutes=minute): at)
        assert browser.get("/console/questions/live", headers={"X-Live": "1"}).status_code == 200
    monkeypatch.setattr(clock, "wire", lambda: start + IDLE + timedelta(minutes=1))
    expired = browser.get("/console/questions/live", headers={"X-Live": "1"})
    assert expired.status_code == 401
    assert expired.get_json()["code"] == "sign_in"


def test_work_keeps_a_session_but_not_beyond_the_shift(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    start, step = clock.wire(), IDLE - timedelta(minutes=1)
    browser = sign_in("editor")
    for clicks in range(1, SHIFT // step):
        monkeypatch.setattr(clock, "wire", lambda at=start + clicks * step: at)
        assert browser.get("/console/faq").status_code == 200
    monkeypatch.setattr(clock, "wire", lambda: start + SHIFT + timedelta(minutes=1))
    assert browser.get("/console/faq").status_code == 302


def test_the_patients_cookie_opens_nothing_in_the_console(app: Flask, sign_in: SignIn) -> None:
    other = app.test_client()
    cookie = sign_in("editor").get_cookie("console", path="/console")
    assert cookie is not None
    other.set_cookie("h5", cookie.value, path="/h5")
    assert other.get("/h5/me").status_code == 302
