"""Events of the account that need no answer, and who hears them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.ports import Ports
from bot.services import broadcast_articles, delivery_events, handoff_ends

HEARD: dict[str, Callable[..., None]] = {
    # event in lower case: its handler
    "masssendjobfinish": broadcast_articles.event,
    "kf_create_session": handoff_ends.event,
    "kf_close_session": handoff_ends.event,
    "kf_switch_session": handoff_ends.event,
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
