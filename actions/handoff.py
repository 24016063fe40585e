"""人工: the dialogue says that a person is wanted, and what it was doing; web finds one, or the words stand."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard
from actions.digressions import responds_to
from actions.forms import DOING
from bot.ports import Ports


@responds_to("human_agent")
def human_agent(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """Actions see no key of the account, so who is on duty is asked where the answer is put together."""
    form = (tracker.active_loop or {}).get("name")
    doing = DOING.get(str(form), "办这件事") if form else ""
    dispatcher.utter_message(response="utter_human_agent", json_message={"handoff": doing})
