"""The one action behind every one-turn answer: `action_answer` looks the intent up among the responders."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import digressions, unclear
from actions.base import Heard, ServiceAction
from bot.ports import Ports


class Answer(ServiceAction):
    """Answers the latest intent in one turn."""

    def name(self) -> str:
        return "action_answer"

    def answer(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        unclear.note_if_unsure(ports, tracker)
        if not digressions.answer(ports, dispatcher, tracker, Heard(tracker)):
            dispatcher.utter_message(response="utter_help")
