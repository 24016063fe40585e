"""挂号: the booking form. What it reads is in booking_reading.py, giving a number back in cancelling.py.

Its questions about the patient are in booking_patient.py, those about the time in booking_days.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import booking_reading, directory, full_days, previsit
from actions.base import Heard, caller, choice
from actions.booking_choice import WITH_HOSPITAL, ambiguous, calendar, card_open, settle_hospital
from actions.booking_days import AsksWhen
from actions.booking_patient import AsksWhom
from actions.cancelling import cancellable
from actions.forms import ServiceForm, State
from actions.numbers import say_made, ways_on
from actions.privacy import offer_push
from actions.thread import about
from actions.times import day_label, half_hour_label
from bot.errors import HisUnavailable, PeizhenError
from bot.ports import Ports
from bot.services import booking, cards, hospitals, hurry, payment_views, waitlist
from bot.services.hospitals import hospital_of

SHOWN_DEPARTMENTS = 6


class BookingForm(AsksWhom, AsksWhen, ServiceForm):
    """Which hospital, where there are several → whose card → department or doctor → day → half hour → confirmed."""

    form = "booking_form"
    slots: ClassVar[tuple[str, ...]] = (
        *("hospital", "card", "department_said", "department", "doctor", "title", "other_than"),
        *("day", "period", "page", "half_hour", "confirm", "full", "wait"),
    )
    owns = frozenset({"book", "book_same_day", "reschedule", "switch_patient"})
    goes_with: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "hospital": WITH_HOSPITAL,
        "department": ("doctor", "title", "page"),
        "day": ("period", "page"),
    }

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
        """With nothing booked, 别挂周五的 is a correction; 改时间 beside a number of his means that number."""
        if heard.tapped and heard.intent == "reschedule":
            return "reschedule_form"
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

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        if state["wait"]:
            state["department"] = full_days.wish(state["wait"])["department_id"]
        settle_hospital(ports, state)
        self._choose_card(ports, state, tracker)
        if state["wait"]:
            return ("card",)
        state["full"] = None
        house = ("hospital",) if hospitals.several(ports) else ()
        place = ("doctor", "department") if ambiguous(state) else ("department",)
        return (*house, "card", *place, "day", "half_hour", "confirm")

    def missing(self, order: tuple[str, ...], state: State) -> str | None:
        """给我妈, of whom no card is known, and 王医生, of whom there are several, come before anything else."""
        if card_open(state):
            return "card"
        return "doctor" if ambiguous(state) and not state["wait"] else super().missing(order, state)

    def ask(self, ports: Ports, slot: str, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        """What stands in the way is said before a half hour is chosen or confirmed."""
        if self.misfit(ports, dispatcher, state, tracker):
            return super().ask(ports, "card", dispatcher, state, tracker)
        if slot in {"half_hour", "confirm"} and self._in_the_way(ports, dispatcher, state, tracker):
            slot = "day"
        return super().ask(ports, slot, dispatcher, state, tracker)

    @staticmethod
    def _in_the_way(ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> bool:
        day, own = date.fromisoformat(state["day"]), calendar(ports, state, tracker)
        why = own.refusal(day)
        if why is None:
            return False
        ref = own.taken.get(day)
        if ref:
            buttons = ways_on(ports, booking.one(ports, person_id=caller(ports, tracker).person_id, ref=ref))
            dispatcher.utter_message(json_message={"view": "already", "ref": ref}, buttons=buttons)
        elif why == "department_limit":
            dispatcher.utter_message(response="utter_other_holder")
        else:
            dispatcher.utter_message(response=f"utter_error_{why}", most=ports.rules["bookings_per_week"])
        state.update(dict.fromkeys(("day", "period", "page", "half_hour", "confirm")))
        return True

    def ask_doctor(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        named = directory.doctors_named(ports, state["doctor"], state["department"])
        elsewhere = not named and state["department"] is not None
        named = named or directory.doctors_named(ports, state["doctor"])
        if not named:
            state["doctor"] = None
            dispatcher.utter_message(response="utter_no_such_doctor")
            slot = str(self.missing(self.required(ports, state, tracker), state))
            return self.ask(ports, slot, dispatcher, state, tracker)
        named = [d for d in named if hospital_of(d.id) == state["hospital"]] or named
        buttons = [choice(label, slot="doctor", value=d.id) for d, label in directory.doctor_labels(ports, named)]
        if elsewhere:
            place = booking.department(ports, department_id=state["department"]).name
            buttons.append(choice(f"{place}的别的医生", slot="doctor", value=""))
            dispatcher.utter_message(response="utter_doctor_elsewhere", department=place, buttons=buttons)
            return "doctor"
        dispatcher.utter_message(response="utter_want_doctor", buttons=buttons)
        return "doctor"

    def ask_hospital(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        """All of them, or those that have the department that was named."""
        named = directory.departments_named(ports, state["department_said"] or "")
        having = {hospital_of(department.id) for department in named}
        shown = [h for h in hospitals.known(ports) if not having or h.id in having]
        buttons = [choice(h.name, slot="hospital", value=h.id) for h in shown]
        dispatcher.utter_message(response="utter_want_hospital", buttons=buttons)

    def ask_department(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        shown = booking.departments_of(ports, hospital_id=state["hospital"])[:SHOWN_DEPARTMENTS]
        buttons = [choice(d.name, slot="department", value=d.id) for d in shown]
        dispatcher.utter_message(response="utter_want_department", buttons=[*buttons, choice("不知道看哪科", "triage")])

    def ask_confirm(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        offer = booking.offer(ports, slot_id=state["half_hour"])
        dispatcher.utter_message(
            response="utter_want_booking_confirm",
            card=f"⟦card:{state['card']}⟧",
            department=f"{hospitals.labels(ports).get(state['hospital'], '')}{offer.department_name}",
            doctor=f"{offer.doctor_name} {offer.doctor_title}",
            when=f"{day_label(offer.day)} {half_hour_label(offer)}",
            fee=f"{offer.fee_fen / 100:g}",
            pay=payment_views.how_to_pay(ports, prepay=booking.prepaid(ports, offer=offer)),
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
        hurry.check_message(ports, person_id=who.person_id, inbox_id=who.inbox_id)
        made = booking.book(
            ports,
            person_id=who.person_id,
            card_ref=state["card"],
            slot_id=state["half_hour"],
            key=who.key("book"),
        )
        say_made(ports, dispatcher, "booked", made)
        previsit.offer(ports, dispatcher, tracker, made.ref)
        offer_push(ports, dispatcher, tracker)
        return [*self.offer_paused(dispatcher, tracker), spoken_of(tracker, made)]

    def recover(self, error: PeizhenError, state: State) -> bool:
        if state["wait"]:
            return False
        if error.code in {"too_fast", "too_hurried", "not_your_turn"}:
            state["confirm"] = None  # everything chosen stays
            return True
        if error.code in {"department_age", "department_sex"}:
            state.update(dict.fromkeys(("doctor", "title", "half_hour", "confirm")))
            return True
        if error.code in {"slot_full", "slot_past", "slot_closed", "conflict"}:
            state["half_hour"] = state["confirm"] = None
            return True
        if error.code in {"already_booked", "department_limit", "week_limit", "not_released"}:
            state["day"] = state["half_hour"] = state["confirm"] = None
            return True
        return False


def spoken_of(tracker: Tracker, made: booking.Booking) -> EventType:
    """A number that stands now: 那下午呢 and 换个医生 mean it."""
    facts = {"doctor": made.doctor_id, "department": made.department_id}
    return about(tracker, intent="reschedule", booked=True, **facts)
