"""A circuit breaker: when a hospital does not answer, stop asking for a while, then try with one call."""

from __future__ import annotations

import threading
import time

FAILURES = 5  # in a row
REST_SECONDS = 10.0


class Breaker:
    """Counts failures in a row; shared by the threads of one process."""

    def __init__(self, failures: int = FAILURES, rest: float = REST_SECONDS) -> None:
        self._limit = failures
        self._rest = rest
        self._lock = threading.Lock()
        self._failed = 0
        self._opened = 0.0
        self._probing = False

    def allows(self) -> bool:
        """Whether a call may go out. While resting: no; after it, one caller at a time is the probe."""
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._probing or time.monotonic() - self._opened < self._rest:
                return False
            self._probing = True
            return True

    def record(self, *, ok: bool) -> None:
        """What became of a call that was allowed."""
        with self._lock:
            self._probing = False
            self._failed = 0 if ok else self._failed + 1
            if self._failed >= self._limit:
                self._opened = time.monotonic()
