"""The door of a served hospital: who may call, when, and only once per nonce."""

from __future__ import annotations

import hmac
import re
import threading
import time
from itertools import islice
from typing import Protocol

from bot.his.http.signature import (
    FRESH_SECONDS,
    IDEMPOTENCY_HEADER,
    KEY_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    Key,
    sign,
)

SECONDS = re.compile(r"\d{1,12}", re.ASCII)
NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}", re.ASCII)


class Headers(Protocol):
    """A request's headers, whichever way the framework keeps them."""

    def get(self, key: str, default: str, /) -> str: ...


class DeniedError(Exception):
    """The code for the caller: unsigned, bad_signature, stale or replayed."""


class Guard:
    """Checks signatures of one key. Nonces live in this process: one process serves one hospital."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}  # nonce → when it may be forgotten, oldest first

    def check(self, headers: Headers, *, method: str, target: str, body: bytes) -> None:
        """Raises DeniedError. A nonce is only spent by a request whose signature is right."""
        seconds, nonce = headers.get(TIME_HEADER, ""), headers.get(NONCE_HEADER, "")
        if not SECONDS.fullmatch(seconds) or not NONCE.fullmatch(nonce):
            raise DeniedError("unsigned")
        right = sign(
            self._key.secret,
            method=method,
            target=target,
            seconds=seconds,
            nonce=nonce,
            idempotency_key=headers.get(IDEMPOTENCY_HEADER, ""),
            body=body,
        )
        given = headers.get(SIGNATURE_HEADER, "")
        known = _equal(headers.get(KEY_HEADER, ""), self._key.id)
        if not (_equal(given, right) and known):
            raise DeniedError("bad_signature")
        if abs(time.time() - int(seconds)) > FRESH_SECONDS:
            raise DeniedError("stale")
        self._spend(nonce)

    def _spend(self, nonce: str) -> None:
        now = time.monotonic()
        with self._lock:
            for old in [each for each, until in _oldest(self._seen) if until < now]:
                del self._seen[old]
            if nonce in self._seen:
                raise DeniedError("replayed")
            # Twice: a request may be signed 300 s ahead of our clock and stay fresh for 600 s.
            self._seen[nonce] = now + 2 * FRESH_SECONDS


def _oldest(seen: dict[str, float], count: int = 64) -> list[tuple[str, float]]:
    """The first entries; each request clears at most so many, so none waits for a big clean-up."""
    return list(islice(seen.items(), count))


def _equal(given: str, right: str) -> bool:
    """In constant time, for any bytes that a header can hold."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
