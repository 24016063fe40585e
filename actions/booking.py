"""挂号: the booking form. What it reads is in booking_reading.py, giving a number back in cancelling.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import booking_reading, directory, whose
from actions.base import Heard, caller, choice
from actions.booking_reading import (
    NOT_KNOWN,
    ambiguous,
    card_open,
    doctor_of,
    offers_of,
    settle_hospital,
    settled_card,
)
from actions.cancelling import cancellable
from actions.forms import ServiceForm, State
from actions.privacy import offer_push
from actions.times import day_label, half_hour_label
from bot.errors import HisUnavailable, PeizhenError
from bot.ports import Ports
from bot.services import booking, cards, hospitals
from bot.services.hospitals import hospital_of

SHOWN_DEPARTMENTS = 6
SHOWN_DAYS = 7
SHOWN_OFFERS = 6  # with 换一天 what fits into one WeChat message; one more and the list comes in two bubbles
PERIOD_WORDS = {"am": "上午", "pm": "下午", "evening": "晚上"}


class BookingForm(ServiceForm):
    """Which hospital, where there are several → whose card → department or doctor → day → half hour → confirmed."""

    form = "booking_form"
    slots: ClassVar[tuple[str, ...]] = (
        *("hospital", "card", "department_said", "department", "doctor", "day", "period", "half_hour", "confirm"),
    )
    owns = frozenset({"book", "book_same_day", "reschedule", "switch_patient"})
    goes_with: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "hospital": booking_reading.WITH_HOSPITAL,
        "department": ("doctor",),
        "day": ("period",),
    }

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
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
        """No card in the hospital yet; which hospital is asked first, when it can be asked at all."""
        try:
            settle_hospital(ports, state)
        except HisUnavailable:
            return None  # said when the question fails in the same way
        if state["hospital"] is None or self._cards(ports, state, tracker):
            return None
        everywhere = cards.mine(ports, person_id=caller(ports, tracker).person_id)
        hospital = hospitals.one(ports, hospital_id=state["hospital"]).name
        dispatcher.utter_message(
            response="utter_card_first_here" if everywhere else "utter_card_first", hospital=hospital
        )
        return "card_form"

    @staticmethod
    def _cards(ports: Ports, state: State, tracker: Tracker) -> list[cards.Card]:
        """The caller's cards of the hospital where the number is taken."""
        mine = cards.mine(ports, person_id=caller(ports, tracker).person_id)
        return [card for card in mine if hospital_of(card.patient_id) == state["hospital"]]

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        settle_hospital(ports, state)
        state["card"] = settled_card(
            ports, caller(ports, tracker).person_id, state["card"], self._cards(ports, state, tracker)
        )
        house = ("hospital",) if hospitals.several(ports) else ()
        place = ("doctor", "department") if ambiguous(state) else ("department",)
        return (*house, "card", *place, "day", "half_hour", "confirm")

    def missing(self, order: tuple[str, ...], state: State) -> str | None:
        """给我妈, of whom no card is known, and 王医生, of whom there are several, come before anything else."""
        if card_open(state):
            return "card"
        return "doctor" if ambiguous(state) else super().missing(order, state)

    def ask_doctor(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        named = directory.doctors_named(ports, state["doctor"], state["department"])
        named = named or directory.doctors_named(ports, state["doctor"])
        if not named:
            state["doctor"] = None
            dispatcher.utter_message(response="utter_no_such_doctor")
            slot = str(self.missing(self.required(ports, state, tracker), state))
            return self.ask(ports, slot, dispatcher, state, tracker)
        named = [d for d in named if hospital_of(d.id) == state["hospital"]] or named
        buttons = [choice(label, slot="doctor", value=d.id) for d, label in directory.doctor_labels(ports, named)]
        dispatcher.utter_message(response="utter_want_doctor", buttons=buttons)
        return "doctor"

    def ask_hospital(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        """All of them, or those that have the department that was named."""
        named = directory.departments_named(ports, state["department_said"] or "")
        having = {hospital_of(department.id) for department in named}
        shown = [h for h in hospitals.known(ports) if not having or h.id in having]
        buttons = [choice(h.name, slot="hospital", value=h.id) for h in shown]
        dispatcher.utter_message(response="utter_want_hospital", buttons=buttons)

    def ask_card(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        if card_open(state):
            person_id = caller(ports, tracker).person_id
            whose.ask(ports, dispatcher, person_id, state["card"].removeprefix(NOT_KNOWN), "choose", slot="card")
            return
        mine = self._cards(ports, state, tracker)
        buttons = [choice(f"⟦card:{c.ref}⟧", slot="card", value=c.ref) for c in mine]
        dispatcher.utter_message(response="utter_want_card", buttons=buttons)

    def ask_department(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        shown = booking.departments_of(ports, hospital_id=state["hospital"])[:SHOWN_DEPARTMENTS]
        buttons = [choice(d.name, slot="department", value=d.id) for d in shown]
        dispatcher.utter_message(response="utter_want_department", buttons=[*buttons, choice("不知道看哪科", "triage")])

    def ask_day(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        stock = booking.open_days(ports, department_id=state["department"], doctor_id=doctor_of(state))
        open_days = [s for s in stock if s.left > 0][:SHOWN_DAYS]
        if not open_days and doctor_of(state):
            dispatcher.utter_message(response="utter_doctor_full", doctor=_place(ports, state))
            state["doctor"] = None
            return self.ask_day(ports, dispatcher, state, tracker)
        if not open_days:
            state["department"] = state["doctor"] = None
            dispatcher.utter_message(response="utter_no_days")
            self.ask_department(ports, dispatcher, state, tracker)
            return "department"
        buttons = [choice(f"{day_label(s.day)} 余{s.left}", slot="day", value=s.day.isoformat()) for s in open_days]
        dispatcher.utter_message(response="utter_want_day", place=_place(ports, state), buttons=buttons)
        return "day"

    def ask_half_hour(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        offers = self._offers_or_less(ports, dispatcher, state)
        if not offers:
            dispatcher.utter_message(response="utter_day_full", day=day_label(date.fromisoformat(state["day"])))
            state["day"] = state["period"] = None
            return self.ask_day(ports, dispatcher, state, tracker)
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
            department=f"{hospitals.labels(ports).get(state['hospital'], '')}{offer.department_name}",
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
        made = booking.book(
            ports,
            person_id=who.person_id,
            card_ref=state["card"],
            slot_id=state["half_hour"],
            key=who.key("book"),
        )
        dispatcher.utter_message(json_message={"view": "booked", "ref": made.ref})
        offer_push(ports, dispatcher, tracker)
        return self.offer_paused(dispatcher, tracker)

    def recover(self, error: PeizhenError, state: State) -> bool:
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
