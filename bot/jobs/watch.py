"""When each job last worked, kept in a file that /readyz and `peizhen check` read."""

from __future__ import annotations

import json
import threading
from typing import Any

from bot import clock, wiring

FILE = "jobs.json"
_lock = threading.Lock()
_seen: dict[str, dict[str, Any]] = {}


def succeeded(name: str) -> None:
    _write(name, {"ok": True, "at": clock.wire_seconds()})


def failed(name: str, why: str) -> None:
    _write(name, {"ok": False, "at": clock.wire_seconds(), "why": why})


def _write(name: str, state: dict[str, Any]) -> None:
    with _lock:
        _seen[name] = state
        target = wiring.settings().var / FILE
        draft = target.with_suffix(".tmp")
        draft.write_text(json.dumps(_seen))
        draft.replace(target)
