"""The one action behind every one-turn answer: `action_answer` looks the intent up among the responders."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import digressions, directory, thread, unclear
from actions.base import Heard, ServiceAction, say_error
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import booking

TO_NOTHING = frozenset({"affirm", "deny"})  # a yes or no where nothing was asked


class Answer(ServiceAction):
    """Answers the latest intent in one turn; of two requests in one message both."""

    def name(self) -> str:
        return "action_answer"

    def answer(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        heard = Heard(tracker)
        meant = thread.meant(tracker, heard.intent, heard.text, heard.entities, heard.rest)
        if meant:
            return meant
        unclear.note_if_unsure(ports, tracker)
        if heard.requests:
            for each in range(heard.requests):
                self._despite(ports, dispatcher, tracker, Heard(tracker, each))
        else:
            self._one(ports, dispatcher, tracker, heard)
        return kept(ports, tracker, heard)

    @classmethod
    def _despite(cls, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
        """One of several requests; what cannot be done of one is said and keeps no other from its answer."""
        try:
            cls._one(ports, dispatcher, tracker, heard)
        except PeizhenError as error:
            say_error(dispatcher, error)

    @staticmethod
    def _one(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
        if heard.intent in TO_NOTHING:
            dispatcher.utter_message(response=f"utter_{heard.intent}")
        elif not digressions.answer(ports, dispatcher, tracker, heard):
            dispatcher.utter_message(response="utter_help")


def kept(ports: Ports, tracker: Tracker, heard: Heard) -> list[EventType]:
    """What was spoken of, for 那他呢: the one doctor that was named with his department, or the department."""
    if heard.intent not in thread.KEPT or thread.ANOTHER_DOCTOR.search(heard.text):
        return []
    doctors = directory.doctors_named(ports, heard.last("doctor") or "")
    named = directory.departments_named(ports, heard.last("department") or "")
    facts: dict[str, str | bool | None] = {"intent": heard.intent, "booked": False}
    if len(doctors) == 1:
        one = booking.doctor(ports, doctor_id=doctors[0].id)
        facts |= {"doctor": one.id, "department": one.department_id}
    elif named:
        facts |= {"doctor": None, "department": named[0].id if len(named) == 1 else heard.last("department")}
    return [thread.about(tracker, **facts)]
