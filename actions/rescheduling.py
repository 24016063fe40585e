"""改时间: another half hour in place of a number that stands. Reads and asks like booking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import booking_choice, booking_reading
from actions.base import Heard, caller, choice
from actions.booking import BookingForm, spoken_of
from actions.cancelling import SHOWN, meant
from actions.forms import ServiceForm, State
from actions.numbers import say_made
from actions.thread import ANOTHER_DOCTOR
from actions.times import day_label, half_hour_label
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import booking, cards, hurry, payment_views


class RescheduleForm(BookingForm):
    """Which number → day → half hour → confirmed → the new number."""

    form = "reschedule_form"
    left = "utter_move_kept"
    stored = "to_"
    slots: ClassVar[tuple[str, ...]] = ("moved", *BookingForm.slots)
    owns = frozenset({"reschedule"})
    want_day: ClassVar[str] = "utter_want_new_day"
    want_half_hour: ClassVar[str] = "utter_want_new_half_hour"

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        if heard.intent == "reschedule" and heard.first("booking"):
            return {**dict.fromkeys(self.slots), "moved": heard.first("booking")}
        if state["moved"] is None and heard.intent != "choose":
            self._read_which(ports, heard, state, tracker)
            if state["moved"] is None:
                return {}
        self._from_the_old(ports, heard, state, tracker)
        filled = dict(booking_reading.read(ports, heard, state, tracker))
        return self._without_the_old(ports, heard, state, filled, tracker)

    @staticmethod
    def _read_which(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> None:
        """The only number, or the one that the sentence names, is known before its new time is read."""
        mine = movable(ports, tracker)
        which = mine[0].ref if len(mine) == 1 else meant(ports, heard, mine, first_day_only=True)
        found = next((b for b in mine if b.ref == which), None)
        if found is not None:
            state.update(moved=found.ref, card=found.card_ref, department=found.department_id)

    @staticmethod
    def _from_the_old(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> None:
        """那下午呢 and 换个医生, said first: the same day, and anybody but him."""
        old = next((b for b in movable(ports, tracker) if b.ref == state["moved"]), None)
        if old is None or state["day"] or tracker.get_slot("requested_slot") or heard.last("date"):
            return
        other = ANOTHER_DOCTOR.search(heard.text)
        if other or heard.last("period") or heard.last("time"):
            state.update(day=old.day.isoformat(), other_than=old.doctor_id if other else None)

    @staticmethod
    def _without_the_old(
        ports: Ports, heard: Heard, state: State, filled: dict[str, Any], tracker: Tracker
    ) -> dict[str, Any]:
        """把周五的号改一下: a day alone that is the old one's says which number, not when to come."""
        days = set(heard.all("date"))
        old = next((b for b in movable(ports, tracker) if b.ref == state["moved"]), None)
        names_it = (
            old is not None and days == {old.day.isoformat()} and not (heard.last("period") or heard.last("time"))
        )
        if names_it and state["day"] is None:
            filled.update(day=None, half_hour=None)
        return {"moved": state["moved"], **filled}

    def wants_out(self, ports: Ports, heard: Heard, tracker: Tracker) -> bool:
        return ServiceForm.wants_out(self, ports, heard, tracker)

    def other_wish(self, ports: Ports, heard: Heard, tracker: Tracker) -> str | None:
        return ServiceForm.other_wish(self, ports, heard, tracker)

    def detour(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str | None:
        return None

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        mine = movable(ports, tracker)
        if state["moved"] is None and not mine:
            raise PeizhenError("nothing_to_move")
        if state["moved"] is None and len(mine) == 1:
            state["moved"] = mine[0].ref
        if state["moved"] is not None:
            self._know(ports, state, tracker)
        place = ("doctor",) if booking_choice.ambiguous(state) else ()
        return ("moved", *place, "day", "half_hour", "confirm")

    @staticmethod
    def _know(ports: Ports, state: State, tracker: Tracker) -> None:
        """What the old number says of the new one. Raises Refused before anything is asked that cannot be."""
        person_id, ref = caller(ports, tracker).person_id, str(state["moved"])
        booking.check_move(ports, person_id=person_id, ref=ref)
        old = booking.one(ports, person_id=person_id, ref=ref)
        state["card"] = old.card_ref
        state["department"] = state["department"] or old.department_id
        card = cards.one(ports, person_id=person_id, ref=old.card_ref)
        booking.check_fits(ports, card=card, department_id=state["department"])

    def misfit(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> bool:
        """The patient is the old number's, so nobody else is asked for."""
        return False

    def ask_elsewhere(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker, *, taken: bool
    ) -> str:
        """Without another number in the department the old one stays."""
        if not (booking_choice.doctor_of(state) or state["title"]):
            raise PeizhenError("no_other_time")
        return super().ask_elsewhere(ports, dispatcher, state, tracker, taken=taken)

    def offer_wait(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, wish: str | None) -> None:
        """Who stands in line gets one more number, and he wishes another one: the old one stays."""

    def ask_moved(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        buttons = [
            choice(f"{day_label(b.day)} {b.department_name} {b.doctor_name}", slot="moved", value=b.ref)
            for b in movable(ports, tracker)[:SHOWN]
        ]
        dispatcher.utter_message(response="utter_want_which_move", buttons=buttons)

    def ask_confirm(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        offer = booking.offer(ports, slot_id=state["half_hour"])
        dispatcher.utter_message(json_message={"view": "booking_line", "ref": state["moved"]})
        dispatcher.utter_message(
            response="utter_want_move_confirm",
            department=offer.department_name,
            doctor=f"{offer.doctor_name} {offer.doctor_title}",
            when=f"{day_label(offer.day)} {half_hour_label(offer)}",
            fee=f"{offer.fee_fen / 100:g}",
            pay=self._pay(ports, state, tracker),
            buttons=[
                choice("确认改约", slot="confirm", value="yes"),
                choice("换个时间", slot="half_hour", value=""),
                choice("换一天", slot="day", value=""),
            ],
        )

    @staticmethod
    def _pay(ports: Ports, state: State, tracker: Tracker) -> str:
        """What was paid stays paid; of a clinic that was called off it is given back."""
        old = booking.one(ports, person_id=caller(ports, tracker).person_id, ref=str(state["moved"]))
        kept = old.prepay and old.state != "stopped"
        return payment_views.kept() if kept else payment_views.how_to_pay(ports, prepay=False)

    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        who = caller(ports, tracker)
        facts = {"person_id": who.person_id, "ref": state["moved"], "slot_id": state["half_hour"]}
        hurry.check_message(ports, person_id=who.person_id, inbox_id=who.inbox_id)
        made = booking.reschedule(ports, **facts, key=who.key("reschedule"))
        say_made(ports, dispatcher, "rebooked", made)
        return [*self.offer_paused(dispatcher, tracker), spoken_of(tracker, made)]

    def recover(self, error: PeizhenError, state: State) -> bool:
        if error.code in {"department_age", "department_sex"}:
            state.update(dict.fromkeys(("department", "doctor", "title", "half_hour", "confirm")))
            return True
        if error.code in {"same_time", "move_fee", "move_needs_pay"}:
            state["half_hour"] = state["confirm"] = None
            return True
        return super().recover(error, state)


def movable(ports: Ports, tracker: Tracker) -> list[booking.Booking]:
    """The numbers that stand, and those whose clinic was called off."""
    mine = booking.mine(ports, person_id=caller(ports, tracker).person_id)
    return [b for b in mine if b.state in booking.MOVABLE]
