"""A few daemon threads with a bounded queue: an exit never waits for a slow answer."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

THREADS = 12
WAITING = 200

log = logging.getLogger(__name__)


class Pool:
    """Starts its threads with the first task, so that it survives a fork before that."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._threads, self._started, self._lock = threads, False, threading.Lock()
        self._tasks: queue.Queue[Callable[[], None]] = queue.Queue(waiting)

    def submit(self, task: Callable[[], None]) -> bool:
        """Queue a task; False when the queue is full."""
        self._start()
        try:
            self._tasks.put_nowait(task)
        except queue.Full:
            return False
        return True

    def _start(self) -> None:
        with self._lock:
            if self._started:
                return
            self._started = True
            for number in range(self._threads):
                threading.Thread(target=self._work, name=f"simulator-{number}", daemon=True).start()

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                task()
            except Exception:
                log.exception("a task of the simulator failed")
