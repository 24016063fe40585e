"""The courier carries what a phone sends to the product, in the background, and shows what comes back."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.simulator.attempts import Attempts, Outcome
from connectors.simulator.bubbles import Bubbles, Draft, note
from connectors.simulator.config import SimulatorConfig
from connectors.simulator.database import Database
from connectors.simulator.deliveries import Deliveries, Delivery, xml_of
from connectors.simulator.errors import Rejected
from connectors.simulator.outgoing import Outgoing
from connectors.simulator.phones import Phone, Phones
from connectors.simulator.tools import Tools

FAULT = "该公众号提供的服务出现故障，请稍后再试"
SLOW_UP, SLOW_DOWN = 2.0, 1.0  # seconds that a slow network takes each way
TWIN_AFTER = 0.3  # seconds until a duplicate follows
REVIVE_EVERY = 5.0


class Courier:
    """Owns the way from a bubble of the phone to the bubble of the account."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database) -> None:
        self._account_id, self._tools = config.account_id, tools
        self._attempts = Attempts(config, tools)
        self._deliveries, self._bubbles, self._phones = (
            Deliveries(database),
            Bubbles(database),
            Phones(database),
        )
        self._revived_at = 0.0

    def send(self, phone: Phone, sent: Outgoing) -> int | None:
        """Show the phone's own bubble, queue the message; returns the bubble's id. Raises Rejected 429."""
        now = self._tools.clock()
        shown = self._bubbles.add(phone.id, _own(sent.bubble, phone), now=now) if sent.bubble else None
        body = xml_of(phone, self._account_id, sent, now=now)
        delivery = self._deliveries.add(phone.id, shown, body, sent, now=now)
        if not phone.offline and not self._start([delivery]):
            raise Rejected(429, "too_busy")
        return shown

    def flush(self, phone: Phone) -> None:
        """The phone is online again: everything that waited goes out in order."""
        self._bubbles.release(phone.id)
        self._start(self._deliveries.waiting(phone.id))

    def revive(self) -> None:
        """Take over what a process that ended left behind; looks every few seconds at most."""
        now = self._tools.clock()
        if now - self._revived_at >= REVIVE_EVERY:
            self._revived_at = now
            self._start(self._deliveries.stale(now=now))

    def _start(self, deliveries: Sequence[int]) -> bool:
        return not deliveries or self._tools.submit(lambda: self._carry_all(deliveries))

    def _carry_all(self, deliveries: Sequence[int]) -> None:
        for delivery_id in deliveries:
            delivery = self._deliveries.claim(delivery_id, now=self._tools.clock())
            if delivery:
                self._carry(delivery)

    def _carry(self, delivery: Delivery) -> None:
        phone = self._phones.get(delivery.phone_id)
        if phone.slow:
            self._tools.sleep(SLOW_UP)
        self._bubbles.set_state(delivery.bubble_id, "sent")
        if phone.duplicate:
            self._tools.submit(lambda: self._twin(phone, delivery))
        outcome = self._attempts.run(phone.openid, delivery.body, drop_first=phone.drop_first)
        if phone.slow:
            self._tools.sleep(SLOW_DOWN)
        self._show(delivery, outcome)
        self._deliveries.finish(delivery.id, failed=outcome.fault, log=outcome.log, now=self._tools.clock())

    def _twin(self, phone: Phone, delivery: Delivery) -> None:
        """The same message once more; WeChat shows only one answer to it."""
        self._tools.sleep(TWIN_AFTER)
        self._attempts.run(phone.openid, delivery.body, tries=1)

    def _show(self, delivery: Delivery, outcome: Outcome) -> None:
        draft = note(FAULT) if outcome.fault else outcome.draft
        if draft and delivery.answered:
            origin = f"delivery:{delivery.id}"
            self._bubbles.add(delivery.phone_id, draft, now=self._tools.clock(), origin=origin)


def _own(draft: Draft, phone: Phone) -> Draft:
    """The phone's own bubble with the state that it starts in."""
    if draft.side != "me":
        return draft
    state = "queued" if phone.offline else "sending"
    return Draft(draft.side, draft.kind, draft.parts, draft.card, state)
