"""RasaClient: how web and jobs talk to rasa's gateway (deadline, breaker, no patient text in errors)."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx

from bot.errors import Unavailable
from bot.ports import Reply

DEADLINE = httpx.Timeout(20.0, connect=1.0)  # a turn may outlive the passive reply; its answer then goes out late
OPEN_AFTER = 5  # failures in a row that open the breaker
OPEN_SECONDS = 2.0  # supervised restarts take seconds; longer would only make patients wait

GONE = frozenset({401, 502, 503, 504})  # wrong key, no action server, no model: the same for every message


class Breaker:
    """Opens after failures in a row, lets one trial through when its time is over."""

    def __init__(self, now: Any = time.monotonic) -> None:
        self._lock, self._now = threading.Lock(), now
        self._failures, self._until = 0, 0.0

    def allow(self) -> bool:
        with self._lock:
            if self._failures < OPEN_AFTER or self._now() >= self._until:
                self._until = self._now() + OPEN_SECONDS
                return True
            return False

    def record(self, *, ok: bool) -> None:
        with self._lock:
            self._failures = 0 if ok else self._failures + 1
            self._until = self._now() + OPEN_SECONDS


class RasaClient:
    """DialoguePort over HTTP."""

    def __init__(self, url: str, key: str) -> None:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        self._client = httpx.Client(
            base_url=url, headers={"x-peizhen-key": key}, timeout=DEADLINE, limits=limits, trust_env=False
        )
        self._breaker = Breaker()

    def talk(
        self,
        *,
        conversation: str,
        text: str,
        metadata: Mapping[str, Any],
        fresh: bool,
        patience: float | None = None,
    ) -> list[Reply]:
        """One message in, bot messages out. Raises Unavailable when the turn did not happen.

        With a `patience` in seconds, also when it takes longer; that says nothing about rasa's health.
        """
        if not self._breaker.allow():
            raise Unavailable("unavailable", part="rasa", why="breaker")
        body = {"conversation": conversation, "text": text, "metadata": dict(metadata), "fresh": fresh}
        try:
            limit = DEADLINE if patience is None else httpx.Timeout(patience)
            answer = self._client.post("/webhooks/gateway/messages", json=body, timeout=limit)
            answer.raise_for_status()
            messages = [_reply(message) for message in answer.json()["messages"]]
        except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as error:
            if patience is None or not isinstance(error, httpx.TimeoutException):
                self._breaker.record(ok=_alive(error))
            raise Unavailable("unavailable", part="rasa", why=type(error).__name__) from None
        self._breaker.record(ok=True)
        return messages

    def ready(self) -> bool:
        """Whether rasa has a model loaded and listens."""
        try:
            return self._client.get("/webhooks/gateway/health", timeout=2.0).is_success
        except httpx.HTTPError:
            return False


def _alive(error: Exception) -> bool:
    """Whether rasa is there and stumbled over this one message: no reason to keep everybody else away."""
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code not in GONE


def _reply(message: Mapping[str, Any]) -> Reply:
    """A rasa bot message → our vocabulary: `custom` is already ours, buttons become choices."""
    reply: Reply = dict(message.get("custom") or {})
    if message.get("text"):
        reply["text"] = message["text"]
    if message.get("buttons"):
        reply["choices"] = [{"label": b["title"], "payload": b["payload"]} for b in message["buttons"]]
    return reply
