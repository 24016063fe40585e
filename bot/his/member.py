"""One hospital of a federation: its port, threads of its own, and no other hospital's ids in its answers."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from typing import TypeVar

from bot.errors import HisUnavailable
from bot.his.port import HisPort, hospital_of

log = logging.getLogger(__name__)
T = TypeVar("T")
THREADS = 8  # calls at once of those that ask every hospital; one that hangs fills its own threads, nobody else's


class Member:
    """`id` is the prefix of all ids of this hospital. Safe to make before fork."""

    def __init__(self, hospital_id: str, his: HisPort) -> None:
        self.id, self.his = hospital_id, his
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def ask(self, call: Callable[[HisPort], T]) -> T:
        """The answer, when all ids in it are this hospital's; when not, an alarm and HisUnavailable."""
        answer = call(self.his)
        if any(hospital_of(found) != self.id for found in _ids(answer)):
            log.error("HIS ALARM %s: an id of another hospital", self.id)
            raise HisUnavailable(why="another hospital's id")
        return answer

    def later(self, work: Callable[[], T]) -> Future[T]:
        """Do it in a thread of this hospital."""
        pid = os.getpid()
        pool = self._pools.get(pid) or self._pools.setdefault(pid, ThreadPoolExecutor(THREADS, f"his-{self.id}"))
        return pool.submit(work)

    def close(self) -> None:
        """Give threads and connections back."""
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.shutdown(wait=False)
        getattr(self.his, "close", lambda: None)()


def _ids(answer: object) -> Iterator[str]:
    """Every id in a dataclass of the port, or in a list of them."""
    if isinstance(answer, (list, tuple)):
        for item in answer:
            yield from _ids(item)
    elif is_dataclass(answer):
        for field in fields(answer):
            value = getattr(answer, field.name)
            if isinstance(value, str) and (field.name == "id" or field.name.endswith("_id")):
                yield value
