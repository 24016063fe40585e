"""取消预约 and 我的预约: what stands, and giving one number back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import directory
from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from actions.forms import ServiceForm, State
from actions.thread import VAGUE
from actions.times import day_label
from actions.waitlist import leaving
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import booking, suspensions

SHOWN = 8
# What is said to 确定取消这个号吗: any 不 or 留 keeps it; 取消 alone may mean either and is asked again.
KEEP = re.compile("不|别|留|先|算了|退出|等")
STAYS = re.compile("[不别莫].{0,2}取消")  # 那我不取消了, before anything was asked
EITHER = re.compile("取消[吧了]?[。！!]*")


class CancelForm(ServiceForm):
    """Which booking → really → cancelled."""

    form = "cancel_form"
    left = "utter_cancel_kept"
    slots: ClassVar[tuple[str, ...]] = ("booking", "confirm_cancel")
    owns = frozenset({"cancel_booking"})

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        if heard.intent == "choose":
            return {str(heard.first("slot")): heard.first("value")}
        if heard.intent == "cancel_booking" and heard.first("booking"):
            return {"booking": heard.first("booking")}
        if tracker.get_slot("requested_slot") is None and STAYS.search(heard.text):
            return {"confirm_cancel": "no"}
        which = meant(ports, heard, cancellable(ports, tracker)) if state["booking"] is None else None
        if which:
            return {"booking": which}
        return self._read_sure(heard) if tracker.get_slot("requested_slot") == "confirm_cancel" else {}

    @staticmethod
    def _read_sure(heard: Heard) -> dict[str, Any]:
        if heard.intent == "deny" or (heard.intent in {"affirm", "cancel_booking"} and KEEP.search(heard.text)):
            return {"confirm_cancel": "no"}
        unclear = EITHER.fullmatch(heard.text) or VAGUE.search(heard.text)
        sure = heard.intent in {"affirm", "cancel_booking"} and not heard.tapped and not unclear
        return {"confirm_cancel": "yes"} if sure else {}

    def wants_out(self, ports: Ports, heard: Heard, tracker: Tracker) -> bool:
        return super().wants_out(ports, heard, tracker) and not EITHER.fullmatch(heard.text)

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        mine = cancellable(ports, tracker)
        if state["booking"] is None and not mine:
            raise PeizhenError("no_booking")
        if state["booking"] is None and len(mine) == 1:
            state["booking"] = mine[0].ref
        if state["booking"] in {b.ref for b in mine}:  # too late is said before it is asked, with a number to call
            booking.check_cancel(ports, person_id=caller(ports, tracker).person_id, ref=state["booking"])
        return self.slots

    def ask_booking(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        buttons = [
            choice(f"{day_label(b.day)} {b.department_name} {b.doctor_name}", slot="booking", value=b.ref)
            for b in cancellable(ports, tracker)[:SHOWN]
        ]
        dispatcher.utter_message(response="utter_want_which_booking", buttons=buttons)

    def ask_confirm_cancel(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> None:
        dispatcher.utter_message(json_message={"view": "booking_line", "ref": state["booking"]})
        dispatcher.utter_message(
            response="utter_want_cancel_confirm",
            buttons=[
                choice("确认取消", slot="confirm_cancel", value="yes"),
                choice("先留着", slot="confirm_cancel", value="no"),
            ],
        )

    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        if state["confirm_cancel"] != "yes":
            dispatcher.utter_message(response="utter_cancel_kept")
            return self.offer_paused(dispatcher, tracker)
        who = caller(ports, tracker)
        before = booking.one(ports, person_id=who.person_id, ref=state["booking"])
        booking.cancel(ports, person_id=who.person_id, ref=state["booking"], key=who.key("cancel"))
        if before.prepay and before.state != "unpaid":
            dispatcher.utter_message(response="utter_cancelled_paid", fee=f"{before.fee_fen / 100:g}")
        else:
            dispatcher.utter_message(response="utter_cancelled")
        return self.offer_paused(dispatcher, tracker)

    def recover(self, error: PeizhenError, state: State) -> bool:
        state["confirm_cancel"] = None
        return error.code == "too_fast"


@responds_to("my_bookings")
def my_bookings(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """我的预约."""
    mine = booking.mine(ports, person_id=caller(ports, tracker).person_id)
    if mine:
        buttons = [
            *([choice("改时间", "reschedule")] if any(booking.can_move(ports, b) for b in mine) else []),
            *([choice("取消预约", "cancel_booking")] if any(booking.can_cancel(ports, b) for b in mine) else []),
            choice("再挂一个", "book"),
        ]
        moves = [
            choice(f"换个时间 {b.doctor_name}医生", "other_times", value=b.ref) for b in mine if b.state == "stopped"
        ]
        unpaid = [b for b in mine if b.state == "unpaid"]  # of the first the view brings the way to the cashier itself
        pays = [choice(f"去支付 {b.doctor_name}医生", "pay_bill", booking=b.ref) for b in unpaid[1:]]
        dispatcher.utter_message(json_message={"view": "bookings"}, buttons=[*pays, *moves, *buttons])
    if waits := leaving(ports, tracker):
        dispatcher.utter_message(json_message={"view": "waits"}, buttons=waits)
    elif not mine:
        dispatcher.utter_message(response="utter_no_bookings", buttons=[choice("我要挂号", "book")])


@responds_to("appeal")
def appeal(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """我要申诉."""
    words = "" if heard.tapped else heard.text
    if suspensions.appeal(ports, person_id=caller(ports, tracker).person_id, words=words):
        dispatcher.utter_message(response="utter_appealed")
    else:
        dispatcher.utter_message(response="utter_no_suspension")


def cancellable(ports: Ports, tracker: Tracker) -> list[booking.Booking]:
    mine = booking.mine(ports, person_id=caller(ports, tracker).person_id)
    return [b for b in mine if b.state in booking.GIVEN_BACK]


def meant(ports: Ports, heard: Heard, mine: list[booking.Booking], *, first_day_only: bool = False) -> str | None:
    """The one booking that 取消明天骨科的号 can mean; None when several or none fit.

    把明天的号改到周五: of two days only the first says which.
    """
    days, departments, doctors = set(heard.all("date")), _departments(ports, heard), _doctors(ports, heard)
    if first_day_only:
        days = {day for day in [heard.first("date")] if day}
    if not (days or departments or doctors):
        return None
    fitting = [
        b
        for b in mine
        if (not days or b.day.isoformat() in days)
        and (not departments or b.department_id in departments)
        and (not doctors or b.doctor_id in doctors)
    ]
    return fitting[0].ref if len(fitting) == 1 else None


def _departments(ports: Ports, heard: Heard) -> set[str]:
    return {d.id for name in heard.all("department") for d in directory.departments_named(ports, name)}


def _doctors(ports: Ports, heard: Heard) -> set[str]:
    return {d.id for name in heard.all("doctor") for d in directory.doctors_named(ports, name)}
