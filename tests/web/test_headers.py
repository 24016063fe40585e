"""What every answer carries, and what a foreign site's form gets."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from bot.ports import Ports
from tests.web.visits import OAuth, make_app, token

PATHS = ["/healthz", "/console/signin", "/console/", "/h5/me", "/h5/nothing", "/nothing", "/static/h5.css"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_dressed(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_only_h5_may_be_framed_and_only_in_demo(client: FlaskClient, ports: Ports, oauth: OAuth) -> None:
    assert "frame-ancestors 'self'" in client.get("/h5/nothing").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client.get("/console/signin").headers["Content-Security-Policy"]
    real = make_app(ports, oauth, {}, demo=False, public_url="https://hospital.example").test_client()
    assert "frame-ancestors 'none'" in real.get("/h5/nothing").headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/console/signin", "/h5/me", "/h5/nothing", "/console/nothing"])
def test_pages_are_never_stored(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_cookies_are_closed(client: FlaskClient, ports: Ports, oauth: OAuth) -> None:
    plain = client.get("/console/signin").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Path=/console" in plain
    assert "Secure" not in plain
    real = make_app(ports, oauth, {}, demo=False, public_url="https://hospital.example").test_client()
    for path in ("/console/signin", "/h5/signin"):
        answer = real.get(path, base_url="https://hospital.example")
        assert "; Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_a_foreign_form_is_refused_even_with_a_token(client: FlaskClient, headers: dict[str, str]) -> None:
    form = {"csrf_token": token(client.get("/console/signin").text), "username": "a", "password": "b"}
    assert client.post("/console/signin", data=form, headers=headers).status_code == 403
    own = client.post("/console/signin", data=form, headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"})
    assert own.status_code == 400  # read, and the password is wrong
