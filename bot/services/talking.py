"""One turn of the dialogue for a leased message."""

from __future__ import annotations

from bot.ports import Ports, Reply
from bot.services import callers, handoff, inbox, outcomes


def turn(ports: Ports, leased: inbox.Leased, text: str, *, patience: float | None = None) -> list[Reply]:
    """What the dialogue says to a text or an intent (`/…`); `patience` in seconds. Raises Unavailable."""
    metadata = {"inbox": callers.token(ports, person_id=leased.person_id, inbox_id=leased.id)}
    talked = ports.dialogue.talk(
        conversation=leased.conversation, text=text, metadata=metadata, fresh=leased.fresh, patience=patience
    )
    told, marks = outcomes.split(talked)
    replies = handoff.wished(ports, person_id=leased.person_id, inbox_id=leased.id, body=leased.body, replies=told)
    return [*replies, *marks]


def neutral(text: str) -> str:
    """A patient's own words can never become a command: rasa takes a leading `/` for an intent."""
    stripped = text.strip()
    return f"／{stripped[1:]}" if stripped.startswith("/") else stripped
