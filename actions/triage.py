"""导诊: the complaint in free words → at most three short questions → departments with the reason → a half hour."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import repair, triage_result, whose
from actions.base import Heard, caller, choice
from actions.forms import ServiceForm, State, Turn
from bot.errors import BadInput
from bot.ports import Ports
from bot.services import complaint as complaints
from bot.services import triage
from bot.services.complaint import Answer, Complaint

NO_MORE = re.compile(
    r"(?:就这些|就这样|就|其他|其它|别的|另外|也|再|暂时|都|我|他|她|[，,。.！!~ ])*"
    r"(?:没了|没有|没有了|没啥|没啥了|没什么|没什么了|没别的|没其他|无|就这些|就这样|没有其[他它]|没有别的|没得)"
    r"(?:其[他它]|别的|哪里|不舒服|症状|的|地方|了|啦|呢|啊|吧|[，,。.！!~ ])*"
)
NO_MORE_SHORT = "没有"
ANOTHER, SAME = "another", "same"
ANOTHER_ONE = re.compile("另一|另外|不是(?:同|一个|刚才)|两个人|别人")
SAME_ONE = re.compile("同一|刚才|还是|一个人")
OF_MYSELF = re.compile("我(?!妈|爸|爷|奶|儿|女|孩|家|老|哥|姐|弟|妹|媳|朋|同|邻|对象|爱人|岳|婆)")
CALLED = {  # what patients call the answer that they take back
    "age": "年龄|岁|年纪",
    "sex": "性别|男的|女的",
    "pregnant": "怀孕",
    "duration": "时间|多久|天",
    "complaint": repair.CALLED["complaint"],
}
COMPLAINTS = frozenset({"triage", "faq_question", "ask_expert", "nlu_fallback", "explain_report_item"})


class TriageForm(ServiceForm):
    """Complaint → what is worth asking, one question at a time → done when no answer would change anything.

    `triage_answers` holds all answers as JSON, in order; `triage_asked` the key of the open question.
    """

    form = "triage_form"
    slots: ClassVar[tuple[str, ...]] = (
        *("complaint", "triage_card", "triage_answers", "triage_asked", "triage_level"),
        *("triage_answer", "triage_other"),
    )
    owns = frozenset({"triage", "faq_question", "affirm", "ask_expert", "explain_report_item"})

    # -- reading ------------------------------------------------------------------------------------------
    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        if heard.intent == "choose":
            slot, value = str(heard.first("slot")), str(heard.first("value"))
            if slot == "triage_other":
                return self._whose(state, another=value == ANOTHER)
            return _tapped(state, value) if slot == "triage_answer" else {}
        if heard.tapped:
            return {}
        if state["complaint"] is None:
            return self._complaint(ports, heard, tracker, first=tracker.get_slot("requested_slot") is None)
        if state["triage_other"]:
            return self._told_whose(heard, state)
        return self._put_right(ports, heard, state, tracker) or self._answer(heard, state)

    @staticmethod
    def _put_right(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> dict[str, Any]:
        """不对，是女的 is about an earlier answer; without 不对 only what neither answers nor adds to the complaint."""
        key, symptom = str(state["triage_asked"]), heard.first("symptom") is not None
        if symptom and triage.other_person(state["complaint"], heard.text):
            return {}
        if (symptom or complaints.meant(key, heard.text)) and not repair.WRONG.search(heard.text):
            return {}
        renewed = complaints.put_right(_complaint(ports, state, tracker), key, heard.text)
        return {"triage_answers": _with(state, *renewed)} if renewed else {}

    @staticmethod
    def _complaint(ports: Ports, heard: Heard, tracker: Tracker, *, first: bool) -> dict[str, Any]:
        """A wish without a symptom (不知道看哪科) is no complaint yet. Said whose it is, his card is known too."""
        if (first and heard.first("symptom") is None) or heard.intent not in COMPLAINTS:
            return {}
        return {"complaint": heard.text, "triage_card": _card(ports, heard, tracker)}

    @staticmethod
    def _answer(heard: Heard, state: State) -> Mapping[str, Any]:
        """What was asked for, or more about the complaint, or somebody else's."""
        if heard.first("symptom") and triage.other_person(state["complaint"], heard.text):
            return {"triage_other": heard.text}
        key, words = str(state["triage_asked"]), _age_words(heard.text)
        if NO_MORE.fullmatch(words):  # 就这些，没有了
            words = NO_MORE_SHORT
        if complaints.meant(key, words):
            return {"triage_answers": _with(state, Answer(key, words))}
        if key == "age" and any(letter.isdigit() for letter in heard.text) and not heard.first("symptom"):
            raise BadInput("bad_age")
        if heard.first("symptom") or complaints.tells(heard.text):
            return {"complaint": f"{state['complaint']}，{heard.text}"}
        return {"triage_asked": key} if words == NO_MORE_SHORT else {}  # said too early: it will not be asked

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
            return {**dict.fromkeys(cls.slots), "complaint": said}
        return {"complaint": f"{state['complaint']}，{said}", "triage_other": None}

    # -- what is next -------------------------------------------------------------------------------------
    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        """The question worth asking now goes into `triage_asked`; urgency only rises."""
        state["triage_asked"] = None
        if state["complaint"] and not state["triage_other"]:
            found = _complaint(ports, state, tracker)
            state["triage_level"] = triage.pressing(state["triage_level"], found)
            state["triage_asked"] = found.next.key if found.next else None
        return ("complaint", "triage_answer")

    def missing(self, order: tuple[str, ...], state: State) -> str | None:
        """Whose complaint it is comes before everything."""
        if state["triage_other"]:
            return "triage_other"
        if state["complaint"] is None:
            return "complaint"
        return "triage_answer" if state["triage_asked"] else None

    def step_back(self, turn: Turn, asked: str) -> bool:
        """Forget the last answer, else the complaint."""
        state = turn.state
        answers = _loaded(state)
        state["triage_answers"] = _dumped(answers[:-1]) if answers else None
        if not answers and state["complaint"] is not None:
            state.update(dict.fromkeys(self.slots))
            return True
        return bool(answers)

    def take_back(self, heard: Heard, asked: str, state: State) -> str | None:
        """年龄写错了: asked again at once, wherever it was known from; without his complaint nothing is left."""
        key = repair.taken_back(heard, CALLED) if state["complaint"] else None
        if key == "complaint":
            state.update(dict.fromkeys(self.slots))
        elif key:
            state["triage_answers"] = _with(state, Answer(key, ""))
        return "utter_corrected" if key else None

    # -- asking -------------------------------------------------------------------------------------------
    def ask_complaint(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        dispatcher.utter_message(response="utter_want_complaint", json_message={"view": "body_map"})

    def ask_triage_answer(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        found = _complaint(ports, state, tracker)
        question = found.next
        assert question is not None  # `missing` said so
        buttons = [choice(label, slot="triage_answer", value=f"{question.key}:{key}") for key, label in found.taps]
        dispatcher.utter_message(response="utter_want_triage_answer", ask=found.ask(question), buttons=buttons)

    def question(self, asked: str, state: State) -> str:
        """Why the age is asked has another answer than why a finding is."""
        key = str(state["triage_asked"])
        return f"triage_{key}" if asked == "triage_answer" and complaints.of_person(key) else asked

    def ask_triage_other(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _t: Tracker) -> None:
        another = choice("是另一位", slot="triage_other", value=ANOTHER)
        same = choice("还是刚才那位", slot="triage_other", value=SAME)
        dispatcher.utter_message(response="utter_want_triage_other", buttons=[another, same])

    # -- the outcome --------------------------------------------------------------------------------------
    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        who, told = caller(ports, tracker), _complaint(ports, state, tracker)
        found = triage.suggest(
            ports, person_id=who.person_id, inbox_id=who.inbox_id, complaint=told, level=state["triage_level"]
        )
        triage_result.say(ports, dispatcher, told, found, card=state["triage_card"])
        if tracker.get_slot("paused") == "booking_form":  # 挂骨科 goes on with it
            return None
        return self.offer_paused(dispatcher, tracker)


def _complaint(ports: Ports, state: State, tracker: Tracker) -> Complaint:
    facts = {"words": state["complaint"], "answers": tuple(_loaded(state)), "card_ref": state["triage_card"]}
    return complaints.told_by(ports, person_id=caller(ports, tracker).person_id, **facts)


def _card(ports: Ports, heard: Heard, tracker: Tracker) -> str | None:
    """The card of whom the complaint speaks; 我 is the patient himself."""
    person_id = caller(ports, tracker).person_id
    wish = whose.meant(ports, person_id, heard)
    if wish is not None:
        return wish.ref
    mine = OF_MYSELF.search(heard.text) and not triage.other_person("我自己", heard.text)
    return whose.found(ports, person_id, "本人") if mine and not heard.first("person") else None


def _tapped(state: State, value: str) -> dict[str, Any]:
    """A tap; on an earlier question it puts its answer right."""
    key, _, told = value.partition(":")
    if not complaints.asks(key):  # a choice of an older version of the questions
        return {}
    return {"triage_answers": _with(state, Answer(key, told))}


def _with(state: State, *more: Answer) -> str:
    """All answers; one that is given anew in its old place."""
    return _dumped([*{answer.key: answer for answer in (*_loaded(state), *more)}.values()])


def _loaded(state: State) -> list[Answer]:
    return [Answer(key, told) for key, told in json.loads(state["triage_answers"] or "[]")]


def _dumped(answers: list[Answer]) -> str:
    return json.dumps([[answer.key, answer.told] for answer in answers], ensure_ascii=False)


def _age_words(text: str) -> str:
    """8个月 as an answer is a baby's age."""
    return f"{text}大" if triage.MONTHS.fullmatch(text) else text
