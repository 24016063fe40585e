"""Threads that empty the outbox: each takes one notice, sends it, and takes the next that is due.

A way that takes eight seconds a call then delays as many as it has in hand and nobody else. A notice is claimed in the
moment its turn has come, so its lease covers its own delivery alone, and one person's notices go one after the other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.push import outbox
from bot.push.outbox import Notice

if TYPE_CHECKING:
    from bot.ports import Ports

BROKEN = "broken"  # the reason of a notice that a defect of ours kept back
TICK = 1.0  # seconds that one tick waits for those it sent out; the slow ones go on beside the next

log = logging.getLogger(__name__)

Deliver = Callable[["Ports", Notice], object]


class Couriers:
    """The threads of one process. `deliver` hands one claimed notice over and writes down how it ended."""

    def __init__(self, deliver: Deliver, *, threads: int, worker: str) -> None:
        self._deliver, self._worker = deliver, worker
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="courier")
        self._idle = threading.Semaphore(threads)
        self._out: list[Future[int]] = []
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish what is in hand and take nothing more."""
        self._stopping.set()

    def tick(self, ports: Ports, *, patience: float = TICK) -> int:
        """Send out who is idle while anything is due; gives how many notices those who came back have seen to."""
        while self._idle.acquire(blocking=False):
            notice = self._next(ports)
            if notice is None:
                break
            self._out.append(self._pool.submit(self._round, ports, notice))
        wait(self._out, timeout=patience)
        back = [one for one in self._out if one.done()]
        self._out = [one for one in self._out if one not in back]
        return sum(one.result() for one in back)

    def _next(self, ports: Ports) -> Notice | None:
        """The next one for a courier, who is idle again when there is none or it cannot be read."""
        notice = None
        try:
            if not self._stopping.is_set():
                notice = outbox.claim_next(ports, worker=self._worker)
        finally:
            if notice is None:
                self._idle.release()
        return notice

    def _round(self, ports: Ports, notice: Notice | None) -> int:
        """Deliver until nothing is due."""
        done = 0
        while notice is not None:
            self._hand_over(ports, notice)
            done += 1
            notice = self._next(ports)
        return done

    def _hand_over(self, ports: Ports, notice: Notice) -> None:
        try:
            self._deliver(ports, notice)
        except Exception as error:  # it is tried again later; the others go out now
            log.error("notice %s: %s", notice.id, type(error).__name__)
            self._put_off(ports, notice)

    @staticmethod
    def _put_off(ports: Ports, notice: Notice) -> None:
        again = ports.now() + timedelta(seconds=ports.rules["notice_lease_seconds"])
        try:
            outbox.settle(ports, notice=notice, state="waiting", error=BROKEN, due_at=again)
        except Exception as error:  # its claim runs out
            log.error("notice %s put off: %s", notice.id, type(error).__name__)
