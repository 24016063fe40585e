"""Receipts: the platform accepted a notice, and some time later an event tells what became of it."""

from __future__ import annotations

from collections.abc import Callable

from connectors.simulator.bubbles import Bubbles, Draft
from connectors.simulator.courier import Courier
from connectors.simulator.database import Database
from connectors.simulator.faults import RECEIPTS, Faults
from connectors.simulator.outgoing import DELIVERED, Outgoing
from connectors.simulator.phones import Phone
from connectors.simulator.tools import Tools


class Receipts:
    """Shows an accepted notice, or does not when a fault says so, and sends the event."""

    def __init__(self, tools: Tools, database: Database, courier: Courier) -> None:
        self._tools, self._courier, self._bubbles = tools, courier, Bubbles(database)
        self._faults = Faults(database, tools.chance)

    def deliver(self, phone: Phone, path: str, draft: Draft, event: Callable[[str], Outgoing]) -> None:
        """`event(status)` makes the receipt; with `receipt_first` the product hears it before its call is answered."""
        now = self._tools.clock()
        faults = self._faults.take(path, RECEIPTS, now=now)
        status = str(faults["receipt"].value) if "receipt" in faults else DELIVERED
        if status == DELIVERED:
            self._bubbles.add(phone.id, draft, now=now)
        tell = self._courier.carry if "receipt_first" in faults else self._courier.send
        tell(phone, event(status))
