"""The door's store and handler, counted: retries, answers given again, answers that came late, windows used up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily

from bot.ports import Ports
from bot.services import reach

RECEIVED = Counter("peizhen_wechat_messages_total", "Messages and events from WeChat", ["kind"])
RETRIES = Counter("peizhen_wechat_retries_total", "Messages that WeChat posted again")
REPEATED = Counter("peizhen_wechat_duplicate_answers_total", "Retries that got the answer given before")
FALLBACKS = Counter("peizhen_wechat_fallbacks_total", "Answers too late for WeChat's own reply")
QUARANTINED = Counter("peizhen_wechat_quarantined_total", "Signed posts that nobody could read")
WAITED = Histogram(
    "peizhen_wechat_answer_seconds",
    "Time until an answer was there, or was given up for this post",
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.3, 4.8, 5.0),  # 5 s: WeChat's
)


log = logging.getLogger(__name__)


class Counted:
    """Store and Handler of the connector around our desk; what it does not count it passes on."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    def accept(self, message: Any) -> tuple[int, bool]:
        row, new = self._desk.accept(message)
        RECEIVED.labels(message.kind).inc()
        RETRIES.inc(0 if new else 1)
        return row, new

    def given(self, row: int) -> bytes | None:
        body: bytes | None = self._desk.given(row)
        REPEATED.inc(body is not None)
        return body

    def too_late(self, row: int) -> None:
        FALLBACKS.inc()
        self._desk.too_late(row)

    def quarantine(self, reason: str, raw: bytes, *more: Any, **named: Any) -> Any:
        QUARANTINED.inc()
        return self._desk.quarantine(reason, raw, *more, **named)

    def answer(self, row: int, **how: Any) -> Any:
        with WAITED.time():
            return self._desk.answer(row, **how)


class QuotaLeft:
    """Asked at each scrape: how many people may still get how many customer messages."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            windows = reach.open_windows(self._ports)
        except Exception as error:  # the other figures are wanted most when the database is down
            log.warning("quota left: %s", type(error).__name__)
            return
        found = GaugeMetricFamily(
            "peizhen_wechat_quota_left", "People by messages left in their 48 hours", labels=["left"]
        )
        for left, people in windows.items():
            found.add_metric([str(left)], people)
        yield found
