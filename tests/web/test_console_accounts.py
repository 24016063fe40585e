"""Operators at the page of accounts; the service's rules are asked in tests/services/test_accounts.py."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.ports import Ports
from bot.services import account_requests, accounts, staff
from tests.signing_in import post, signed_in, token
from tests.web.conftest import PASSWORD, SignIn

NEW = {"username": "li.na", "name": "李<b>娜", "role": "service"}


@pytest.fixture
def operator(sign_in: SignIn) -> FlaskClient:
    return sign_in("operator")


@pytest.fixture
def other(sign_in: SignIn) -> FlaskClient:
    return sign_in("operator", username="operator-2")


def send(browser: FlaskClient, path: str, **form: str):
    csrf = token(browser.get("/console/me").text)
    return browser.post(f"/console/accounts/{path}", data={"csrf_token": csrf, **form})


def password_on(page: str) -> str:
    found = re.search(r"<code data-password>([^<]+)</code>", page)
    assert found
    return found[1]


def number(ports: Ports, username: str) -> int:
    return next(one.id for one in accounts.listed(ports) if one.username == username)


def test_a_new_account_is_handed_over_once(operator: FlaskClient, app: Flask) -> None:
    assert 'value="service"' in operator.get("/console/accounts/new").text
    made = send(operator, "new", **NEW)
    assert "李&lt;b&gt;娜" in made.text
    browser = signed_in(app.test_client(), "li.na", password_on(made.text))
    assert browser.get("/console/").headers["Location"] == "/console/password"
    page = operator.get("/console/accounts").text
    assert "li.na" in page and "还没登录过" in page and "data-password" not in page


def test_what_is_typed_wrong_comes_back(operator: FlaskClient) -> None:
    for wrong, status in (({"username": "Li"}, 400), ({"role": "owner"}, 400), ({"role": "doctor"}, 400)):
        answer = send(operator, "new", **NEW | wrong)
        assert answer.status_code == status
        assert 'value="李&lt;b&gt;娜"' in answer.text
    send(operator, "new", **NEW)
    assert send(operator, "new", **NEW).status_code == 409


def test_a_doctor_gets_department_and_name_of_the_hospital(operator: FlaskClient, ports: Ports) -> None:
    form = {**NEW, "role": "doctor", "department_id": "yh.d1", "doctor_id": "yh.doc1"}
    assert send(operator, "new", **form).status_code == 200
    found = accounts.one(ports, account_id=number(ports, "li.na"))
    assert found.place == accounts.Place("doctor", "yh.d1", "yh.doc1")


def test_a_closed_account_is_out_at_once(operator: FlaskClient, sign_in: SignIn, ports: Ports) -> None:
    editor = sign_in("editor")
    assert editor.get("/console/faq").status_code == 200
    assert send(operator, f"{number(ports, 'editor-1')}/close").status_code == 303
    assert editor.get("/console/faq").status_code == 302
    assert "停用" in operator.get("/console/accounts").text


def test_a_changed_role_counts_at_once(operator: FlaskClient, sign_in: SignIn, ports: Ports, app: Flask) -> None:
    editor = sign_in("editor")
    assert send(operator, f"{number(ports, 'editor-1')}/role", role="service").status_code == 303
    assert editor.get("/console/faq").status_code == 302
    again = signed_in(app.test_client(), "editor-1", PASSWORD)
    assert again.get("/console/faq").status_code == 403
    assert again.get("/console/handoffs").status_code == 200


def test_a_watcher_waits_for_the_other_operator(
    operator: FlaskClient, other: FlaskClient, ports: Ports, app: Flask
) -> None:
    assert send(operator, "new", **NEW | {"role": "auditor"}).status_code == 303
    assert post(app.test_client(), "li.na", PASSWORD).status_code == 400
    page = operator.get("/console/accounts").text
    assert "撤回" in page and "/approve" not in page
    [asked] = account_requests.waiting(ports, staff=_looks(ports))
    assert send(operator, f"requests/{asked.ref}/approve").status_code == 422
    given = send(other, f"requests/{asked.ref}/approve")
    signed_in(app.test_client(), "li.na", password_on(given.text))
    assert send(other, f"requests/{asked.ref}/approve").status_code == 409
    assert send(other, "requests/g_0000000000/approve").status_code == 404


def test_one_can_be_refused(operator: FlaskClient, other: FlaskClient, ports: Ports) -> None:
    send(operator, "new", **NEW | {"role": "operator"})
    [asked] = account_requests.waiting(ports, staff=_looks(ports))
    assert send(other, f"requests/{asked.ref}/refuse").status_code == 303
    assert "等另一位运维批准" not in other.get("/console/accounts").text
    assert not accounts.one(ports, account_id=number(ports, "li.na")).active


def _looks(ports: Ports) -> staff.Staff:
    found = staff.get(ports, staff_id=number(ports, "operator-1"))
    assert found
    return found


def test_a_lost_phone_and_a_forgotten_password(
    operator: FlaskClient, sign_in: SignIn, ports: Ports, app: Flask
) -> None:
    editor = sign_in("editor")
    assert send(operator, f"{number(ports, 'editor-1')}/phone").status_code == 303
    assert editor.get("/console/faq").status_code == 302
    given = send(operator, f"{number(ports, 'editor-1')}/reset")
    assert post(app.test_client(), "editor-1", PASSWORD).status_code == 400
    signed_in(app.test_client(), "editor-1", password_on(given.text))


def test_ones_own_account_is_for_the_other_operator(operator: FlaskClient, ports: Ports) -> None:
    mine = number(ports, "operator-1")
    assert "停用账号" not in operator.get(f"/console/accounts/{mine}").text
    for what in ("close", "phone", "reset"):
        assert send(operator, f"{mine}/{what}").status_code == 422
    assert send(operator, f"{mine}/role", role="service").status_code == 422
    assert operator.get("/console/accounts").status_code == 200


def test_an_account_that_is_none(operator: FlaskClient) -> None:
    assert operator.get("/console/accounts/999999").status_code == 404
    assert operator.get(f"/console/accounts/{'9' * 30}").status_code == 404


def test_while_the_hospital_is_silent_other_roles_can_be_given(operator: FlaskClient, ports: Ports, hospital) -> None:
    hospital.down = True
    assert send(operator, "new", **NEW).status_code == 200
    assert operator.get("/console/accounts").status_code == 200
