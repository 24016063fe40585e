"""Answers that are always the same words. Outside forms a rule says them; in the middle of a form, this does."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard
from actions.digressions import responds_to
from bot.ports import Ports

NO_CHOICE = "no_choice"  # the `slot` of a number that picks nothing, see bot.services.choices

SAID_AS_THEY_ARE = (
    "greet thanks bye chitchat help only_signs refund invoice"
    " follow_up_visit exam_booking record_copy_mail drug_delivery home_nursing next_step"
    " inpatient_deposit admission satisfaction complaint"
).split()


@responds_to(*SAID_AS_THEY_ARE)
def said_as_it_is(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    dispatcher.utter_message(response=f"utter_{heard.intent}")


@responds_to("menu")
def menu(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    dispatcher.utter_message(response="utter_help")


@responds_to("choose")
def over(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """A tap on something that is over, or a number where nothing is open."""
    none_open = heard.first("slot") == NO_CHOICE
    dispatcher.utter_message(response="utter_no_choice" if none_open else "utter_late_tap")
