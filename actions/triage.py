"""导诊: the complaint in free words → at most three short questions → departments with the reason → booking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import directory
from actions.base import Heard, caller, choice
from actions.forms import ServiceForm, State
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import booking, triage

AGES = (("宝宝（3岁以下）", "2"), ("孩子（3-13岁）", "8"), ("大人（14-59岁）", "35"), ("老人（60岁以上）", "68"))
DURATIONS = ("刚开始，不到一天", "两三天", "一两周", "一个月以上")
NOTHING_MORE = "没有了"
LEADS = {
    "urgent": "听起来最好今天就看，不要拖：",
    "routine": "根据您说的，可以看：",
    "self_care": "不着急，需要的话可以看：",
    "emergency": "这可能是急症，请马上去急诊或打120。",
}


class TriageForm(ServiceForm):
    """Complaint → age, sex, how long, what else; what was said already is not asked again, three questions at most."""

    form = "triage_form"
    slots: ClassVar[tuple[str, ...]] = ("complaint", "triage_age", "triage_sex", "triage_duration", "triage_more")
    owns = frozenset({"triage", "faq_question", "affirm", "ask_expert", "explain_report_item"})

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        if heard.intent == "choose":
            return {str(heard.first("slot")): heard.first("value")}
        if heard.tapped:
            return {}
        asked = tracker.get_slot("requested_slot")
        if state["complaint"] is None:
            return self._complaint(heard, first=asked is None)
        reader = {
            "triage_age": self._age,
            "triage_sex": self._sex,
            "triage_duration": self._duration,
            "triage_more": self._more,
        }.get(str(asked))
        found = reader(heard) if reader else {}
        return found or self._added(heard, state)

    @staticmethod
    def _added(heard: Heard, state: State) -> dict[str, Any]:
        """Another symptom where something else was asked: it is kept, and the question asked again."""
        if heard.intent not in {"triage", "nlu_fallback"} or heard.first("symptom") is None:
            return {}
        return {"complaint": f"{state['complaint']}，{heard.text}"}

    @staticmethod
    def _complaint(heard: Heard, *, first: bool) -> dict[str, Any]:
        """A wish without a symptom (不知道看哪科) is no complaint yet."""
        if first and heard.first("symptom") is None:
            return {}
        if heard.intent not in {"triage", "faq_question", "ask_expert", "nlu_fallback", "explain_report_item"}:
            return {}
        age = triage.said_age(heard.text)
        said: dict[str, Any] = {"complaint": heard.text, "triage_sex": triage.parse_sex(heard.text)}
        said["triage_age"] = str(age) if age is not None else None
        said["triage_duration"] = "said" if triage.said_duration(heard.text) else None
        return {slot: value for slot, value in said.items() if value is not None}

    @staticmethod
    def _age(heard: Heard) -> dict[str, Any]:
        if heard.intent in {"deny", "help", "human_agent", "menu"} or not any(c.isdigit() for c in _digits(heard.text)):
            return {}
        return {"triage_age": str(triage.parse_age(heard.text))}

    @staticmethod
    def _sex(heard: Heard) -> dict[str, Any]:
        sex = triage.parse_sex(heard.text)
        return {"triage_sex": sex} if sex else {}

    @staticmethod
    def _duration(heard: Heard) -> dict[str, Any]:
        if triage.said_duration(heard.text) or heard.first("duration"):
            return {"triage_duration": heard.text}
        return {}

    @staticmethod
    def _more(heard: Heard) -> dict[str, Any]:
        if heard.intent == "deny":
            return {"triage_more": NOTHING_MORE}
        if heard.first("symptom") or heard.intent in {"triage", "nlu_fallback"}:
            return {"triage_more": heard.text}
        return {}

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        """Age, sex, duration; what else only when one of them was said already: never more than three."""
        asked = [s for s in ("triage_age", "triage_sex", "triage_duration") if state[s] is None]
        if state["triage_more"] is None and state["complaint"] and not asked and self._questions(tracker) >= MOST:
            state["triage_more"] = NOTHING_MORE
        return ("complaint", "triage_age", "triage_sex", "triage_duration", "triage_more")

    @staticmethod
    def _questions(tracker: Tracker) -> int:
        """How many of the three this talk has asked: they are the slots requested since the form opened."""
        asked: set[str] = set()
        for event in reversed(tracker.events):
            if event["event"] == "active_loop" and event.get("name") == "triage_form":
                break
            if event["event"] == "slot" and event.get("name") == "requested_slot" and event.get("value"):
                asked.add(event["value"])
        return len(asked - {"complaint"})

    # -- asking -------------------------------------------------------------------------------------------
    def ask_complaint(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        dispatcher.utter_message(response="utter_want_complaint")

    def ask_triage_age(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        buttons = [choice(label, slot="triage_age", value=value) for label, value in AGES]
        dispatcher.utter_message(response="utter_want_triage_age", buttons=buttons)

    def ask_triage_sex(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        buttons = [choice("男", slot="triage_sex", value="m"), choice("女", slot="triage_sex", value="f")]
        dispatcher.utter_message(response="utter_want_triage_sex", buttons=buttons)

    def ask_triage_duration(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        buttons = [choice(label, slot="triage_duration", value=label) for label in DURATIONS]
        dispatcher.utter_message(response="utter_want_triage_duration", buttons=buttons)

    def ask_triage_more(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        buttons = [choice(NOTHING_MORE, slot="triage_more", value=NOTHING_MORE)]
        dispatcher.utter_message(response="utter_want_triage_more", buttons=buttons)

    # -- the outcome --------------------------------------------------------------------------------------
    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        who = caller(ports, tracker)
        found = triage.suggest(
            ports,
            person_id=who.person_id,
            inbox_id=who.inbox_id,
            complaint=state["complaint"],
            more="" if state["triage_more"] == NOTHING_MORE else state["triage_more"],
            age=int(state["triage_age"]),
            sex=state["triage_sex"],
            duration=state["triage_duration"],
        )
        if not found.suggestions:
            raise PeizhenError("his_unavailable")
        dispatcher.utter_message(
            response="utter_triage_result",
            lead=LEADS[found.urgency],
            lines="\n".join(_line(ports, s) for s in found.suggestions),
            buttons=[
                *(
                    choice(f"挂{s.department.name}", "book", department=directory.department_value(ports, s.department))
                    for s in found.suggestions
                ),
                choice("问医生", "ask_expert"),
            ],
        )
        if tracker.get_slot("paused") == "booking_form":  # 挂骨科 goes on with it
            return None
        return self.offer_paused(dispatcher, tracker)


MOST = 3


def _digits(text: str) -> str:
    """Chinese numerals count as digits when looking for an age."""
    return text.translate(str.maketrans("零一二两三四五六七八九十", "012234567891"))


def _line(ports: Ports, suggestion: triage.Suggestion) -> str:
    """Department and why; where it is as well, unless several hospitals have it."""
    one = suggestion.department
    alone = directory.department_value(ports, one) == one.id
    place = f"（{booking.place(ports, department=one)}）" if alone else ""
    because = "、".join(f"“{word}”" for word in suggestion.because)
    return f"· {one.name}{place}" + (f"：因为您说{because}" if because else "")
