"""Every door has decided who may come in."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint, Flask

from bot.errors import ConfigError
from bot.ports import Ports
from bot.web import auth
from tests.web.visits import OAuth, make_app

PUBLIC = {
    "console.signin",
    "front",
    "h5.back",
    "h5.front",
    "h5.signin",
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "pay.notify",
    "static",
}


def test_every_route_carries_a_guard(app: Flask) -> None:
    assert auth.unguarded(app) == []


def test_a_route_without_a_guard_is_found(app: Flask) -> None:
    app.add_url_rule("/open-by-mistake", "oops", lambda: "hello")
    assert auth.unguarded(app) == ["oops"]


def test_the_app_refuses_to_start_with_an_unguarded_blueprint(ports: Ports, oauth: OAuth) -> None:
    stray = Blueprint("stray", __name__)
    stray.add_url_rule("/stray", "page", lambda: "hello")
    with pytest.raises(ConfigError) as caught:
        make_app(ports, oauth, {}, blueprints=(stray,))
    assert caught.value.facts["views"] == ["stray.page"]


def test_connectors_are_public_by_name(ports: Ports, oauth: OAuth) -> None:
    wechat = Blueprint("wechat", __name__)
    wechat.add_url_rule("/wechat", "hook", lambda: "success", methods=["POST"])
    app = make_app(ports, oauth, {}, blueprints=(wechat,))
    assert app.test_client().post("/wechat", data=b"<xml/>").text == "success"


def test_exactly_these_views_are_public(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    guards = {endpoint: auth.guard_of(app, endpoint) for endpoint in endpoints}
    assert {endpoint for endpoint, guard in guards.items() if guard and guard.kind == "public"} == PUBLIC


def test_nobody_comes_in_unsigned(app: Flask) -> None:
    """Each guarded route with each of its methods, by somebody whom nobody knows."""
    tried = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        path = re.sub(r"<[^>]+>", "x_0123456789", re.sub(r"<int[^>]+>", "1", rule.rule))
        for method in (rule.methods or set()) - {"OPTIONS"}:
            answer = app.test_client().open(path, method=method)
            assert answer.status_code in {302, 401, 403}, (method, path)
            if answer.status_code == 302:
                assert answer.headers["Location"].split("?")[0] in {"/console/signin", "/h5/signin"}
            tried += 1
    assert tried > len(PUBLIC)


def test_an_unknown_role_cannot_be_named() -> None:
    with pytest.raises(ValueError, match="janitor"):
        auth.staff_only("janitor")
