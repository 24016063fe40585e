"""For whom a booking is: a card of the hospital where it is made, which the department sees and no rule stops."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import whose
from actions.base import caller, choice
from actions.booking_choice import NOT_KNOWN, card_open, settled_card
from actions.forms import State
from bot.errors import Refused
from bot.ports import Ports
from bot.services import booking, cards, timetable
from bot.services.hospitals import hospital_of


class AsksWhom:
    """Part of a form with the slots hospital, card and department."""

    @staticmethod
    def _cards(ports: Ports, state: State, tracker: Tracker) -> list[cards.Card]:
        """The caller's cards of the hospital where the number is taken."""
        mine = cards.mine(ports, person_id=caller(ports, tracker).person_id)
        return [card for card in mine if hospital_of(card.patient_id) == state["hospital"]]

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

    def misfit(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> bool:
        """Whether the department does not see the chosen patient, but another one of this person."""
        fitting, why = _fitting(ports, self._cards(ports, state, tracker), state["department"])
        if why is None or state["card"] is None or card_open(state) or state["card"] in {c.ref for c in fitting}:
            return False
        dispatcher.utter_message(response=f"utter_misfit_{why.code}", **why.facts)
        state["card"] = None
        return True

    def ask_card(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        here = self._cards(ports, state, tracker)
        if card_open(state):
            person_id = caller(ports, tracker).person_id
            whose.ask(ports, dispatcher, person_id, state["card"].removeprefix(NOT_KNOWN), "choose", slot="card")
            return
        fitting, _why = _fitting(ports, here, state["department"])
        buttons = [choice(f"⟦card:{c.ref}⟧", slot="card", value=c.ref) for c in fitting]
        dispatcher.utter_message(response="utter_want_card", buttons=buttons)


def _fitting(ports: Ports, mine: list[cards.Card], department: str | None) -> tuple[list[cards.Card], Refused | None]:
    """Those of the cards that the chosen department sees; before one is chosen, all of them."""
    return timetable.fitting(ports, found=mine, department_id=department) if department else (mine, None)
