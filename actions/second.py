"""The second of two requests in one message: answered beside the first, or kept in `pending` until that is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import digressions
from actions.base import Heard, choice, say_error
from bot.errors import PeizhenError
from bot.ports import Ports

BOTH = 2
Pending = Mapping[str, Any]


def beside(
    ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, *, form: str, opens: Collection[str]
) -> Pending | None:
    """Answer 再问下停车 at once; what opens a form (再挂眼科), or brings a list of choices, is given back for later."""
    if Heard(tracker).requests < BOTH or _seen_before(tracker, form):
        return None
    other, own = Heard(tracker, 1), CollectingDispatcher()
    try:
        plain = other.intent not in opens and digressions.aside(ports, own, tracker, other)
    except PeizhenError as error:
        say_error(dispatcher, error)
        return None
    if plain and all(len(message.get("buttons") or []) < BOTH for message in own.messages):
        dispatcher.messages.extend(own.messages)
        return None
    return {"intent": other.intent, "text": other.text, "entities": other.entities}


def _seen_before(tracker: Tracker, form: str) -> bool:
    """Whether this message opened another form first, which looked at both of its requests."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "action" and str(event.get("name")).endswith("_form") and event["name"] != form:
            return True
    return False


def offer(dispatcher: CollectingDispatcher, pending: Pending | None) -> list[EventType]:
    """您刚才还说了…: what waits, now that nothing else is open; once only."""
    if not pending or pending.get("offered"):
        return []
    buttons = [choice("接着办", "resume"), choice("不用了", "drop_paused")]
    dispatcher.utter_message(response="utter_pending", wish=pending["text"], buttons=buttons)
    return [SlotSet("pending", {**pending, "offered": True})]
