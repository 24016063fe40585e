"""A number that was made, or stands in the way: its words, and what can be done with it."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.base import choice
from bot.ports import Ports
from bot.services import booking

Button = dict[str, Any]
# Words for what is no number yet, or none any more.
INSTEAD = {"unpaid": "unpaid", "stopped": "stopped", "cancelled": "cancelled_at_desk"}
GONE = frozenset({"stopped", "cancelled_at_desk"})  # these bring their own ways on


def say_made(ports: Ports, dispatcher: CollectingDispatcher, view: str, made: booking.Booking) -> None:
    """The number, or what became of it before it could be told, and what can be done with it."""
    view = INSTEAD.get(made.state, view)
    dispatcher.utter_message(
        json_message={"view": view, "ref": made.ref}, buttons=[] if view in GONE else _ways(ports, made)
    )


def _ways(ports: Ports, made: booking.Booking) -> list[Button]:
    """Only what is not too late."""
    move = [choice("改这个号的时间", "reschedule", booking=made.ref)] if booking.can_move(ports, made) else []
    leave = [choice("取消这个号", "cancel_booking", booking=made.ref)] if booking.can_cancel(ports, made) else []
    return [*move, *leave, choice("给家人也挂一个", "book")]


def ways_on(ports: Ports, standing: booking.Booking) -> list[Button]:
    """What can be done with the number that is in the way of a second one."""
    if standing.state == "unpaid":
        pay = choice("去支付", "pay_bill", booking=standing.ref)
        return [pay, choice("取消原来那个号", "cancel_booking", booking=standing.ref)]
    return [choice("改原来那个号", "reschedule", booking=standing.ref)] if booking.can_move(ports, standing) else []
