"""One signed call: deadlines, one retry, the breaker, and nothing but JSON under 16 MB as an answer."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from typing import Any

import httpx

from bot.errors import HisUnavailable
from bot.his import codes
from bot.his.http.breaker import Breaker
from bot.his.http.signature import headers, parse_key

log = logging.getLogger(__name__)
TIMEOUT = httpx.Timeout(5.0, connect=2.0)  # seconds
LONGEST_BODY_SECONDS = 5.0  # the read time-out restarts with every chunk; this one does not
LARGEST_ANSWER = 16 * 1024 * 1024  # bytes: two weeks of a large hospital's slots are 4 MB
OK = 200
BUSY = frozenset({502, 503, 504})  # the answer of a gateway or a restart: worth one more try
SERVER_ERROR = 500


class Caller:
    """The hospital's address, our key, and one connection pool per process."""

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = httpx.URL(url.rstrip("/"))
        self._key = parse_key(key)
        self._transport = transport
        self._clients: dict[int, httpx.Client] = {}
        self._breaker = Breaker()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        key: str = "",
        refusals: frozenset[str] = frozenset(),
    ) -> Any:
        """The answer's JSON. Raises HisRefused for one of `refusals`, HisUnavailable for everything else.

        Every call of the contract may be repeated (it reads, or has a key), so one that broke on the way is
        repeated once. One that timed out is not: the patient waits, and a sweep asks by key.
        """
        content = b"" if body is None else json.dumps(body).encode()
        response = self._send(method, path, content, key)
        data = _json(response, f"{method} {path[1:].partition('/')[0].partition('?')[0]}")
        if response.status_code == OK:
            return data
        said = data.get("code") if isinstance(data, dict) else None
        refused = codes.refusal(response.status_code, said, known=refusals)
        if refused is not None:
            raise refused
        raise HisUnavailable(why=f"status {response.status_code}")

    def close(self) -> None:
        """Close this process's connections."""
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    def _send(self, method: str, path: str, content: bytes, key: str) -> httpx.Response:
        if not self._breaker.allows():
            raise HisUnavailable(why="resting")
        try:
            response = self._twice(method, path, content, key)
        except httpx.HTTPError as error:
            self._breaker.record(ok=False)
            log.warning("the hospital does not answer: %s", type(error).__name__)
            raise HisUnavailable(why=type(error).__name__) from None
        except BaseException:
            self._breaker.record(ok=False)
            raise
        self._breaker.record(ok=response.status_code < SERVER_ERROR)
        return response

    def _twice(self, method: str, path: str, content: bytes, key: str) -> httpx.Response:
        try:
            response = self._once(method, path, content, key)
        except httpx.TimeoutException:
            raise
        except httpx.TransportError:
            return self._once(method, path, content, key)
        return self._once(method, path, content, key) if response.status_code in BUSY else response

    def _once(self, method: str, path: str, content: bytes, key: str) -> httpx.Response:
        url = httpx.URL(f"{self._url}{path}")
        signed = headers(self._key, method=method, target=url.raw_path.decode(), idempotency_key=key, body=content)
        if content:
            signed["Content-Type"] = "application/json"
        with self._client().stream(method, url, content=content, headers=signed) as response:
            return httpx.Response(response.status_code, headers=response.headers, content=_limited(response))

    def _client(self) -> httpx.Client:
        """This process's client; made at first use, so after fork."""
        pid = os.getpid()
        return self._clients.get(pid) or self._clients.setdefault(pid, self._new_client())

    def _new_client(self) -> httpx.Client:
        return httpx.Client(timeout=TIMEOUT, transport=self._transport, trust_env=False, follow_redirects=False)


def _limited(response: httpx.Response) -> bytes:
    """The body; raises when it is larger than any honest answer or drips in too slowly."""
    read, late = bytearray(), time.monotonic() + LONGEST_BODY_SECONDS
    for chunk in response.iter_bytes():
        read += chunk
        if time.monotonic() > late:
            raise httpx.ReadTimeout("answer drips", request=response.request)
        if len(read) > LARGEST_ANSWER:
            raise httpx.DecodingError("answer too large", request=response.request)
    return bytes(read)


def _json(response: httpx.Response, call: str) -> Any:
    """Raises HisUnavailable for anything but JSON, such as a login page with status 200."""
    try:
        return json.loads(response.content.decode())
    except (ValueError, RecursionError):
        log.error("HIS ALARM %s: status %d without JSON", call, response.status_code)
        raise HisUnavailable(why="not JSON") from None
