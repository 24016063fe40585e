"""One HTTP POST with a hard end, as WeChat does it: after five seconds the line is cut."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LARGEST = 64 * 1024  # a passive reply has a few kilobytes; more is a fault
CHUNK = 8192


class NoAnswer(Exception):
    """Nothing usable came back in time; the argument says what happened."""


@dataclass(frozen=True)
class Answer:
    """What the product answered."""

    status: int
    content_type: str
    body: bytes


def post(url: str, body: bytes, seconds: float, headers: Mapping[str, str] | None = None) -> Answer:
    """POST, as XML or JSON by its first byte. Raises NoAnswer on time-out, refusal or an overlong answer."""
    ends = time.monotonic() + seconds
    connection = _connection(url, seconds)
    try:
        return _exchange(connection, url, body, ends, headers or _headers(body))
    except TimeoutError:
        raise NoAnswer("timeout") from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(type(error).__name__) from None
    finally:
        connection.close()


def _headers(body: bytes) -> dict[str, str]:
    return {"Content-Type": "application/json" if body.startswith(b"{") else "text/xml"}


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=seconds)


def _exchange(
    connection: http.client.HTTPConnection, url: str, body: bytes, ends: float, headers: Mapping[str, str]
) -> Answer:
    parts = urlsplit(url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection.request("POST", path, body, {**headers, "User-Agent": "Mozilla/4.0", "Connection": "close"})
    socket = connection.sock
    socket.settimeout(_left(ends))
    response = connection.getresponse()
    content = b""
    while not response.isclosed():
        socket.settimeout(_left(ends))
        chunk = response.read1(CHUNK)
        content += chunk
        if len(content) > LARGEST:
            raise NoAnswer("too long")
        if not chunk:
            break
    if response.length:
        raise NoAnswer("cut off")
    return Answer(response.status, response.headers.get("Content-Type", ""), content)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
