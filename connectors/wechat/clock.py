"""The machine's clock, for hosts that have no own."""

from __future__ import annotations

import time


class MachineClock:
    """`Clock` of ports.py."""

    def seconds(self) -> int:
        """Unix seconds."""
        return int(time.time())

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        time.sleep(seconds)
