"""One small page for every failure; it says nothing of the request or of our insides."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot.errors import (
    BadInput,
    Conflict,
    HisRefused,
    HisUnavailable,
    NotFound,
    PeizhenError,
    Refused,
    Unavailable,
)
from bot.web.auth import public
from bot.web.errors import Denied, SignInNeeded

Enter = Callable[[str], tuple[FlaskClient, int]]
SECRET = "13800138000 <b>"
JSON = {"Accept": "application/json"}


@pytest.fixture
def failing(app: Flask) -> Callable[[Exception], FlaskClient]:
    def make(error: Exception) -> FlaskClient:
        @app.get("/fails")
        @public
        def fails() -> str:
            raise error

        return app.test_client()

    return make


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput("bad_phone", text=SECRET), 400),
        (SignInNeeded("/console/signin"), 401),
        (Denied(SECRET), 403),
        (NotFound(SECRET), 404),
        (Conflict("conflict", by=SECRET), 409),
        (Refused("card_limit", text=SECRET), 422),
        (HisRefused("slot_full"), 422),
        (Refused("too_many_tries"), 429),
        (Unavailable(), 503),
        (HisUnavailable(), 503),
        (OperationalError(SECRET, {}, Exception(SECRET)), 503),
        (NoConnection(SECRET), 503),
        (PeizhenError("new_code"), 500),
        (RuntimeError(SECRET), 500),
    ],
)
def test_each_failure_has_its_number(
    failing: Callable[[Exception], FlaskClient], error: Exception, status: int
) -> None:
    answer = failing(error).get("/fails", headers=JSON)
    assert answer.status_code == status
    assert set(answer.get_json()) == {"code", "message"}
    assert "13800138000" not in answer.get_json()["message"]
    assert ("Retry-After" in answer.headers) == (status in {429, 503})


def test_a_person_gets_a_page(failing: Callable[[Exception], FlaskClient]) -> None:
    answer = failing(NotFound()).get("/fails", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "没有找到" in answer.text


def test_an_unknown_exception_shows_and_logs_no_word_of_it(
    failing: Callable[[Exception], FlaskClient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = failing(RuntimeError(SECRET)).get("/fails")
    assert "13800138000" not in answer.text
    assert "Traceback" not in answer.text
    assert "RuntimeError" in caplog.text
    assert "13800138000" not in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/h5/<script>alert(1)</script>", 404),
        ("GET", "/console/../../etc/passwd", 404),
        ("POST", "/h5/me", 405),
        ("DELETE", "/healthz", 405),
        ("GET", "/nothing/<script>", 404),
        ("GET", "/static/../settings.py", 404),
        ("GET", "/static/%2e%2e/errors.py", 404),
        ("POST", "/static/h5.css", 405),
    ],
)
def test_unknown_paths_and_wrong_methods(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert "script" not in answer.text
    assert "没有找到" in answer.text or "不支持这样打开" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("Allow" in answer.headers) == (status == 405)


FORM = "application/x-www-form-urlencoded"
PART = b'--x\r\nContent-Disposition: form-data; name="f"; filename="ECHOMARK.%b"\r\n\r\n%b\r\n--x--\r\n'
SVG, ZIP = b"<svg onload=alert(1)>", b"PK\x03\x04" + bytes(64)


@pytest.mark.parametrize(
    ("method", "path", "kind", "body", "status"),
    [
        ("GET", "/{room}/ECHOMARK", "", b"", 404),
        ("GET", "/{room}/%00", "", b"", 404),
        ("GET", "/{room}/%ff%fe/ECHOMARK", "", b"", 404),
        ("DELETE", "/{form}?x=ECHOMARK", "", b"", 405),
        ("TRACE", "/{form}", "", b"", 405),
        ("ECHOMARK", "/{form}", "", b"", 405),
        ("POST", "/console/signin", FORM, b"username=ECHOMARK", 403),
        ("POST", "/console/signin", FORM, b"username=ECHOMARK&csrf_token=ECHOMARK", 403),
        ("POST", "/console/signin", FORM, b"a=%ff%zz&b=%00&csrf_token=%00", 403),
        ("POST", "/console/signin", "multipart/form-data", b"--x\r\nContent-Disp", 403),
        ("POST", "/console/signin", "multipart/form-data; boundary=x", b"--x\r\nECHOMARK", 403),
        ("POST", "/console/signin", FORM, b"a=" + b"x" * 300_000, 413),
        ("POST", "/console/signin", "application/json", b'{"username": "ECHOMARK"}', 415),
        ("POST", "/console/signin", "text/xml", b"<a>ECHOMARK</a>", 415),
        ("POST", "/console/signin", "multipart/form-data; boundary=x", PART % (b"svg", SVG), 415),
        ("POST", "/console/signin", "multipart/form-data; boundary=x", PART % (b"zip", ZIP), 415),
        ("POST", "/console/signin", "multipart/form-data; boundary=x", PART % (b"xlsx.html", ZIP + SVG), 415),
        ("GET", "/h5/oauth/back?code=x&state=ECHOMARK", "", b"", 403),
    ],
)
@pytest.mark.parametrize("room", ["h5", "console"])
def test_every_refusal_is_the_one_page_kept_by_nobody(
    client: FlaskClient, method: str, path: str, kind: str, body: bytes, status: int, room: str
) -> None:
    """`{form}` is a page of the room that is there."""
    path = path.format(room=room, form={"h5": "h5/me", "console": "console/signin"}[room])
    answer = client.open(path, method=method, data=body or None, content_type=kind or None)
    assert answer.status_code == status
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/html", "no-store")
    assert '<section class="empty">' in answer.text
    for word in ("ECHOMARK", "Traceback", "werkzeug", "onload"):
        assert word not in answer.text


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_too_much_is_refused_before_it_is_read(client: FlaskClient, kind: str) -> None:
    answer = client.post("/console/signin", data=b"x" * 300_000, content_type=kind)
    assert answer.status_code == 413


def test_a_form_without_its_length_is_not_read(client: FlaskClient) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    answer = client.post("/console/signin", data=b"a=" + b"x" * 300_000, content_type=FORM, environ_overrides=chunked)
    assert answer.status_code == 411
    assert "没看懂这次请求" in answer.text


@pytest.mark.parametrize("path", ["/h5/me", "/console/questions"])
def test_without_a_database_there_is_still_the_one_page(
    patient: Enter, doctor: FlaskClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    browser = patient("o-li")[0] if path.startswith("/h5") else doctor

    def away(*_statement: object) -> None:
        raise OperationalError(SECRET, {}, Exception(SECRET))

    event.listen(Engine, "before_cursor_execute", away)
    try:
        answer = browser.get(path)
    finally:
        event.remove(Engine, "before_cursor_execute", away)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "填好的内容返回上一页还在" in answer.text  # what was just sent may not have arrived
    assert "13800138000" not in answer.text + caplog.text
    assert browser.get(path).status_code == 200


def test_the_watchers_see_what_they_need(client: FlaskClient, health: dict[str, dict[str, bool]]) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").get_json()["ready"] is True
    health["redis"]["ok"] = False
    assert client.get("/readyz").status_code == 200  # not needed
    health["database"]["ok"] = False
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["parts"]["database"] == {"ok": False}
    assert client.get("/healthz").status_code == 200


def test_a_broken_probe_is_not_ready(app: Flask, health: dict[str, object]) -> None:
    health["rasa"] = None  # not a mapping: the probe itself fails
    assert app.test_client().get("/readyz").status_code == 503


def test_counters_name_views_not_paths(client: FlaskClient) -> None:
    client.get("/h5/reports/c_0123456789.secret")
    text = client.get("/metrics").text
    assert 'peizhen_http_requests_total{endpoint="h5.report_page",method="GET",status="302"}' in text
    assert "peizhen_http_seconds_bucket" in text
    assert "secret" not in text
