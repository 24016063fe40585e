"""What gunicorn itself has to refuse: short answers, and no word of a stranger in page or log."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.supervise import free_port, web_command

ROOT = Path(__file__).parents[2]
MARK = b"ECHOMARK9137"
LONG = 60  # seconds after which a test that waits gives up
END = b"Host: x\r\nConnection: close\r\n\r\n"
APP = """
def app(environ, start):
    if environ["PATH_INFO"] == "/fails":
        raise RuntimeError(environ["QUERY_STRING"])
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
Ask = Callable[[bytes], bytes]

JUNK = {
    "no request": (MARK + b"\r\n\r\n", b"400"),
    "method": (b"GE<T>" + MARK + b" / HTTP/1.1\r\n" + END, b"400"),
    "version": (b"GET / HTTP/9.9\r\n" + END, b"400"),
    "long line": (b"GET /" + MARK + b"a" * 5000 + b" HTTP/1.1\r\n" + END, b"400"),
    "header name": (b"GET / HTTP/1.1\r\n" + MARK + b" <script>: 1\r\n" + END, b"400"),
    "header of 9 KB": (b"GET / HTTP/1.1\r\nX-A: " + MARK + b"a" * 9000 + b"\r\n" + END, b"431"),
    "200 headers": (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + END, b"431"),
    "negative length": (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n" + END, b"400"),
    "two lengths": (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n" + END, b"400"),
    "unknown coding": (b"POST / HTTP/1.1\r\nTransfer-Encoding: " + MARK + b"\r\n" + END, b"400"),
    "our own fault": (b"GET /fails?" + MARK + b" HTTP/1.1\r\n" + END, b"500"),
    "chunk size": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + MARK + b"\r\n", b"200"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("worker")
    (made / "small_app.py").write_text(APP)
    return made


@pytest.fixture(scope="module")
def log(folder: Path) -> Path:
    return folder / "log"


@pytest.fixture(scope="module")
def ask(folder: Path, log: Path) -> Iterator[Ask]:
    """gunicorn as we start it, with a small app of the test's own; gives what it answers to raw bytes."""
    port = free_port()
    command = web_command({"PEIZHEN_HOST": "127.0.0.1", "PORT": str(port)})[:-1]  # type: ignore[arg-type]
    command += ["--pythonpath", str(folder), "--workers", "1", "small_app:app"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    _wait(port, process)
    yield lambda sent: _exchange(port, sent)
    process.terminate()
    process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while socket.socket().connect_ex(("127.0.0.1", port)):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)


def _exchange(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), LONG) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


@pytest.mark.parametrize("name", JUNK)
def test_what_cannot_be_parsed_is_refused_without_an_echo(ask: Ask, log: Path, name: str) -> None:
    sent, status = JUNK[name]
    answer = ask(sent)
    assert answer.startswith(b"HTTP/1.1 " + status)
    for seen in (answer, log.read_bytes()):
        assert MARK not in seen
        assert b"Traceback" not in seen
        assert b"<script>" not in seen


def test_each_refusal_is_one_line_with_its_kind(ask: Ask, log: Path) -> None:
    before = log.read_text().count("\n")
    ask(MARK + b"\r\n\r\n")
    (line,) = log.read_text().splitlines()[before:]
    assert "400 before the app: InvalidRequestLine at" in line


def test_a_half_open_request_is_hung_up_on_and_others_are_answered(ask: Ask, folder: Path) -> None:
    """Of what begins and never ends: a line, headers, a body."""
    port = int(ask.__closure__[0].cell_contents)  # type: ignore[index]
    begun = [b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"] * 40  # more than there are threads
    lines = [socket.create_connection(("127.0.0.1", port), LONG) for _ in begun]
    for line, sent in zip(lines, begun, strict=True):
        line.sendall(sent)
    assert ask(b"GET / HTTP/1.1\r\n" + END).startswith(b"HTTP/1.1 200")  # though nobody has hung up himself
    for line in lines:
        assert line.recv(100) == b""
        line.close()


def test_control_gunicorns_own_worker_quotes_the_stranger(folder: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen([*command, "--pythonpath", str(folder), "small_app:app"], stderr=subprocess.DEVNULL) as own:
        _wait(port, own)
        answer = _exchange(port, JUNK["no request"][0])
        own.terminate()
    assert MARK in answer
