"""导诊: the complaint in free words → at most three short questions → departments with the reason → booking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.forms import ServiceForm, State
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import triage

AGES = (("宝宝（3岁以下）", "2"), ("孩子（3-13岁）", "8"), ("大人（14-59岁）", "35"), ("老人（60岁以上）", "68"))
DURATIONS = ("刚开始，不到一天", "两三天", "一两周", "一个月以上")
NOTHING_MORE = "没有了"
NO_MORE = re.compile(
    r"(?:就|其他|其它|别的|另外|也|再|暂时|都|我|他|她|[，,。.！!~ ])*"
    r"(?:没了|没有|没有了|没啥|没啥了|没什么|没什么了|没别的|没其他|无|就这些|就这样|没有其[他它]|没有别的|没得)"
    r"(?:其[他它]|别的|哪里|不舒服|症状|的|地方|了|啦|呢|啊|吧|[，,。.！!~ ])*"
)
ANOTHER, SAME = "another", "same"
ANOTHER_ONE = re.compile("另一|另外|不是(?:同|一个|刚才)|两个人|别人")
SAME_ONE = re.compile("同一|刚才|还是|一个人")
LEADS = {
    "urgent": "听起来最好今天就看，不要拖：",
    "routine": "根据您说的，可以看：",
    "self_care": "不着急，需要的话可以看：",
    "emergency": "这可能是急症，请马上去急诊或打120。",
}


class TriageForm(ServiceForm):
    """Complaint → age, sex, how long, what else; what was said already is not asked again, three questions at most."""

    form = "triage_form"
    slots: ClassVar[tuple[str, ...]] = (
        "complaint",
        "triage_age",
        "triage_sex",
        "triage_duration",
        "triage_more",
        "triage_other",
    )
    owns = frozenset({"triage", "faq_question", "affirm", "ask_expert", "explain_report_item"})

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        if heard.intent == "choose":
            slot, value = str(heard.first("slot")), heard.first("value")
            return self._whose(state, another=value == ANOTHER) if slot == "triage_other" else {slot: value}
        if heard.tapped:
            return {}
        asked = tracker.get_slot("requested_slot")
        if state["complaint"] is None:
            return self._complaint(heard, first=asked is None)
        if state["triage_other"]:
            return self._told_whose(heard, state)
        return self._answer(heard, state, str(asked))

    def _answer(self, heard: Heard, state: State, asked: str) -> Mapping[str, Any]:
        """What was asked for, or more about the complaint, or somebody else's."""
        if heard.first("symptom") and triage.other_person(state["complaint"], heard.text):
            return {"triage_other": heard.text}
        reader = {
            "triage_age": self._age,
            "triage_sex": self._sex,
            "triage_duration": self._duration,
            "triage_more": self._more,
        }.get(asked)
        found = reader(heard) if reader else {}
        if not found and NO_MORE.fullmatch(heard.text):  # said too early: it will not be asked
            return {"triage_more": NOTHING_MORE}
        return found or self._added(heard, state)

    @classmethod
    def _told_whose(cls, heard: Heard, state: State) -> dict[str, Any]:
        if ANOTHER_ONE.search(heard.text) or heard.intent == "affirm":
            return cls._whose(state, another=True)
        return cls._whose(state, another=False) if SAME_ONE.search(heard.text) or heard.intent == "deny" else {}

    @classmethod
    def _whose(cls, state: State, *, another: bool) -> dict[str, Any]:
        """What was said belongs to another person, of whom nothing is known yet, or to the complaint so far."""
        said = str(state["triage_other"] or "")
        if another:
            return {**dict.fromkeys(cls.slots), **cls._told(said)}
        known = {slot: value for slot, value in cls._told(said).items() if state[slot] is None}
        return {**known, "complaint": f"{state['complaint']}，{said}", "triage_other": None}

    @staticmethod
    def _told(text: str) -> dict[str, Any]:
        """A complaint with what its words say of the person."""
        age = triage.said_age(text)
        said = {
            "complaint": text,
            "triage_sex": triage.parse_sex(text),
            "triage_age": None if age is None else str(age),
            "triage_duration": "said" if triage.said_duration(text) else None,
        }
        return {slot: value for slot, value in said.items() if value is not None}

    @staticmethod
    def _added(heard: Heard, state: State) -> dict[str, Any]:
        """Another symptom where something else was asked: it is kept, and the question asked again."""
        if heard.intent not in {"triage", "nlu_fallback"} or heard.first("symptom") is None:
            return {}
        return {"complaint": f"{state['complaint']}，{heard.text}"}

    @classmethod
    def _complaint(cls, heard: Heard, *, first: bool) -> dict[str, Any]:
        """A wish without a symptom (不知道看哪科) is no complaint yet."""
        if first and heard.first("symptom") is None:
            return {}
        if heard.intent not in {"triage", "faq_question", "ask_expert", "nlu_fallback", "explain_report_item"}:
            return {}
        return cls._told(heard.text)

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
        if heard.intent == "deny" or NO_MORE.fullmatch(heard.text):
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

    def missing(self, order: tuple[str, ...], state: State) -> str | None:
        """Whose complaint it is comes before everything."""
        return "triage_other" if state["triage_other"] else super().missing(order, state)

    @staticmethod
    def _questions(tracker: Tracker) -> int:
        """How many of the three this person was asked: the slots requested since the form opened or he was named."""
        asked: set[str] = set()
        for event in reversed(tracker.events):
            if event["event"] == "active_loop" and event.get("name") == "triage_form":
                break
            if event["event"] == "slot" and event.get("name") == "requested_slot" and event.get("value"):
                if event["value"] == "triage_other":
                    break
                asked.add(event["value"])
        return len(asked - {"complaint"})

    # -- asking -------------------------------------------------------------------------------------------
    def ask_complaint(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        dispatcher.utter_message(response="utter_want_complaint")

    def ask_triage_age(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        buttons = [choice(label, slot="triage_age", value=value) for label, value in AGES]
        dispatcher.utter_message(response="utter_want_triage_age", buttons=buttons)

    def ask_triage_other(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        another = choice("是另一位", slot="triage_other", value=ANOTHER)
        same = choice("还是刚才那位", slot="triage_other", value=SAME)
        dispatcher.utter_message(response="utter_want_triage_other", buttons=[another, same])

    def ask_triage_sex(self, _ports: Ports, dispatcher: CollectingDispatcher, state: State, _t: Tracker) -> None:
        child = int(state["triage_age"]) < triage.CHILD_UNTIL
        labels = ("男孩", "女孩") if child else ("男", "女")
        buttons = [choice(label, slot="triage_sex", value=sex) for label, sex in zip(labels, "mf", strict=True)]
        response = "utter_want_triage_child_sex" if child else "utter_want_triage_sex"
        dispatcher.utter_message(response=response, buttons=buttons)

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
            lines="\n".join(_line(s) for s in found.suggestions),
            buttons=[
                *(
                    choice(f"挂{s.department.name}", "book", department=s.department.id)
                    for s in found.suggestions
                    if s.department.standard_name != triage.EMERGENCY  # no number is needed there
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


def _line(suggestion: triage.Suggestion) -> str:
    place = f"{suggestion.department.building}{suggestion.department.floor}"
    because = "、".join(f"“{word}”" for word in suggestion.because)
    return f"· {suggestion.department.name}（{place}）" + (f"：因为您说{because}" if because else "")
