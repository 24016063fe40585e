"""就诊卡: bind one, switch between them, unbind. Name, ID number and phone pass as vault references only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from actions.forms import ServiceForm, State
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import cards, hospitals, messages

PARSERS = {"person_name": cards.parse_name, "id_number": cards.parse_id_number, "phone": cards.parse_phone}


class CardForm(ServiceForm):
    """Which hospital, where there are several → name → ID number → phone → bound."""

    form = "card_form"
    slots: ClassVar[tuple[str, ...]] = ("card_hospital", *PARSERS)
    owns = frozenset({"bind_card", "provide"})

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        """What can be read stays, also when another value of the same message cannot."""
        person_id = caller(ports, tracker).person_id
        wrong: list[PeizhenError] = []
        for slot in (slot for slot in PARSERS if heard.last(slot)):
            try:
                PARSERS[slot](messages.unvault(ports, person_id=person_id, ref=str(heard.last(slot))))
            except PeizhenError as error:
                wrong.append(error)
            else:
                state[slot] = heard.last(slot)
        if wrong:
            raise wrong[0]
        return {slot: heard.last(slot) for slot in PARSERS if heard.last(slot)} | self._hospital(ports, heard, tracker)

    @staticmethod
    def _hospital(ports: Ports, heard: Heard, tracker: Tracker) -> dict[str, Any]:
        if heard.intent == "choose" and heard.first("slot") == "card_hospital":
            return {"card_hospital": heard.first("value")}
        if tracker.get_slot("requested_slot") != "card_hospital":
            return {}
        meant = hospitals.meant(ports, text=heard.text, part=True)
        return {"card_hospital": meant} if meant else {}

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        """The hospital is known where there is one, or where a number is being taken."""
        known = hospitals.known(ports)
        if len(known) == 1:
            state["card_hospital"] = known[0].id
        elif tracker.get_slot("paused") == "booking_form":
            state["card_hospital"] = state["card_hospital"] or tracker.get_slot("hospital")
        return self.slots

    def ask_card_hospital(
        self, ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker
    ) -> None:
        buttons = [choice(h.name, slot="card_hospital", value=h.id) for h in hospitals.known(ports)]
        dispatcher.utter_message(response="utter_want_card_hospital", buttons=buttons)

    def ask_person_name(
        self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker
    ) -> None:
        dispatcher.utter_message(response="utter_want_person_name", json_message={"expects": "person_name"})

    def ask_id_number(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker) -> None:
        dispatcher.utter_message(response="utter_want_id_number", json_message={"expects": "id_number"})

    def ask_phone(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker) -> None:
        dispatcher.utter_message(response="utter_want_phone", json_message={"expects": "phone"})

    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        who = caller(ports, tracker)
        told = {slot: messages.unvault(ports, person_id=who.person_id, ref=state[slot]) for slot in PARSERS}
        card = cards.bind(
            ports,
            person_id=who.person_id,
            name=cards.parse_name(told["person_name"]),
            id_number=cards.parse_id_number(told["id_number"]),
            phone=cards.parse_phone(told["phone"]),
            key=who.key("bind"),
            hospital_id=state["card_hospital"],
        )
        dispatcher.utter_message(json_message={"view": "card_bound", "ref": card.ref})
        paused = tracker.get_slot("paused")
        if paused and paused != self.form:
            return [FollowupAction(paused)]
        dispatcher.utter_message(
            response="utter_after_card",
            buttons=[choice("我要挂号", "book"), choice("查报告", "reports_list"), choice("再绑一张", "bind_card")],
        )
        return None

    def recover(self, error: PeizhenError, state: State) -> bool:
        if error.code in {"card_mismatch", "bad_name", "bad_id_number", "bad_phone", "expired"}:
            state.update(dict.fromkeys(PARSERS))
            return True
        return False


@responds_to("switch_patient")
def switch_patient(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """换就诊人: choose the card that is used when nobody is named."""
    person_id = caller(ports, tracker).person_id
    if heard.first("card"):
        card = cards.choose(ports, person_id=person_id, ref=str(heard.first("card")))
        dispatcher.utter_message(response="utter_card_chosen", card=f"⟦card:{card.ref}⟧")
        return
    mine = cards.mine(ports, person_id=person_id)
    if not mine:
        raise PeizhenError("no_card")
    buttons = [choice(f"⟦card:{c.ref}⟧", "switch_patient", card=c.ref) for c in mine]
    dispatcher.utter_message(response="utter_want_card", buttons=[*buttons, choice("绑定新的就诊卡", "bind_card")])


@responds_to("unbind")
def unbind(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """解绑: which card → really → gone; the second tap carries `sure`."""
    person_id = caller(ports, tracker).person_id
    ref = heard.first("card")
    if ref and heard.first("sure"):
        cards.unbind(ports, person_id=person_id, ref=ref)
        dispatcher.utter_message(response="utter_card_unbound")
        return
    mine = cards.mine(ports, person_id=person_id)
    if not mine:
        raise PeizhenError("no_card")
    if ref or len(mine) == 1:
        ref = ref or mine[0].ref
        buttons = [choice("确认解绑", "unbind", card=ref, sure="yes"), choice("先留着", "deny")]
        dispatcher.utter_message(response="utter_want_unbind", card=f"⟦card:{ref}⟧", buttons=buttons)
        return
    dispatcher.utter_message(
        response="utter_want_card", buttons=[choice(f"⟦card:{c.ref}⟧", "unbind", card=c.ref) for c in mine]
    )
