"""Events of the account that need no answer, and who hears them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.ports import Ports
from bot.services import delivery_events

HEARD: dict[str, Callable[..., None]] = {
    # event in lower case: its handler
    "templatesendjobfinish": delivery_events.event,
    "subscribe_msg_popup_event": delivery_events.event,
    "subscribe_msg_change_event": delivery_events.event,
    "subscribe_msg_sent_event": delivery_events.event,
}


def hear(ports: Ports, *, person_id: int, event: str, key: str, extra: Mapping[str, str]) -> None:
    """Hand one event to whoever it concerns; unknown ones are nobody's."""
    handler = HEARD.get(event)
    if handler is not None:
        handler(ports, person_id=person_id, key=key, event=event, extra=extra)
