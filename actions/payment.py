"""费用 and 去支付: drawn by web after it has checked the patient again; no line of a bill passes through here."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import booking, cards


@responds_to("bills")
def bills(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """我的费用: of the card that is named, or of all."""
    if not cards.mine(ports, person_id=caller(ports, tracker).person_id):
        raise PeizhenError("no_card")
    dispatcher.utter_message(
        json_message={"view": "bills", "ref": heard.first("card") or ""},
        buttons=[choice("怎么缴费", "pay_bill"), choice("我的处方", "prescriptions")],
    )


@responds_to("pay_bill")
def pay_bill(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """我要缴费, 去支付: the number that waits to be paid, else where bills are paid."""
    mine = booking.mine(ports, person_id=caller(ports, tracker).person_id)
    waiting = [heard.first("booking"), *(b.ref for b in mine if b.state == "unpaid")]
    ref = next((ref for ref in waiting if ref), None)
    if ref is None:
        dispatcher.utter_message(response="utter_pay_bill")
    else:
        dispatcher.utter_message(
            json_message={"view": "unpaid", "ref": ref}, buttons=[choice("取消这个号", "cancel_booking", booking=ref)]
        )
