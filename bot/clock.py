"""Two clocks: the hospital's (can be shifted in demo) and the machine's (never shifted).

`now()` is the hospital's time as naive UTC; days and words use Asia/Shanghai.
`wire()` is for what the outside world checks: WeChat and Pay timestamps, leases, deadlines, cookies.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFSET_FILE = "clock-offset"

_shift: timedelta | None = None
_frozen: datetime | None = None


def _offset() -> timedelta:
    """Seconds between the hospital's clock and the machine's, read once per process."""
    global _shift
    if _shift is None:
        path = Path(os.environ.get("PEIZHEN_VAR", "var")) / OFFSET_FILE
        try:
            _shift = timedelta(seconds=float(path.read_text().split()[0]))
        except (OSError, ValueError, IndexError):
            _shift = timedelta(0)
    return _shift


def now() -> datetime:
    """The hospital's time, naive UTC."""
    return _frozen if _frozen is not None else wire() + _offset()


def wire() -> datetime:
    """The machine's time, naive UTC."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def wire_seconds() -> int:
    """The machine's time, Unix seconds."""
    return int(time.time())


def local(moment: datetime) -> datetime:
    """Naive UTC → aware Asia/Shanghai."""
    return moment.replace(tzinfo=timezone.utc).astimezone(SHANGHAI)


def utc(moment: datetime) -> datetime:
    """Aware, or naive Asia/Shanghai → naive UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def today() -> date:
    """The hospital's day."""
    return local(now()).date()


def write_offset(var: Path, start: datetime | None) -> None:
    """Set or clear the shift that all processes read. `start` is naive Asia/Shanghai (`PEIZHEN_NOW`).

    The same start as last time keeps the shift: the hospital's clock goes on over a restart, never back.
    """
    path = var / OFFSET_FILE
    if start is None:
        path.unlink(missing_ok=True)
        return
    kept = path.read_text().split() if path.exists() else []
    if kept[1:] != [start.isoformat()]:
        path.write_text(f"{(utc(start) - wire()).total_seconds()} {start.isoformat()}")


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stop the hospital's clock at a naive UTC moment (tests)."""
    global _frozen
    before, _frozen = _frozen, moment
    try:
        yield
    finally:
        _frozen = before
