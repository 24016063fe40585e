"""The courier carries what a phone sends to the product, in the background, and shows what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.simulator import kinds
from connectors.simulator.attempts import Attempts, Outcome, Way
from connectors.simulator.bubbles import Bubbles, Draft, note
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.database import Database
from connectors.simulator.deliveries import Deliveries, Delivery, fields_of
from connectors.simulator.errors import Rejected
from connectors.simulator.faults import CALLBACK, CALLBACKS, Faults
from connectors.simulator.mark_fail import MarkFail
from connectors.simulator.outgoing import Outgoing
from connectors.simulator.phones import Phone, Phones
from connectors.simulator.sessions import Sessions
from connectors.simulator.tools import Tools

FAULT = "该公众号提供的服务出现故障，请稍后再试"
SLOW_UP, SLOW_DOWN = 2.0, 1.0  # seconds that a slow network takes each way
TWIN_AFTER = 0.3  # seconds until a duplicate follows
REVIVE_EVERY = 5.0


class Courier:
    """Owns the way from a bubble of the phone to the bubble of the account."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database) -> None:
        self._config, self._tools = config, tools
        self._attempts = Attempts(config, tools)
        self._deliveries, self._bubbles, self._phones = (
            Deliveries(database),
            Bubbles(database),
            Phones(database),
        )
        self._faults, self._mark_fail = Faults(database, tools.chance), MarkFail(database, config.mark_fail)
        self._sessions = Sessions(database)
        self._revived_at = 0.0

    def send(self, phone: Phone, sent: Outgoing) -> int | None:
        """Show the phone's own bubble, queue the message; returns the bubble's id. Raises Rejected 429."""
        shown, delivery = self._noted(phone, sent)
        if not phone.offline and not self._start([delivery]):
            raise Rejected(429, "too_busy")
        return shown

    def carry(self, phone: Phone, sent: Outgoing) -> Outcome | None:
        """The same, here and now: returns when the last attempt is over; None for a phone without a network."""
        return self.carry_queued(self.queue(phone, sent))

    def queue(self, phone: Phone, sent: Outgoing) -> int:
        """Note a delivery that somebody carries later."""
        return self._noted(phone, sent)[1]

    def carry_queued(self, delivery_id: int) -> Outcome | None:
        """None when it is somebody else's, or its phone has no network: then it waits."""
        if self._deliveries.waits_for_network(delivery_id):
            return None
        delivery = self._deliveries.claim(delivery_id, now=self._tools.clock())
        return self._carry(delivery) if delivery else None

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

    def _noted(self, phone: Phone, sent: Outgoing) -> tuple[int | None, int]:
        """(the phone's own bubble, the delivery)."""
        now = self._tools.clock()
        shown = self._bubbles.add(phone.id, _own(sent.bubble, phone), now=now) if sent.bubble else None
        fields = fields_of(phone, self._config.account_id, self._as_tapped(sent), now=now)
        self._sessions.heard(phone.id, fields, now=now)
        return shown, self._deliveries.add(phone.id, shown, fields, sent, now=now)

    def _as_tapped(self, sent: Outgoing) -> Outgoing:
        """A tap loses its ids when a fault says so, and its menu id on accounts that never get one."""
        if "bizmsgmenuid" not in sent.fields:
            return sent
        if sent.bare or self._faults.take(CALLBACK, ["bare"], now=self._tools.clock()):
            return replace(sent, fields=_without_menu_id(sent.fields), bare=True)
        return sent if kinds.may(self._config.kind, kinds.IDS) else replace(sent, fields=_without_menu_id(sent.fields))

    def _carry(self, delivery: Delivery) -> Outcome:
        phone = self._phones.get(delivery.phone_id)
        faults = self._faults.take(CALLBACK, CALLBACKS - {"bare"}, now=self._tools.clock())
        self._tools.sleep(SLOW_UP * phone.slow + float(faults["late"].value if "late" in faults else 0))
        self._bubbles.set_state(delivery.bubble_id, "sent")
        if phone.duplicate or "twice" in faults:
            self._tools.submit(lambda: self._twin(phone, delivery))
        unheard = phone.drop_first or "unheard" in faults
        outcome = self._push(phone, delivery, Way(unheard, "plain" in faults, "old_key" in faults))
        self._tools.sleep(SLOW_DOWN * phone.slow)
        self._show(delivery, outcome)
        self._deliveries.finish(delivery.id, failed=outcome.fault, log=outcome.log, now=self._tools.clock())
        return outcome

    def _push(self, phone: Phone, delivery: Delivery, way: Way) -> Outcome:
        """All attempts; none while a person listens, or while the platform has stopped pushing to this product."""
        now = self._tools.clock()
        if self._sessions.takes(phone.id, delivery.fields, now=now):
            return Outcome(fault=False, draft=None, log=[{"at": now, "result": "staff", "ms": 0}])
        if self._mark_fail.stopped(now=now):
            return Outcome(fault=True, draft=None, log=[{"at": now, "result": "stopped", "ms": 0}])
        outcome = self._attempts.run(phone.openid, delivery.fields, way)
        if outcome.failures:
            self._mark_fail.failed(now=self._tools.clock(), times=outcome.failures)
        return outcome

    def _twin(self, phone: Phone, delivery: Delivery) -> None:
        """The same message once more; WeChat shows only one answer to it."""
        self._tools.sleep(TWIN_AFTER)
        self._attempts.run(phone.openid, delivery.fields, Way(tries=1))

    def _show(self, delivery: Delivery, outcome: Outcome) -> None:
        draft = note(FAULT) if outcome.fault else outcome.draft
        if draft and delivery.answered:
            origin = f"delivery:{delivery.id}"
            self._bubbles.add(delivery.phone_id, draft, now=self._tools.clock(), origin=origin)


def _without_menu_id(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if name != "bizmsgmenuid"}


def _own(draft: Draft, phone: Phone) -> Draft:
    """The phone's own bubble with the state that it starts in."""
    if draft.side != "me":
        return draft
    state = "queued" if phone.offline else "sending"
    return Draft(draft.side, draft.kind, draft.parts, draft.card, state)
