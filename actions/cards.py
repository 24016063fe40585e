"""就诊卡: bind one, unbind one. Name, ID number, phone and code pass as vault references only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions import whose
from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from actions.forms import ServiceForm, State, Turn
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import cards, hospitals, messages

PARSERS = {"person_name": cards.parse_name, "id_number": cards.parse_id_number, "phone": cards.parse_phone}
TOLD = tuple(PARSERS)
PROVEN = "proven"
RESEND = re.compile(r"重发|重新发|再发|补发|没收到|没有收到|收不到|没有?短信|换(?:一|个)+验证码")
START_AGAIN = frozenset({"card_mismatch", "bad_name", "bad_id_number", "bad_phone", "expired"})
ASK_CODE_AGAIN = frozenset({"code_too_soon", "sms_unavailable"})


class CardForm(ServiceForm):
    """Which hospital, where there are several → name → ID number → (a child's guardian) → phone → its code → bound."""

    form = "card_form"
    slots: ClassVar[tuple[str, ...]] = ("card_hospital", *TOLD, "guardian", "sms_code", "code_for", "relation")
    owns = frozenset({"bind_card", "provide"})
    goes_with: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "id_number": ("guardian",),
        "phone": ("sms_code", "code_for"),
    }

    # -- reading --------------------------------------------------------------------------------------------
    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        """What can be read stays, also when another value of the same message cannot."""
        asked = tracker.get_slot("requested_slot")
        if heard.last("person") and cards.relation_of(str(heard.last("person"))):
            state["relation"] = cards.relation_of(str(heard.last("person")))
        if heard.intent == "choose":
            return self._chosen(heard)
        if asked == "card_hospital" and (meant := hospitals.meant(ports, text=heard.text, part=True)):
            return {"card_hospital": meant}
        if asked == "sms_code" and RESEND.search(heard.text):
            return {"code_for": None}
        filled = self._told(ports, heard, state, caller(ports, tracker).person_id)
        if asked == "guardian" and heard.intent in {"affirm", "deny"}:
            filled["guardian"] = "yes" if heard.intent == "affirm" else "no"
        if heard.last("sms_code") and state["phone"]:
            filled["sms_code"] = self._proven(ports, heard, state, tracker)
        return filled

    @staticmethod
    def _chosen(heard: Heard) -> dict[str, Any]:
        """A tap: a hospital, the guardian's word, or 重发 (`code_for` without a value)."""
        return {str(heard.first("slot")): heard.first("value") or None}

    def _told(self, ports: Ports, heard: Heard, state: State, person_id: int) -> dict[str, Any]:
        wrong: list[PeizhenError] = []
        filled: dict[str, Any] = {}
        for slot in (slot for slot in TOLD if heard.last(slot)):
            try:
                PARSERS[slot](messages.unvault(ports, person_id=person_id, ref=str(heard.last(slot))))
            except PeizhenError as error:
                wrong.append(error)
            else:
                filled |= {slot: heard.last(slot), **dict.fromkeys(self.goes_with.get(slot, ()))}
        if wrong:
            state.update(filled)
            raise wrong[0]
        return filled

    @staticmethod
    def _proven(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> str:
        who = caller(ports, tracker)
        told = [
            messages.unvault(ports, person_id=who.person_id, ref=str(r))
            for r in (state["phone"], heard.last("sms_code"))
        ]
        cards.prove_phone(ports, person_id=who.person_id, phone=told[0], code=told[1], key=who.key("code"))
        return PROVEN

    # -- asking ---------------------------------------------------------------------------------------------
    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        """A child needs a guardian; a phone that was proven a moment ago needs no second code."""
        person_id = caller(ports, tracker).person_id
        house = self._house(ports, state, tracker)
        child = self._is_child(ports, person_id, state)
        if state["phone"] and state["sms_code"] is None:
            phone = messages.unvault(ports, person_id=person_id, ref=state["phone"])
            state["sms_code"] = PROVEN if cards.phone_proven(ports, person_id=person_id, phone=phone) else None
        return (*house, "person_name", "id_number", *(("guardian",) if child else ()), "phone", "sms_code")

    @staticmethod
    def _is_child(ports: Ports, person_id: int, state: State) -> bool:
        if state["id_number"] is None:
            return False
        number = messages.unvault(ports, person_id=person_id, ref=state["id_number"])
        return cards.needs_guardian(ports, id_number=number)

    def missing(self, order: tuple[str, ...], state: State) -> str | None:
        return None if state["guardian"] == "no" else super().missing(order, state)

    @staticmethod
    def _house(ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        """The hospital is known where there is one, or where a number is being taken; else it is asked first."""
        known = hospitals.known(ports)
        if len(known) == 1:
            state["card_hospital"] = known[0].id
            return ()
        if tracker.get_slot("paused") == "booking_form":
            state["card_hospital"] = state["card_hospital"] or tracker.get_slot("hospital")
        return ("card_hospital",)

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

    def ask_guardian(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker) -> None:
        buttons = [
            choice("我是监护人，同意", slot="guardian", value="yes"),
            choice("不是", slot="guardian", value="no"),
        ]
        dispatcher.utter_message(response="utter_want_guardian", buttons=buttons)

    def ask_phone(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker) -> None:
        dispatcher.utter_message(response="utter_want_phone", json_message={"expects": "phone"})

    def ask_sms_code(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        """Send a code once per phone (and when asked for another); a question in between only asks again."""
        facts: dict[str, Any] = {"response": "utter_want_sms_code_again"}
        if state["code_for"] != state["phone"]:
            sent = self._send(ports, state, caller(ports, tracker))
            seconds = {"minutes": sent.minutes, "seconds": sent.resend_seconds}
            facts = {"response": "utter_want_sms_code", **seconds}
            state["code_for"] = state["phone"]
        buttons = [choice("重发验证码", slot="code_for", value="")]
        dispatcher.utter_message(**facts, buttons=buttons, json_message={"expects": "sms_code"})

    @staticmethod
    def _send(ports: Ports, state: State, who: Any) -> Any:
        number, phone = (
            messages.unvault(ports, person_id=who.person_id, ref=state[slot]) for slot in ("id_number", "phone")
        )
        facts = {"person_id": who.person_id, "key": who.key("send_code"), "hospital_id": state["card_hospital"]}
        return cards.send_code(ports, id_number=number, phone=phone, **facts)

    def answered_aside(self, turn: Turn, asked: str) -> bool:
        """再发一次 at the code is not 再说一次, and a hospital's name is no question where one is asked for."""
        if asked == "card_hospital" and hospitals.meant(turn.ports, text=turn.heard.text, part=True):
            return False
        if asked == "sms_code" and RESEND.search(turn.heard.text):
            return False
        return super().answered_aside(turn, asked)

    # -- the outcome ----------------------------------------------------------------------------------------
    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        if state["guardian"] == "no":
            dispatcher.utter_message(response="utter_no_guardian")
            return self.offer_paused(dispatcher, tracker)
        card = self._bind(ports, state, tracker)
        dispatcher.utter_message(json_message={"view": "card_bound", "ref": card.ref})
        paused = tracker.get_slot("paused")
        if paused and paused != self.form:
            return [FollowupAction(paused)]
        if card.relation is None:
            whose.ask_kin(ports, dispatcher, card, caller(ports, tracker).person_id)
        else:
            whose.offer_next(dispatcher)
        return None

    @staticmethod
    def _bind(ports: Ports, state: State, tracker: Tracker) -> cards.Card:
        who = caller(ports, tracker)
        told = {slot: messages.unvault(ports, person_id=who.person_id, ref=state[slot]) for slot in TOLD}
        return cards.bind(
            ports,
            person_id=who.person_id,
            name=cards.parse_name(told["person_name"]),
            id_number=cards.parse_id_number(told["id_number"]),
            phone=cards.parse_phone(told["phone"]),
            relation=state["relation"],
            guardian=state["guardian"] == "yes",
            key=who.key("bind"),
            hospital_id=state["card_hospital"],
        )

    def recover(self, error: PeizhenError, state: State) -> bool:
        if error.code in START_AGAIN:
            state.update(dict.fromkeys(slot for slot in self.slots if slot not in {"relation", "card_hospital"}))
        elif error.code in ASK_CODE_AGAIN and state["phone"]:
            state["code_for"] = state["phone"]
        elif error.code == "code_needed":
            state["sms_code"] = state["code_for"] = None
        elif error.code == "guardian_needed":
            state["guardian"] = None
        else:
            return False
        return True


@responds_to("unbind")
def unbind(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """解绑: which card → really → gone; the second tap carries `sure`."""
    person_id = caller(ports, tracker).person_id
    wish = whose.meant(ports, person_id, heard)
    ref = heard.first("card") or (wish.ref if wish else None)
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
