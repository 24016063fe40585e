"""谁绑定了我的卡: others who hold the same patients, and ending what one of them holds."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot import clock
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import cards
from bot.services.cards import Card, Holder

SHOWN = 8


@responds_to("card_holders")
def card_holders(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """All others on one list; each is one tap, which is asked about once more."""
    person_id = caller(ports, tracker).person_id
    if not cards.mine(ports, person_id=person_id):
        raise PeizhenError("no_card")
    found = cards.others(ports, person_id=person_id)[:SHOWN]
    if not found:
        dispatcher.utter_message(response="utter_no_holders")
        return
    buttons = [choice(_label(card, other), "cut_holder", card=card.ref, holder=other.ref) for card, other in found]
    dispatcher.utter_message(response="utter_holders", buttons=[*buttons, choice("都是家人，不用管", "deny")])


@responds_to("cut_holder")
def cut_holder(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """One other: really → cut; the second tap carries `sure`."""
    person_id = caller(ports, tracker).person_id
    ref, holder = str(heard.first("card")), str(heard.first("holder"))
    if heard.first("sure"):
        cards.cut(ports, person_id=person_id, ref=ref, holder=holder)
        dispatcher.utter_message(response="utter_was_cut")
        return
    cards.holder(ports, person_id=person_id, ref=ref, holder=holder)
    buttons = [choice("确认解除", "cut_holder", card=ref, holder=holder, sure="yes"), choice("先留着", "deny")]
    dispatcher.utter_message(response="utter_want_cut", card=f"⟦card:{ref}⟧", buttons=buttons)


def _label(card: Card, other: Holder) -> str:
    at = clock.local(other.bound_at)
    said = f"，说是{cards.RELATIONS[other.relation]}" if other.relation else ""
    return f"⟦card:{card.ref}⟧ {at.month}月{at.day}日绑定{said}"
