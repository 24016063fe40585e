"""What WeChat is answered for an accepted message, in time whatever the host is doing.

WeChat waits five seconds and asks three times. The ladder: the answer in the reply → where the account has customer
messages, `success` now and the answer when it is ready → where it has none, 查看回复, by which the user gets the answer
that the host kept. No attempt is left without an answer to make WeChat ask again: it counts those as failures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.wechat import capabilities
from connectors.wechat.capabilities import Capabilities
from connectors.wechat.keeping import WAIT, ticket
from connectors.wechat.outbound import CARDS, compose, passive_xml
from connectors.wechat.ports import Account, Clock, Handler, Inbound, Message, Store
from connectors.wechat.punctual import Late

SUCCESS = b"success"
BUDGET = 4.3  # seconds from a request's arrival; WeChat hangs up after 5

log = logging.getLogger("connectors.wechat")

Seal = Callable[[str], bytes]  # a reply's XML → the bytes for WeChat


@dataclass(frozen=True)
class Answering:
    """One account's way of answering. `wait`: what a user reads when his answer is not ready."""

    account: Account
    handler: Handler
    clock: Clock
    wait: str = WAIT

    @property
    def can(self) -> Capabilities:
        return capabilities.of(self.account.kind)

    def body(self, store: Store, row: int, message: Inbound, *, new: bool, deadline: float, seal: Seal) -> bytes:
        """The bytes to answer: those given before, else a reply, else what the ladder has. `deadline`: monotonic."""
        before = None if new else store.given(row)
        if before is not None:
            return before
        if self.can.customer_messages:
            return self._now_or_later(store, row, message, deadline, seal)
        return self._now_or_kept(store, row, message, deadline, seal)

    def say(self, messages: Sequence[Message], message: Inbound, seal: Seal) -> bytes:
        """A reply of which nothing is stored, for a host whose store is down."""
        return self._composed(messages, message, seal)[0]

    def _now_or_later(self, store: Store, row: int, message: Inbound, deadline: float, seal: Seal) -> bytes:
        messages = self.handler.answer(row, timeout=self._left(deadline))
        if messages is not None:
            return self._settled(store, row, messages, message, seal)
        store.too_late(row)
        return _given(store, row)

    def _now_or_kept(self, store: Store, row: int, message: Inbound, deadline: float, seal: Seal) -> bytes:
        messages = self._asked(row, deadline)
        if messages is not None:
            return self._settled(store, row, messages, message, seal)
        body, _, _ = self._composed([ticket(self.wait)], message, seal)
        return _claimed(store, row, body, lambda: store.keep(row, body))

    def _asked(self, row: int, until: float) -> Sequence[Message] | None:
        """A host that breaks is one that is not ready: nothing can follow here, so the user must be told how to ask."""
        try:
            return self.handler.answer(row, timeout=self._left(until))
        except Exception as error:
            log.error("answer failed: %s, row %s", type(error).__name__, row)
            return None

    def _settled(self, store: Store, row: int, messages: Sequence[Message], message: Inbound, seal: Seal) -> bytes:
        body, rest, kept = self._composed(messages, message, seal)
        return _claimed(store, row, body, lambda: store.settle(row, body, rest, kept))

    def _composed(
        self, messages: Sequence[Message], message: Inbound, seal: Seal
    ) -> tuple[bytes, list[Message], list[Message]]:
        event = message.kind == "event"
        answer = compose(
            messages,
            hosts=self.account.hosts,
            cards=CARDS if event else 1,
            later=self.can.customer_messages,
            transfers=not event,
        )
        if answer.first is None:
            return SUCCESS, answer.rest, answer.kept
        now = self.clock.seconds()
        return (
            seal(passive_xml(answer.first, to=message.openid, sender=message.account, at=now)),
            answer.rest,
            answer.kept,
        )

    def _left(self, deadline: float) -> float:
        return max(0.0, deadline - self.clock.monotonic())


def _claimed(store: Store, row: int, body: bytes, claim: Callable[[], bool]) -> bytes:
    """The body if it is ours to say. A claim that hangs is made or not: said twice is better than not at all."""
    try:
        mine = claim()
    except Late:
        return body
    return body if mine else _given(store, row)


def _given(store: Store, row: int) -> bytes:
    """Another attempt was first: say what it said."""
    return store.given(row) or SUCCESS
