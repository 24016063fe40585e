"""挂号: the booking form. What it reads is in booking_reading.py, giving a number back in cancelling.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import booking_reading, directory, full_days
from actions.base import Heard, caller, choice
from actions.booking_reading import ambiguous, doctor_of, offers_of
from actions.cancelling import cancellable
from actions.forms import ServiceForm, State
from actions.times import day_label, half_hour_label
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import booking, cards, waitlist

SHOWN_DEPARTMENTS = 6
SHOWN_DAYS = 7
SHOWN_OFFERS = 6  # with 换一天 what fits into one WeChat message; one more and the list comes in two bubbles
PERIOD_WORDS = {"am": "上午", "pm": "下午", "evening": "晚上"}


class BookingForm(ServiceForm):
    """Whose card → department or doctor → day → half hour → confirmed → a number."""

    form = "booking_form"
    slots: ClassVar[tuple[str, ...]] = (
        "card",
        "department",
        "doctor",
        "day",
        "period",
        "half_hour",
        "confirm",
        "full",
        "wait",
    )
    owns = frozenset({"book", "book_same_day", "reschedule"})
    goes_with: ClassVar[Mapping[str, tuple[str, ...]]] = {"department": ("doctor",), "day": ("period",)}

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        if heard.intent == "waitlist" and state["full"]:  # 有号了通知我, where a day was full
            return {"wait": state["full"]}
        return booking_reading.read(ports, heard, state, tracker)

    # -- leaving ------------------------------------------------------------------------------------------
    def wants_out(self, ports: Ports, heard: Heard, tracker: Tracker) -> bool:
        """取消挂号 with nothing booked means this booking."""
        if super().wants_out(ports, heard, tracker):
            return True
        wish = heard.intent == "cancel_booking" and heard.sure and not heard.named
        return wish and not cancellable(ports, tracker)

    def other_wish(self, ports: Ports, heard: Heard, tracker: Tracker) -> str | None:
        """With nothing booked, 别挂周五的 is a correction."""
        wish = super().other_wish(ports, heard, tracker)
        return None if wish == "cancel_form" and not cancellable(ports, tracker) else wish

    # -- asking -------------------------------------------------------------------------------------------
    def detour(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str | None:
        if cards.mine(ports, person_id=caller(ports, tracker).person_id):
            return None
        dispatcher.utter_message(response="utter_card_first")
        return "card_form"

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        mine = cards.mine(ports, person_id=caller(ports, tracker).person_id)
        if len(mine) == 1:
            state["card"] = mine[0].ref
        if state["wait"]:
            return ("card",)
        state["full"] = None
        place = ("doctor", "department") if ambiguous(state) else ("department",)
        return ("card", *place, "day", "half_hour", "confirm")

    def missing(self, order: tuple[str, ...], state: State) -> str | None:
        """王医生, of whom there are several, is asked about before anything else."""
        return "doctor" if ambiguous(state) and not state["wait"] else super().missing(order, state)

    def ask_doctor(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        named = directory.doctors_named(ports, state["doctor"], state["department"])
        named = named or directory.doctors_named(ports, state["doctor"])
        if not named:
            state["doctor"] = None
            dispatcher.utter_message(response="utter_no_such_doctor")
            slot = str(self.missing(self.required(ports, state, tracker), state))
            return self.ask(ports, slot, dispatcher, state, tracker)
        names = {d.id: d.name for d in booking.departments(ports)}
        buttons = [choice(f"{d.name} {d.title}（{names[d.department_id]}）", slot="doctor", value=d.id) for d in named]
        dispatcher.utter_message(response="utter_want_doctor", buttons=buttons)
        return "doctor"

    def ask_card(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        mine = cards.mine(ports, person_id=caller(ports, tracker).person_id)
        buttons = [choice(f"⟦card:{c.ref}⟧", slot="card", value=c.ref) for c in mine]
        dispatcher.utter_message(response="utter_want_card", buttons=buttons)

    def ask_department(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        shown = booking.departments(ports)[:SHOWN_DEPARTMENTS]
        buttons = [choice(d.name, slot="department", value=d.id) for d in shown]
        dispatcher.utter_message(response="utter_want_department", buttons=[*buttons, choice("不知道看哪科", "triage")])

    def ask_day(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        stock = booking.open_days(ports, department_id=state["department"], doctor_id=doctor_of(state))
        open_days = [s for s in stock if s.left > 0][:SHOWN_DAYS]
        if not open_days and doctor_of(state):
            dispatcher.utter_message(response="utter_doctor_full", doctor=_place(ports, state))
            wish = full_days.nearest(ports, state)
            state["doctor"] = None
            asked = self.ask_day(ports, dispatcher, state, tracker)
            full_days.offer(ports, dispatcher, state, wish)
            return asked
        if not open_days:
            wish = full_days.nearest(ports, state)
            state["department"] = state["doctor"] = None
            dispatcher.utter_message(response="utter_no_days")
            self.ask_department(ports, dispatcher, state, tracker)
            full_days.offer(ports, dispatcher, state, wish)
            return "department"
        buttons = [choice(f"{day_label(s.day)} 余{s.left}", slot="day", value=s.day.isoformat()) for s in open_days]
        dispatcher.utter_message(response="utter_want_day", place=_place(ports, state), buttons=buttons)
        return "day"

    def ask_half_hour(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        offers = self._offers_or_less(ports, dispatcher, state)
        if not offers:
            dispatcher.utter_message(response="utter_day_full", day=day_label(date.fromisoformat(state["day"])))
            wish = full_days.nearest(ports, state)
            state["day"] = state["period"] = None
            asked = self.ask_day(ports, dispatcher, state, tracker)
            full_days.offer(ports, dispatcher, state, wish)
            return asked
        buttons = [
            choice(
                f"{half_hour_label(o)} {o.doctor_name}{o.doctor_title} 余{o.left} {o.fee_fen / 100:g}元",
                slot="half_hour",
                value=o.slot_id,
            )
            for o in _spread(offers)
        ]
        day = day_label(date.fromisoformat(state["day"]))
        dispatcher.utter_message(
            response="utter_want_half_hour",
            place=_place(ports, state),
            day=day,
            buttons=[*buttons, choice("换一天", slot="day", value="")],
        )
        return "half_hour"

    @staticmethod
    def _offers_or_less(ports: Ports, dispatcher: CollectingDispatcher, state: State) -> list[booking.Offer]:
        """The day's offers; when the part of the day that was wished is full, those of the rest of it."""
        offers = offers_of(ports, state)
        if offers or state["period"] is None:
            return offers
        day, period = day_label(date.fromisoformat(state["day"])), PERIOD_WORDS[state["period"]]
        state["period"] = None
        offers = offers_of(ports, state)
        if offers:
            dispatcher.utter_message(response="utter_period_full", day=day, period=period)
        return offers

    def ask_confirm(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        offer = booking.offer(ports, slot_id=state["half_hour"])
        dispatcher.utter_message(
            response="utter_want_booking_confirm",
            card=f"⟦card:{state['card']}⟧",
            department=offer.department_name,
            doctor=f"{offer.doctor_name} {offer.doctor_title}",
            when=f"{day_label(offer.day)} {half_hour_label(offer)}",
            fee=f"{offer.fee_fen / 100:g}",
            buttons=[
                choice("确认挂号", slot="confirm", value="yes"),
                choice("换个时间", slot="half_hour", value=""),
                choice("换一天", slot="day", value=""),
            ],
        )

    # -- the outcome --------------------------------------------------------------------------------------
    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        who = caller(ports, tracker)
        if state["wait"]:
            wish = full_days.wish(state["wait"])
            stood = waitlist.join(ports, person_id=who.person_id, card_ref=state["card"], key=who.key("wait"), **wish)
            dispatcher.utter_message(
                json_message={"view": "waiting", "ref": stood.ref}, buttons=[choice("我的候补", "waitlist")]
            )
            return self.offer_paused(dispatcher, tracker)
        made = booking.book(
            ports,
            person_id=who.person_id,
            card_ref=state["card"],
            slot_id=state["half_hour"],
            key=who.key("book"),
        )
        dispatcher.utter_message(json_message={"view": "booked", "ref": made.ref})
        return self.offer_paused(dispatcher, tracker)

    def recover(self, error: PeizhenError, state: State) -> bool:
        if state["wait"]:
            return False
        if error.code in {"slot_full", "slot_past", "slot_closed", "conflict"}:
            state["half_hour"] = state["confirm"] = None
            return True
        if error.code in {"already_booked", "department_limit"}:
            state["day"] = state["half_hour"] = state["confirm"] = None
            return True
        return False


def _spread(offers: list[booking.Offer]) -> list[booking.Offer]:
    """At most SHOWN_OFFERS, spread over the day rather than the first half hours of every doctor."""
    if len(offers) <= SHOWN_OFFERS:
        return offers
    step = len(offers) / SHOWN_OFFERS
    return [offers[int(i * step)] for i in range(SHOWN_OFFERS)]


def _place(ports: Ports, state: State) -> str:
    if doctor_of(state):
        return f"{booking.doctor(ports, doctor_id=str(doctor_of(state))).name}医生"
    return booking.department(ports, department_id=state["department"]).name
