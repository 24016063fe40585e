"""挂号: the booking form. What it reads is in booking_reading.py, giving a number back in cancelling.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import booking_reading, directory, full_days, whose
from actions.base import Heard, caller, choice
from actions.booking_reading import (
    NOT_KNOWN,
    ambiguous,
    calendar,
    card_open,
    days_of,
    doctor_of,
    offers_of,
    settle_hospital,
    settled_card,
    stock_of,
)
from actions.cancelling import cancellable
from actions.forms import ServiceForm, State
from actions.numbers import say_made, ways_on
from actions.privacy import offer_push
from actions.times import day_label, half_hour_label
from bot.errors import HisUnavailable, PeizhenError, Refused
from bot.ports import Ports
from bot.services import booking, cards, hospitals, hurry, payment_views, timetable, waitlist
from bot.services.hospitals import hospital_of

SHOWN_DEPARTMENTS = 6
SHOWN_DAYS = 7
SHOWN_OFFERS = 6  # with 换一天 what fits into one WeChat message; one more and the list comes in two bubbles
SHOWN_OF_MANY = SHOWN_OFFERS - 1  # … and 更多
PERIOD_WORDS = {"am": "上午", "pm": "下午", "evening": "晚上"}


class BookingForm(ServiceForm):
    """Which hospital, where there are several → whose card → department or doctor → day → half hour → confirmed."""

    form = "booking_form"
    slots: ClassVar[tuple[str, ...]] = (
        *("hospital", "card", "department_said", "department", "doctor", "title"),
        *("day", "period", "page", "half_hour", "confirm", "full", "wait"),
    )
    owns = frozenset({"book", "book_same_day", "reschedule", "switch_patient"})
    goes_with: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "hospital": booking_reading.WITH_HOSPITAL,
        "department": ("doctor", "title", "page"),
        "day": ("period", "page"),
    }
    want_day: ClassVar[str] = "utter_want_day"
    want_half_hour: ClassVar[str] = "utter_want_half_hour"

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

    @staticmethod
    def _cards(ports: Ports, state: State, tracker: Tracker) -> list[cards.Card]:
        """The caller's cards of the hospital where the number is taken."""
        mine = cards.mine(ports, person_id=caller(ports, tracker).person_id)
        return [card for card in mine if hospital_of(card.patient_id) == state["hospital"]]

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

    def _choose_card(self, ports: Ports, state: State, tracker: Tracker) -> None:
        """The only card that may be meant needs no question. Raises Refused when a card may not book (here)."""
        person_id, here = caller(ports, tracker).person_id, self._cards(ports, state, tracker)
        state["card"] = settled_card(ports, person_id, state["card"], here)
        fitting, why = _fitting(ports, here, state["department"])
        if state["card"] is None and len(fitting) == 1:
            state["card"] = fitting[0].ref
        if why is not None and not fitting:
            state["department"] = None
            raise why
        if state["card"] is not None and not card_open(state):
            booking.check_patient(ports, person_id=person_id, card_ref=state["card"])

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

    def misfit(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> bool:
        """Whether the department does not see the chosen patient, but another one of this person."""
        fitting, why = _fitting(ports, self._cards(ports, state, tracker), state["department"])
        if why is None or state["card"] is None or card_open(state) or state["card"] in {c.ref for c in fitting}:
            return False
        dispatcher.utter_message(response=f"utter_misfit_{why.code}", **why.facts)
        state["card"] = None
        return True

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
        here = self._cards(ports, state, tracker)
        if card_open(state):
            person_id = caller(ports, tracker).person_id
            whose.ask(ports, dispatcher, person_id, state["card"].removeprefix(NOT_KNOWN), "choose", slot="card")
            return
        fitting, _why = _fitting(ports, here, state["department"])
        buttons = [choice(f"⟦card:{c.ref}⟧", slot="card", value=c.ref) for c in fitting]
        dispatcher.utter_message(response="utter_want_card", buttons=buttons)

    def ask_department(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        shown = booking.departments_of(ports, hospital_id=state["hospital"])[:SHOWN_DEPARTMENTS]
        buttons = [choice(d.name, slot="department", value=d.id) for d in shown]
        dispatcher.utter_message(response="utter_want_department", buttons=[*buttons, choice("不知道看哪科", "triage")])

    def ask_day(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        stock = [s for s in stock_of(ports, state) if s.left > 0]
        own = calendar(ports, state, tracker)
        free = [s for s in stock if own.refusal(s.day) is None]
        if not free:
            return self.ask_elsewhere(ports, dispatcher, state, tracker, taken=bool(stock))
        shown = free[:SHOWN_DAYS]
        taken = [day_label(s.day) for s in stock if s.day in own.taken and s.day <= shown[-1].day]
        if taken:
            dispatcher.utter_message(response="utter_days_taken", days="、".join(taken))
        buttons = [choice(f"{day_label(s.day)} 余{s.left}", slot="day", value=s.day.isoformat()) for s in shown]
        dispatcher.utter_message(response=self.want_day, place=_place(ports, state), buttons=buttons)
        return "day"

    def ask_elsewhere(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker, *, taken: bool
    ) -> str:
        """No day is left: of this doctor or title, so his colleagues; else of the department, so another one."""
        wish = full_days.nearest(ports, state)
        if doctor_of(state) or state["title"]:
            dispatcher.utter_message(response="utter_doctor_full", doctor=_place(ports, state))
            state["doctor"] = state["title"] = None
            slot = "half_hour" if state["day"] else "day"
            asked = self.ask(ports, slot, dispatcher, state, tracker)
            self.offer_wait(ports, dispatcher, state, wish)
            return asked
        dispatcher.utter_message(response="utter_no_free_days" if taken else "utter_no_days")
        state["department"] = None
        self.ask_department(ports, dispatcher, state, tracker)
        self.offer_wait(ports, dispatcher, state, wish)
        return "department"

    def ask_half_hour(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        if not days_of(ports, state):  # nobody says that one day is full where none is left
            return self.ask_elsewhere(ports, dispatcher, state, tracker, taken=False)
        offers = self._offers_or_less(ports, dispatcher, state)
        if not offers:
            dispatcher.utter_message(response="utter_day_full", day=day_label(date.fromisoformat(state["day"])))
            wish = full_days.nearest(ports, state)
            state["day"] = state["period"] = state["page"] = None
            asked = self.ask_day(ports, dispatcher, state, tracker)
            self.offer_wait(ports, dispatcher, state, wish)
            return asked
        shown, page = _page(offers, int(state["page"] or 0))
        if not shown:
            dispatcher.utter_message(response="utter_no_more")
            shown, page = _page(offers, 0)
        state["page"] = str(page) if page else None
        self._say_offers(ports, dispatcher, state, shown, more=_page(offers, page + 1)[0] != [])
        return "half_hour"

    def offer_wait(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, wish: str | None) -> None:
        """候补, below what can be booked at once."""
        full_days.offer(ports, dispatcher, state, wish)

    def _say_offers(
        self,
        ports: Ports,
        dispatcher: CollectingDispatcher,
        state: State,
        shown: list[booking.Offer],
        *,
        more: bool,
    ) -> None:
        buttons = [
            choice(
                f"{half_hour_label(o)} {o.doctor_name}{o.doctor_title} 余{o.left} {o.fee_fen / 100:g}元",
                slot="half_hour",
                value=o.slot_id,
            )
            for o in shown
        ]
        if more:
            buttons.append(choice("更多时间", slot="page", value=str(int(state["page"] or 0) + 1)))
        dispatcher.utter_message(
            response=self.want_half_hour,
            place=_place(ports, state),
            day=day_label(date.fromisoformat(state["day"])),
            buttons=[*buttons, choice("换一天", slot="day", value="")],
        )

    def _offers_or_less(self, ports: Ports, dispatcher: CollectingDispatcher, state: State) -> list[booking.Offer]:
        """The day's offers; when the title or the part of the day that was wished has none, those of the rest of it."""
        wishes = (
            ("period", "utter_period_full", {"period": PERIOD_WORDS.get(state["period"] or "", "")}),
            ("title", "utter_none_of_title", {"title": state["title"] or ""}),
        )
        offers = self.offers(ports, state)
        for wish, response, facts in wishes:
            if offers or state[wish] is None:
                continue
            state[wish] = None
            offers = self.offers(ports, state)
            if offers:
                day = day_label(date.fromisoformat(state["day"]))
                dispatcher.utter_message(response=response, day=day, **facts)
        return offers

    def offers(self, ports: Ports, state: State) -> list[booking.Offer]:
        """What can be chosen now."""
        return offers_of(ports, state)

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
        offer_push(ports, dispatcher, tracker)
        return self.offer_paused(dispatcher, tracker)

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


def _fitting(ports: Ports, mine: list[cards.Card], department: str | None) -> tuple[list[cards.Card], Refused | None]:
    """Those of the cards that the chosen department sees; before one is chosen, all of them."""
    return timetable.fitting(ports, found=mine, department_id=department) if department else (mine, None)


def _page(offers: list[booking.Offer], page: int) -> tuple[list[booking.Offer], int]:
    """First a few, spread over the day rather than the first half hours of every doctor; then the rest in order."""
    if len(offers) <= SHOWN_OFFERS:
        return (offers, 0) if page == 0 else ([], page)
    step = len(offers) / SHOWN_OF_MANY
    first = [offers[int(i * step)] for i in range(SHOWN_OF_MANY)]
    if page == 0:
        return first, 0
    rest = [o for o in offers if o not in first]
    return rest[(page - 1) * SHOWN_OF_MANY : page * SHOWN_OF_MANY], page


def _place(ports: Ports, state: State) -> str:
    if doctor_of(state):
        return f"{booking.doctor(ports, doctor_id=str(doctor_of(state))).name}医生"
    return f"{booking.department(ports, department_id=state['department']).name}{state['title'] or ''}"
