"""The days and half hours that a booking can be made for, as questions; where none is left, the next best."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import full_days
from actions.base import choice
from actions.booking_choice import calendar, days_of, doctor_of, offers_of, stock_of
from actions.forms import State
from actions.times import day_label, half_hour_label
from bot.ports import Ports
from bot.services import booking

SHOWN_DAYS = 7
SHOWN_OFFERS = 6  # with 换一天 what fits into one WeChat message; one more and the list comes in two bubbles
SHOWN_OF_MANY = SHOWN_OFFERS - 1  # … and 更多
PERIOD_WORDS = {"am": "上午", "pm": "下午", "evening": "晚上"}


class AsksWhen:
    """Part of a form with the slots department, doctor, title, day, period, page and half_hour."""

    want_day: ClassVar[str] = "utter_want_day"
    want_half_hour: ClassVar[str] = "utter_want_half_hour"
    ask: Callable[..., Any]  # ServiceForm's
    ask_department: Callable[..., Any]  # the form's own

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
        wishes: tuple[tuple[str, str, dict[str, str]], ...] = (
            ("period", "utter_period_full", {"period": PERIOD_WORDS.get(state["period"] or "", "")}),
            ("title", "utter_none_of_title", {"title": state["title"] or ""}),
            ("other_than", "utter_nobody_else", {}),
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
