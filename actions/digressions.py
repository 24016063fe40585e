"""Questions in between: one-turn answers that any form can give before it asks its own question again.

Each skill registers what it can answer; outside forms the same functions answer through `Answer` actions, so a
price asked in the middle of booking and a price asked out of the blue are one piece of code.
"""

from __future__ import annotations

from collections.abc import Callable

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard
from bot.ports import Ports

Responder = Callable[[Ports, CollectingDispatcher, Tracker, Heard], None]

_responders: dict[str, Responder] = {}


def responds_to(*intents: str) -> Callable[[Responder], Responder]:
    """Register a function as the answer to these intents, also in the middle of a form."""

    def register(responder: Responder) -> Responder:
        for intent in intents:
            if intent in _responders:
                raise ValueError(f"two answers to {intent}")
            _responders[intent] = responder
        return responder

    return register


def answer(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> bool:
    """Answer if this intent has an answer; False = it has none."""
    responder = _responders.get(heard.intent)
    if responder is None:
        return False
    responder(ports, dispatcher, tracker, heard)
    return True


def aside(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> bool:
    """Answer in the middle of a form, marked, so that its quick replies do not mix with those of the form."""
    own = CollectingDispatcher()
    answered = answer(ports, own, tracker, heard)
    for message in own.messages:
        message["custom"] = {**(message.get("custom") or {}), "aside": True}
    dispatcher.messages.extend(own.messages)
    return answered


def intents() -> frozenset[str]:
    """Everything that can be answered in one turn."""
    return frozenset(_responders)
