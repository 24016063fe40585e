"""Short messages that the product sent, shown on the phone whose number they went to."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence

from connectors.simulator.bubbles import Bubbles, Draft
from connectors.simulator.config import Json
from connectors.simulator.database import Database
from connectors.simulator.phones import Phones

EVERY = 2.0  # seconds between two looks
NEWEST = 50

log = logging.getLogger(__name__)


class ShortMessages:
    """Looks at the product's list now and then; a message becomes one bubble on each phone of its number."""

    def __init__(self, source: Callable[[], Sequence[Json]], database: Database) -> None:
        self._source, self._bubbles, self._phones = source, Bubbles(database), Phones(database)
        self._looked_at, self._known = 0.0, set[str]()

    def collect(self, *, now: float) -> None:
        """Show what is new. A source that fails is logged and asked again later."""
        if now - self._looked_at < EVERY:
            return
        self._looked_at = now
        try:
            messages = list(self._source())[-NEWEST:]
        except Exception:
            log.exception("the list of short messages cannot be read")
            return
        for message in messages:
            self._deliver(message, now)

    def _deliver(self, message: Json, now: float) -> None:
        number, text = str(message.get("phone") or ""), str(message.get("text") or "")
        if not number or not text:
            return
        for phone in self._phones.with_number(number):
            origin = f"sms:{_identity(message)}:{phone.id}"
            if origin not in self._known:
                draft = Draft("sms", "sms", [{"t": "text", "text": text}])
                self._bubbles.add(phone.id, draft, now=now, origin=origin)
                self._known.add(origin)


def _identity(message: Json) -> str:
    if message.get("id") is not None:
        return str(message["id"])
    told = "\n".join(str(message.get(name) or "") for name in ("phone", "at", "text"))
    return hashlib.sha256(told.encode()).hexdigest()[:32]
