"""Send what is due."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from bot import wiring
from bot.push import ladder, receipts
from bot.push.couriers import Couriers
from bot.push.outbox import Notice
from bot.services import audit, briefs, views


def run() -> int:
    ports = wiring.ports()
    receipts.apply(ports)
    return _mine().tick(ports)


def stop() -> None:
    """This process ends: what is in the air is finished, the rest is another's, or the next one's."""
    _mine().stop()


def _mine() -> Couriers:
    return _couriers(os.getpid(), int(wiring.ports().rules["notice_workers"]))


@lru_cache(maxsize=1)
def _couriers(pid: int, threads: int) -> Couriers:
    """Those of this process; made anew after a fork, which takes no threads along."""
    return Couriers(_deliver, threads=threads, worker=f"jobs-{pid}")


def _deliver(ports: Any, notice: Notice) -> None:
    with audit.tracing(f"notice/{notice.id}"):
        ladder.deliver(ports, notice, views.drawn, briefs.of)
