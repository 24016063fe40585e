"""What a browser or a test asks a phone to send → the message or event."""

from __future__ import annotations

from collections.abc import Callable

from connectors.simulator import events, messages
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.errors import Rejected
from connectors.simulator.outgoing import Outgoing
from connectors.simulator.phones import Phone

READERS: dict[str, Callable[[Json, Phone, SimulatorConfig], Outgoing]] = {
    "text": messages.text,
    "sticker": messages.sticker,
    "image": messages.image,
    "voice": messages.voice,
    "video": messages.video,
    "location": messages.location,
    "link": messages.link,
    "file": messages.file,
    "click": events.click,
    "view": events.view,
    "subscribe": events.subscribe,
    "unsubscribe": events.unsubscribe,
    "scan": events.scan,
    "consent": events.consent,
    "event": events.other,
}
OPEN_TO_STRANGERS = frozenset(["subscribe", "scan", "event"])


def read(body: Json, phone: Phone, config: SimulatorConfig) -> Outgoing:
    """`{"type": …}` or the short form `{"text": …}` → what to send. Raises Rejected."""
    kind = body.get("type", "text")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Rejected(400, "bad_type")
    if not phone.subscribed and kind not in OPEN_TO_STRANGERS:
        raise Rejected(409, "not_subscribed")
    return reader(body, phone, config)
