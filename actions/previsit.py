"""预问诊: the page of the interview is shown once with the booking it fits, and goes along when the patient says so."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot.ports import Ports
from bot.services import previsit_giving


def offer(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, booking_ref: str) -> None:
    """After a booking: the page of what he told before, where there is one."""
    person_id = caller(ports, tracker).person_id
    if previsit_giving.offered(ports, person_id=person_id, booking_ref=booking_ref) is not None:
        give = choice("给医生看", "share_summary", booking=booking_ref)
        keep = choice("不给", "keep_summary", booking=booking_ref)
        dispatcher.utter_message(json_message={"view": "summary", "ref": booking_ref}, buttons=[give, keep])


@responds_to("share_summary")
def share_summary(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """给医生看."""
    ref = str(heard.first("booking"))
    previsit_giving.give(ports, person_id=caller(ports, tracker).person_id, booking_ref=ref)
    dispatcher.utter_message(response="utter_summary_given", buttons=[choice("收回", "keep_summary", booking=ref)])


@responds_to("keep_summary")
def keep_summary(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """不给, or taking it back."""
    person_id = caller(ports, tracker).person_id
    previsit_giving.withdraw(ports, person_id=person_id, booking_ref=str(heard.first("booking")))
    dispatcher.utter_message(response="utter_summary_kept")
