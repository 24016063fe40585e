"""The real POST against real sockets: answers, refusals, and the hard end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from connectors.simulator.pool import Pool
from connectors.simulator.transport import NoAnswer, post


def read_request(connection: socket.socket) -> None:
    """All of it: a socket closed with bytes unread resets the line under an answer already sent."""
    request = connection.makefile("rb")
    length = 0
    while line := request.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    request.read(length)


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answers one connection on loopback."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                read_request(connection)
                answer(connection)
            except OSError:
                return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/wechat?a=1"
    finally:
        listener.close()
        thread.join(2)


def send(*pieces: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            threading.Event().wait(pause)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD + b"Content-Length: 7\r\n\r\n", b"success"),
        (HEAD + b"\r\n", b"succ", b"ess"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nsucc\r\n", b"3\r\ness\r\n0\r\n\r\n"),
    ],
)
def test_an_answer_comes_back_whole(pieces: tuple[bytes, ...]) -> None:
    with server(send(*pieces)) as url:
        answer = post(url, b"<xml/>", 2)
    assert (answer.status, answer.content_type, answer.body) == (200, "text/xml", b"success")


@pytest.mark.parametrize(
    "pieces",
    [
        (b"",),
        (b"junk\r\n\r\n",),
        (HEAD + b"Content-Length: 70\r\n\r\nshort",),
        (HEAD + b"\r\n" + b"x" * 70_000,),
    ],
)
def test_what_is_no_answer_is_told_apart(pieces: tuple[bytes, ...]) -> None:
    with server(send(*pieces)) as url, pytest.raises(NoAnswer):
        post(url, b"<xml/>", 2)


@pytest.mark.parametrize("pieces", [(b"",) * 50, (HEAD + b"Content-Length: 50\r\n\r\n", *[b"x"] * 50)])
def test_the_line_is_cut_when_time_is_over(pieces: tuple[bytes, ...]) -> None:
    """Before the other side, which takes ten seconds, has hung up or said all."""
    with server(send(*pieces, pause=0.2)) as url, pytest.raises(NoAnswer, match="timeout"):
        post(url, b"<xml/>", 0.3)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer):
        post(f"http://127.0.0.1:{port}/", b"", 1)


def test_the_pool_is_bounded_and_survives_a_failing_task() -> None:
    pool, gate, done = Pool(threads=1, waiting=2), threading.Event(), threading.Event()
    started = threading.Event()

    def fail() -> None:
        started.set()
        gate.wait(5)
        raise RuntimeError

    assert pool.submit(fail)
    assert started.wait(5)
    assert pool.submit(done.set)
    assert pool.submit(lambda: None)
    assert not pool.submit(lambda: None)
    gate.set()
    assert done.wait(5)
