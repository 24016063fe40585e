"""How web talks to rasa: over a real socket, with a gateway that plays a part."""

from __future__ import annotations

import http.server
import json
import threading

import httpx
import pytest

from bot.errors import Unavailable
from connectors import rasa
from connectors.rasa import OPEN_AFTER, OPEN_SECONDS, Breaker, RasaClient
from tests.races import LONG

SECRET = "李雷 13800138000"


class Gateway(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, self.headers["x-peizhen-key"], json.loads(body)))
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        status, body = self.server.says
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def gateway():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        server.heard, server.says = [], (200, b'{"messages": []}')
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def client(gateway):
    made = RasaClient(f"http://127.0.0.1:{gateway.server_address[1]}", "the key")
    yield made
    made._client.close()


def talk(client, text=SECRET):
    return client.talk(conversation="c1", text=text, metadata={"inbox": "t"}, fresh=True)


def test_a_turn_that_takes_longer_than_the_patience_is_given_up_and_counts_as_no_failure(client, gateway, monkeypatch):
    go, came = threading.Event(), threading.Semaphore(0)

    def hang(_self):
        came.release()
        go.wait(LONG)

    monkeypatch.setattr(Gateway, "_answer", hang)
    for _ in range(OPEN_AFTER + 1):
        with pytest.raises(Unavailable):
            client.talk(conversation="c1", text=SECRET, metadata={}, fresh=False, patience=0.2)
        assert came.acquire(timeout=LONG)  # the breaker stayed closed
    go.set()


def test_a_turn_there_and_back(client, gateway):
    buttons = [{"title": "好", "payload": "/affirm"}]
    gateway.says = (
        200,
        json.dumps(
            {
                "messages": [
                    {"text": "哪科", "buttons": buttons},
                    {"custom": {"view": "report", "ref": "r", "expects": "phone"}},
                    {},
                ]
            }
        ).encode(),
    )
    assert talk(client) == [
        {"text": "哪科", "choices": [{"label": "好", "payload": "/affirm"}]},
        {"view": "report", "ref": "r", "expects": "phone"},
        {},
    ]
    ((path, key, body),) = gateway.heard
    assert (path, key) == ("/webhooks/gateway/messages", "the key")
    assert body == {"conversation": "c1", "text": SECRET, "metadata": {"inbox": "t"}, "fresh": True}


@pytest.mark.parametrize(
    "says",
    [(status, b'{"error": "%s"}' % SECRET.encode()) for status in (400, 401, 404, 500, 502, 503)]
    + [(200, body) for body in (b"", b"not json", b"[]", b"null", b"{}", b'{"messages": 1}', b'{"messages": ["x"]}')]
    + [(200, b'{"messages": [{"buttons": [{"title": "x"}]}]}'), (302, b""), (200, b"\xff\xfe")],
)
def test_whatever_goes_wrong_is_unavailable_and_quotes_nobody(client, gateway, says):
    gateway.says = says
    with pytest.raises(Unavailable) as error:
        talk(client)
    told = f"{error.value!r} {error.value} {error.value.facts}"
    assert not any(word in told for word in SECRET.split())
    assert (error.value.__cause__, error.value.__suppress_context__) == (None, True)


def test_nobody_there_is_unavailable_and_not_ready():
    client = RasaClient("http://127.0.0.1:1", "k")
    assert client.ready() is False
    with pytest.raises(Unavailable):
        talk(client)


def test_no_address_is_unavailable():
    with pytest.raises(Unavailable):
        talk(RasaClient("", ""))


@pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False), (500, False)])
def test_ready_is_what_the_gateway_says(client, gateway, status, ready):
    gateway.says = status, b"{}"
    assert client.ready() is ready


# -- the breaker -----------------------------------------------------------------------------------------------------
class Time:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def time(client):
    made = Time()
    client._breaker = Breaker(made)
    return made


def fail(client, times):
    for _ in range(times):
        with pytest.raises(Unavailable):
            talk(client)


def test_failures_in_a_row_open_the_breaker_and_a_trial_closes_it(client, gateway, time):
    gateway.says = 503, b"{}"
    fail(client, OPEN_AFTER + 3)
    assert len(gateway.heard) == OPEN_AFTER  # the last three were not even tried
    gateway.says = 200, b'{"messages": [{"text": "back"}]}'
    fail(client, 1)
    time.now += OPEN_SECONDS
    assert talk(client) == [{"text": "back"}]
    assert talk(client) == [{"text": "back"}]


def test_one_trial_at_a_time_and_a_failed_one_opens_again(client, gateway, time):
    gateway.says = 503, b"{}"
    fail(client, OPEN_AFTER)
    time.now += OPEN_SECONDS
    assert client._breaker.allow()
    assert not client._breaker.allow()
    client._breaker.record(ok=False)
    assert not client._breaker.allow()
    time.now += OPEN_SECONDS
    assert client._breaker.allow()


def test_a_success_between_failures_keeps_it_closed(client, gateway, time):
    for _ in range(3):
        gateway.says = 503, b"{}"
        fail(client, OPEN_AFTER - 1)
        gateway.says = 200, b'{"messages": []}'
        assert talk(client) == []


def test_one_message_that_breaks_rasa_keeps_nobody_else_away(client, gateway, time):
    gateway.says = 500, b'{"error": "turn"}'
    fail(client, OPEN_AFTER * 3)
    gateway.says = 200, b'{"messages": []}'
    assert talk(client) == []


def test_a_rasa_that_hangs_is_let_go(monkeypatch):
    monkeypatch.setattr(rasa, "DEADLINE", httpx.Timeout(0.1))
    with socket_that_says_nothing() as url, pytest.raises(Unavailable) as error:
        talk(RasaClient(url, "k"))
    assert error.value.facts["why"] == "ReadTimeout"


class socket_that_says_nothing:  # noqa: N801 - reads as what it is
    def __enter__(self):
        import socket

        self.socket = socket.create_server(("127.0.0.1", 0))
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __exit__(self, *_):
        self.socket.close()
