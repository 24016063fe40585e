"""The table of who may go through which door of the console, asked door by door and page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from bot.errors import ConfigError
from bot.ports import Ports
from bot.web import auth, doors
from bot.web.console import room
from tests.idor.matrix import ROUTES
from tests.idor.offers import beyond
from tests.web.conftest import SignIn
from tests.web.visits import OAuth, make_app

# What changes nothing of the hospital's is no door that an auditor could change something by.
OWN = {"signout", "end_others", "change_password", "confirm_phone", "renew_phone", "new_codes"}
READS = {"verify_trail"}  # POST so that no address starts it


def doors_of(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(name, method, path with a reference that nobody has)."""
    for rule in app.url_map.iter_rules():
        if name := doors.named(rule.endpoint):
            path = re.sub(r"<[^>]+>", "q_0000000000", re.sub(r"<int[^>]+>", "987654", rule.rule))
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield name, method, path


def test_every_door_has_its_row_and_every_row_its_door(app: Flask) -> None:
    assert auth.rowless(app) == []
    assert {name for name, _method, _path in doors_of(app)} == set(doors.DOORS) | doors.PUBLIC


def test_the_app_does_not_start_with_a_door_that_has_no_row(
    ports: Ports, oauth: OAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(doors.DOORS, "delivery")
    with pytest.raises(ConfigError) as caught:
        make_app(ports, oauth, {})
    assert caught.value.facts["views"] == ["console.delivery"]


def test_a_view_that_names_other_roles_than_its_row_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doors.DOORS, "delivery", ("editor",))
    assert auth.rowless(app) == ["console.delivery"]


def test_a_row_that_no_door_has_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doors.DOORS, "wishful", ("editor",))
    assert auth.rowless(app) == ["console.wishful"]


@pytest.mark.parametrize("role", sorted(doors.ROLES))
def test_each_role_at_each_door(app: Flask, sign_in: SignIn, role: str) -> None:
    """403 exactly where the table says no; else whatever the page says to a reference that nobody has."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = sign_in(role, department_id="yh.d1")
    wrong = []
    for name, method, path in doors_of(app):
        if name in {"signout", *doors.PUBLIC}:
            continue
        answer = browser.open(path, method=method)
        assert answer.status_code < 500, path
        if (answer.status_code == 403) is doors.may(role, f"console.{name}"):
            wrong.append((role, method, name, answer.status_code))
    assert wrong == []


def test_taking_the_table_away_opens_every_door(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: it is the table that turns people away."""
    monkeypatch.setattr(doors, "may", lambda _role, _endpoint: True)
    browser = sign_in("finance")
    assert {browser.get(path).status_code for _n, method, path in doors_of(app) if method == "GET"} & {403} == set()


def test_an_auditor_changes_nothing_but_his_own_account(app: Flask) -> None:
    posts = {name for name, method, _path in doors_of(app) if method == "POST"}
    assert {name for name in posts if doors.may("auditor", f"console.{name}")} == OWN | READS


def test_what_finance_may_is_his_own_account(app: Flask) -> None:
    mine = {name for name in doors.DOORS if doors.may("finance", f"console.{name}")}
    assert mine == {name for name, roles in doors.DOORS.items() if set(roles) == doors.ROLES}


def test_every_link_of_the_navigation_names_the_roles_of_its_page() -> None:
    assert [way for way in room.WAYS if set(way.roles) != doors.roles(way.endpoint)] == []


def test_every_door_is_in_the_matrix_of_the_idor_gate() -> None:
    assert {f"console.{name}" for name in {*doors.DOORS, *doors.PUBLIC}} == {n for n in ROUTES if n[:8] == "console."}


# -- what pages offer; those of one thing are asked in tests/web/test_idor.py ---------------------------------------
@pytest.mark.parametrize("role", sorted(doors.ROLES))
def test_no_page_offers_what_the_role_may_not_do(app: Flask, sign_in: SignIn, role: str) -> None:
    browser = sign_in(role, department_id="yh.d1")
    lists = [p for name, m, p in doors_of(app) if m == "GET" and "0000" not in p and "98765" not in p]
    mine = [p for p in lists if doors.may(role, _endpoint(app, p)) and not p.endswith(("/live", ".csv"))]
    pages = [p for p in mine if p not in {"/console/", "/console/signin"}]
    assert len(pages) >= 3
    shown = {path: browser.get(path) for path in pages}
    assert {path for path, page in shown.items() if page.status_code != 200} == set()
    assert {path: more for path, page in shown.items() if (more := beyond(app, role, page.text))} == {}


def _endpoint(app: Flask, path: str) -> str:
    return str(app.url_map.bind("localhost").match(path, "GET")[0])
