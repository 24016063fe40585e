"""费用: drawn by web after it has checked the patient again; no line of a bill passes through here."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import cards


@responds_to("bills")
def bills(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """我的费用: of the card that is named, or of all."""
    if not cards.mine(ports, person_id=caller(ports, tracker).person_id):
        raise PeizhenError("no_card")
    dispatcher.utter_message(
        json_message={"view": "bills", "ref": heard.first("card") or ""},
        buttons=[choice("怎么缴费", "pay_bill"), choice("我的处方", "prescriptions")],
    )
