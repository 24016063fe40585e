"""Time, waiting, network and threads, handed in so that tests need none of them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from connectors.simulator.pool import Pool
from connectors.simulator.transport import Answer, post


class Submit(Protocol):
    """Runs a task some time soon."""

    def __call__(self, task: Callable[[], None]) -> bool:
        """False = too much is waiting already; the task will not run."""


def _pool() -> Submit:
    return Pool().submit


@dataclass(frozen=True)
class Tools:
    """`clock` gives Unix seconds; `post(url, body, seconds)` raises NoAnswer; `chance` is from 0 to 1."""

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    post: Callable[[str, bytes, float], Answer] = post
    chance: Callable[[], float] = random.random
    submit: Submit = field(default_factory=_pool)
