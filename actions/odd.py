"""Messages that are no wish in words: code, commands to a machine, abuse, another language."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard
from actions.digressions import responds_to
from bot.ports import Ports


@responds_to("odd")
def odd(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """What web took out before it was read as a wish (`bot.services.oddities`)."""
    dispatcher.utter_message(response=f"utter_odd_{heard.first('kind') or 'code'}")
