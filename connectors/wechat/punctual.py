"""The host's store, each of whose steps ends in time or counts as failed.

A database that hangs holds whoever asks it, and WeChat hangs up after five seconds. So the steps run in threads of
their own and are waited for until the post's time is over. A step that is left behind goes on: what it stores in the
end is the host's to find, as after a process that died.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from dataclasses import dataclass
from typing import Any, TypeVar

from connectors.wechat.ports import Clock, Inbound, Message, Store

THREADS = 32  # steps at once in one process
LEAST = 0.05  # seconds that a step gets when the time is over already
Done = TypeVar("Done")


class Late(Exception):
    """A step of the store did not end in time; it may still be done."""


@dataclass(frozen=True)
class Punctual:
    """`Store` of ports.py for one post. `until`: when its time is over, on the monotonic clock."""

    store: Store
    pool: ThreadPoolExecutor
    clock: Clock
    until: float

    def vouched(self, signature: str, content: str) -> bool:
        return self._in_time(self.store.vouched, signature, content)

    def accept(self, message: Inbound) -> tuple[int, bool]:
        return self._in_time(self.store.accept, message)

    def given(self, row: int) -> bytes | None:
        return self._in_time(self.store.given, row)

    def settle(self, row: int, body: bytes, rest: Sequence[Message], kept: Sequence[Message] = ()) -> bool:
        return self._in_time(self.store.settle, row, body, rest, kept)

    def too_late(self, row: int) -> None:
        self._in_time(self.store.too_late, row)

    def keep(self, row: int, body: bytes) -> bool:
        return self._in_time(self.store.keep, row, body)

    def quarantine(self, reason: str, raw: bytes) -> None:
        self._in_time(self.store.quarantine, reason, raw)

    def _in_time(self, step: Callable[..., Done], *facts: Any) -> Done:
        """Raises Late, and what the step raises."""
        try:
            return self.pool.submit(step, *facts).result(max(self.until - self.clock.monotonic(), LEAST))
        except StillRunning:
            raise Late from None
