"""Token stores: within one process, or one file for all processes of one machine."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.wechat.errors import PlatformLater
from connectors.wechat.ports import Token, TokenStore

LOCK_SECONDS = 10.0  # a fetch ends after 11 s at the latest (3 to connect, 8 to read)
LOCK_STEP = 0.02


def current(store: TokenStore, *, usable: Callable[[Token], bool], fetch: Callable[[int], Token]) -> Token:
    """The shared record; when it is not usable any more, one caller of all processes fetches the next.

    `fetch` gets the next serial. Raises PlatformLater('token_lock') when somebody else fetches for too long, and what
    `fetch` raises.
    """
    stored = store.load()
    if stored and usable(stored):
        return stored
    try:
        with store.lock():
            stored = store.load()
            if stored and usable(stored):
                return stored
            fresh = fetch((stored.serial if stored else 0) + 1)
            store.save(fresh)
            return fresh
    except TimeoutError:
        raise PlatformLater(0, "token_lock") from None


class MemoryTokens:
    """For one process: `TokenStore` of ports.py."""

    def __init__(self) -> None:
        self._token: Token | None = None
        self._lock = threading.Lock()

    def load(self) -> Token | None:
        """The record or None."""
        return self._token

    def save(self, token: Token) -> None:
        """Replace the record."""
        self._token = token

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Raises TimeoutError."""
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            raise TimeoutError
        try:
            yield
        finally:
            self._lock.release()


class FileTokens:
    """One file (mode 600) beside a lock file; safe for threads and processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    def load(self) -> Token | None:
        """The record; None also when the file is missing or damaged."""
        try:
            return Token(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def save(self, token: Token) -> None:
        """Replace the file in one step, so that a reader never sees half of it."""
        fresh = self._path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        record = {"value": token.value, "expires_at": token.expires_at, "serial": token.serial}
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(record, file)
        fresh.replace(self._path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Raises TimeoutError."""
        deadline = time.monotonic() + LOCK_SECONDS
        if not self._threads.acquire(timeout=LOCK_SECONDS):
            raise TimeoutError
        try:
            with self._path.with_suffix(".lock").open("a") as file:
                _flock(file.fileno(), deadline)
                yield
        finally:
            self._threads.release()


def _flock(descriptor: int, deadline: float) -> None:
    """`flock` has no time-out of its own. Closing the file gives the lock back."""
    while not _taken(descriptor):
        if time.monotonic() >= deadline:
            raise TimeoutError
        time.sleep(LOCK_STEP)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
