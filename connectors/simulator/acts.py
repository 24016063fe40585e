"""What a person does on a phone: it goes to the product, and it changes what the product may do."""

from __future__ import annotations

from connectors.simulator.attempts import Outcome
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.consents import Consents
from connectors.simulator.courier import Courier
from connectors.simulator.database import Database
from connectors.simulator.ledger import Ledger
from connectors.simulator.media import Media
from connectors.simulator.outgoing import Outgoing
from connectors.simulator.phones import Phone, Phones
from connectors.simulator.readers import read
from connectors.simulator.tools import Tools


class Acts:
    """One act is `{"type": …}` as readers.py lists them."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database, courier: Courier) -> None:
        self._config, self._tools, self._courier = config, tools, courier
        self._phones, self._ledger = Phones(database), Ledger(database)
        self._consents, self._media = Consents(database), Media(database)

    def send(self, phone: Phone, body: Json) -> int | None:
        """In the background → the phone's own bubble. Raises Rejected."""
        return self._courier.send(*self._done(phone, body))

    def queue(self, phone: Phone, body: Json) -> int:
        """Only noted → the delivery, for `carry`. Raises Rejected."""
        return self._courier.queue(*self._done(phone, body))

    def carry(self, delivery: int) -> Outcome | None:
        """Here and now, until the last attempt is over; None while the phone has no network."""
        return self._courier.carry_queued(delivery)

    def _done(self, phone: Phone, body: Json) -> tuple[Phone, Outgoing]:
        """Follow or leave, consent, and open what the act opens."""
        sent = read(body, phone, self._config)
        if sent.subscribes is not None:
            phone = self._phones.change(phone.id, {"subscribed": sent.subscribes})
        if sent.media:
            self._media.store(sent.media, now=self._tools.clock())
        if sent.consents:
            template, accept = sent.consents
            self._consents.answer(phone.id, template, accept=accept)
        if sent.scene:
            self._ledger.open(phone.id, sent.scene, now=self._tools.clock())
        return phone, sent
