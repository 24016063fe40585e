"""Answers that are always the same words. Outside forms a rule says them; in the middle of a form, this does."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard
from actions.digressions import responds_to
from bot.ports import Ports

SAID_AS_THEY_ARE = (
    "greet thanks bye chitchat help reschedule check_in pay_bill bills refund invoice"
    " prescriptions follow_up_visit exam_booking record_copy_mail drug_delivery home_nursing next_step"
    " inpatient_deposit admission satisfaction complaint health_articles my_data"
).split()


@responds_to(*SAID_AS_THEY_ARE)
def said_as_it_is(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    dispatcher.utter_message(response=f"utter_{heard.intent}")


@responds_to("menu")
def menu(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    dispatcher.utter_message(response="utter_help")


@responds_to("human_agent")
def person(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    say_person(ports, dispatcher, "utter_human_agent")


def say_person(ports: Ports, dispatcher: CollectingDispatcher, response: str = "utter_person") -> None:
    """How to reach a human being, with the hospital's own number."""
    dispatcher.utter_message(response=response, phone=ports.his.hospital().phone)
