"""The hospital's directory, kept for a few seconds: departments and doctors are asked for in every turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from bot.his.port import Department, Doctor, HisPort, Hospital

FRESH_SECONDS = 15  # a new doctor is understood within a minute: this, plus the jobs' directory tick
KEPT = frozenset({"hospitals", "departments", "doctors"})


class CachedHis:
    """HisPort in front of HisPort. Only the directory is kept, never anything of a patient or a place."""

    def __init__(self, inner: HisPort, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._inner, self._monotonic = inner, monotonic
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def hospitals(self) -> list[Hospital]:
        return list(self._fresh("hospitals"))

    def departments(self) -> list[Department]:
        return list(self._fresh("departments"))

    def doctors(self) -> list[Doctor]:
        return list(self._fresh("doctors"))

    def _fresh(self, name: str) -> Any:
        with self._lock:
            at, value = self._kept.get(name, (float("-inf"), None))
        if self._monotonic() - at < FRESH_SECONDS:
            return value
        value = getattr(self._inner, name)()
        with self._lock:
            self._kept[name] = (self._monotonic(), value)
        return value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
