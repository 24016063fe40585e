"""专家问答: whom → the question → earlier answers first → it waits for the doctor → the answer comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import directory
from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from actions.faq import show
from actions.forms import ServiceForm, State
from actions.privacy import offer_push
from actions.times import day_label
from bot import clock
from bot.errors import BadInput, PeizhenError
from bot.ports import Ports
from bot.services import asking, booking, consult, faq, messages

SHOWN_DEPARTMENTS = 6
SHOWN_ANSWERS = 6
HELPED, ASK = "helped", "ask"
SURE = "sure"
PICTURE = "picture"  # what goes with the question that is written down already
ASKED_AT_ONCE = 12  # characters beside whom to ask, that make a question
NO_QUESTION = re.compile("(?:不是|不对|错了|选错|改|换|应该是|我要问)[^？?。吗呢]{1,16}")  # a correction of whom to ask
# What the rules of asking online want to know, and how it is answered in words.
RULES = {
    "ask_seen": re.compile(
        "(?P<no>(?:从?来?|还|以前)?(?:没有?|不)[^，,。]{0,6}|(?:是|头)?第?一次.{0,6}|首诊)|.{0,6}(?:看过|有过|复[诊查]).{0,6}"
    ),
    "ask_guardian": re.compile("(?P<no>不是.{0,8})|我?是.{0,8}|(?:爸爸|妈妈|监护人|奶奶|爷爷|外婆|外公)"),
}
# Said where the question is expected, a text too short for one is read as any of these.
TOO_SHORT = frozenset(
    "chitchat out_of_scope nlu_fallback faq_question triage explain_report_item drug_guidance".split()
)


class QuestionForm(ServiceForm):
    """Department or doctor → the question (kept in the vault) → the FAQ offered first → waiting."""

    form = "question_form"
    slots: ClassVar[tuple[str, ...]] = (
        "ask_department",
        "ask_doctor",
        "question",
        "question_sure",
        "faq_shown",
        "faq_offer",
        "ask_seen",
        "ask_guardian",
    )
    owns = frozenset({"ask_expert", "provide"})

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        requested = tracker.get_slot("requested_slot")
        if heard.intent == "choose":
            return self._chosen(ports, str(heard.first("slot")), heard.first("value"))
        if heard.intent == "show_faq":
            return {"faq_shown": heard.first("entry")}
        filled = self._read_whom(ports, heard)
        if requested is None and filled:
            filled |= self._said_at_once(ports, heard, tracker)
        if heard.last("question"):
            text = messages.unvault(ports, person_id=caller(ports, tracker).person_id, ref=str(heard.last("question")))
            if meant := self._whom_instead(ports, text):
                return meant
            consult.parse_question(text)
            filled |= self._taken(heard)
        if requested == "question_sure" and heard.intent in {"affirm", "deny"}:
            return {"question_sure": SURE} if heard.intent == "affirm" else {"question": None}
        if requested in RULES and not filled and (said := _yes_or_no(heard, requested)):
            return {requested: said}
        if not filled and requested == "question" and heard.intent in TOO_SHORT:
            raise BadInput("bad_question")
        return filled

    @staticmethod
    def _said_at_once(ports: Ports, heard: Heard, tracker: Tracker) -> dict[str, Any]:
        """想问骨科医生，半月板损伤能骑车吗: the question came along; it goes out only when he says so."""
        if heard.tapped or heard.last("question") or len(heard.rest) < ASKED_AT_ONCE:
            return {}
        return {"question": messages.keep_question(ports, inbox_id=caller(ports, tracker).inbox_id)}

    @staticmethod
    def _whom_instead(ports: Ports, text: str) -> dict[str, Any]:
        """不是骨科，是眼科, or a department alone, where the question was expected: no question yet."""
        alone = text.strip() in {name for d in booking.departments(ports) for name in (d.name, d.standard_name)}
        if not alone and not NO_QUESTION.fullmatch(text.strip()):
            return {}
        named = [d for d in booking.departments(ports) if d.name in text or (d.standard_name or d.name) in text]
        last = max(named, key=lambda d: max(text.rfind(d.name), text.rfind(d.standard_name or d.name)), default=None)
        return {"ask_department": last.id, "ask_doctor": None} if last else {}

    @staticmethod
    def _taken(heard: Heard) -> dict[str, Any]:
        """The question: written where it was asked for, or before, kept with the tap that led here and so confirmed.

        Earlier answers to the latter were looked for when it was written.
        """
        came_along = {"question_sure": None, "faq_offer": ASK}
        return {"question": heard.last("question"), **(came_along if heard.tapped else {"question_sure": SURE})}

    @staticmethod
    def _chosen(ports: Ports, slot: str, value: str | None) -> dict[str, Any]:
        """A tap; a doctor brings his department."""
        if slot == "ask_doctor" and value:
            return {slot: value, "ask_department": booking.doctor(ports, doctor_id=value).department_id}
        return {slot: value}

    def _read_whom(self, ports: Ports, heard: Heard) -> dict[str, Any]:
        if heard.last("doctor"):
            found = directory.doctors_named(ports, str(heard.last("doctor")))
            if len(found) == 1:
                return {"ask_doctor": found[0].id, "ask_department": found[0].department_id}
            if found:
                return {"ask_doctor": None, "ask_department": None}  # asked which one of them
        if heard.last("department"):
            named = directory.departments_named(ports, str(heard.last("department")))
            if named:
                return {"ask_department": named[0].id if len(named) == 1 else None, "ask_doctor": None}
        return {}

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        consult.may_ask(ports, person_id=caller(ports, tracker).person_id)
        if state["question"] and state["faq_offer"] is None and not self._hits(ports, state, tracker):
            state["faq_offer"] = ASK
        order = ("ask_department", "question", "question_sure", "faq_offer")
        if state["faq_offer"] == HELPED or any(state[slot] is None for slot in order):
            return order
        return (*order, *(f"ask_{need}" for need in self._needs(ports, state, tracker)))

    @staticmethod
    def _needs(ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        """What the rules of asking online want to know first; nothing of what sounds urgent."""
        person_id = caller(ports, tracker).person_id
        _text, urgent = messages.question(ports, person_id=person_id, ref=state["question"])
        facts = {"person_id": person_id, "department_id": state["ask_department"]}
        return asking.needs(ports, red_flag=urgent, **facts)

    def ask_ask_department(
        self, ports: Ports, dispatcher: CollectingDispatcher, _state: State, tracker: Tracker
    ) -> None:
        namesakes = directory.doctors_named(ports, Heard(tracker).last("doctor") or "")
        if len(namesakes) > 1:
            labels = directory.doctor_labels(ports, namesakes)
            buttons = [choice(label, slot="ask_doctor", value=d.id) for d, label in labels]
            dispatcher.utter_message(response="utter_want_which_question_doctor", buttons=buttons)
            return
        named = directory.departments_named(ports, Heard(tracker).last("department") or "")  # in several hospitals
        asked = named if len(named) > 1 else booking.departments(ports)  # one that was only spoken of changes nothing
        shown = directory.department_labels(ports, asked[:SHOWN_DEPARTMENTS])
        buttons = [choice(label, slot="ask_department", value=d.id) for d, label in shown]
        dispatcher.utter_message(response="utter_want_question_department", buttons=buttons)

    def ask_question(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, _tracker: Tracker) -> None:
        dispatcher.utter_message(
            response="utter_want_question", whom=_whom(ports, state), json_message={"expects": "question"}
        )

    def ask_question_sure(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        messages.unvault(ports, person_id=caller(ports, tracker).person_id, ref=state["question"])  # or it expired
        kept = {"view": "kept_question", "ref": state["question"], "expects": PICTURE}
        dispatcher.utter_message(json_message=kept)
        send = choice("发给医生", slot="question_sure", value=SURE)
        dispatcher.utter_message(
            response="utter_want_question_sure",
            whom=_whom(ports, state),
            buttons=[send, choice("改一改", slot="question")],
        )

    def ask_faq_offer(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        ask = choice("还是要问医生", slot="faq_offer", value=ASK)
        if state["faq_shown"]:
            show(ports, dispatcher, tracker, int(state["faq_shown"]))
            helped = choice("有帮助，不问了", slot="faq_offer", value=HELPED)
            more = {"expects": PICTURE}
            dispatcher.utter_message(response="utter_did_it_help", buttons=[helped, ask], json_message=more)
            return
        buttons = [choice(hit.question, "show_faq", entry=str(hit.id)) for hit in self._hits(ports, state, tracker)]
        dispatcher.utter_message(response="utter_faq_first", buttons=[*buttons, ask], json_message={"expects": PICTURE})

    def ask_ask_seen(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker) -> None:
        buttons = [
            choice("看过", slot="ask_seen", value=asking.YES),
            choice("没看过", slot="ask_seen", value=asking.NO),
        ]
        dispatcher.utter_message(response="utter_want_seen", buttons=buttons, json_message={"expects": PICTURE})

    def ask_ask_guardian(
        self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker
    ) -> None:
        yes, no = (choice(word, slot="ask_guardian", value=said) for word, said in (("是", "yes"), ("不是", "no")))
        dispatcher.utter_message(
            response="utter_want_asking_guardian", buttons=[yes, no], json_message={"expects": PICTURE}
        )

    def _hits(self, ports: Ports, state: State, tracker: Tracker) -> list[faq.Hit]:
        person_id = caller(ports, tracker).person_id
        text = messages.unvault(ports, person_id=person_id, ref=state["question"])
        return asking.earlier_answers(ports, text=text)

    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        if state["faq_offer"] == HELPED:
            dispatcher.utter_message(response="utter_faq_helped")
            return self.offer_paused(dispatcher, tracker)
        who = caller(ports, tracker)
        asked = asking.send(
            ports,
            person_id=who.person_id,
            department_id=state["ask_department"],
            doctor_id=state["ask_doctor"],
            text=messages.unvault(ports, person_id=who.person_id, ref=state["question"]),
            said={need: str(state[f"ask_{need}"]) for need in asking.NEEDS if state[f"ask_{need}"]},
            key=f"{state['question']}:ask",  # one question, whatever message it takes to send it
        )
        dispatcher.utter_message(response="utter_question_sent", json_message={"view": "asked", "ref": asked.ref})
        offer_push(ports, dispatcher, tracker)
        return self.offer_paused(dispatcher, tracker)

    def recover(self, error: PeizhenError, state: State) -> bool:
        if error.code == "expired":
            state["question"] = state["question_sure"] = state["faq_offer"] = None
            return True
        return False


def _yes_or_no(heard: Heard, requested: str) -> str:
    """看过, 没有: a typed answer to what the rules want to know; '' = it is none."""
    if heard.intent in {"affirm", "deny"}:
        return asking.YES if heard.intent == "affirm" else asking.NO
    said = RULES[requested].fullmatch(heard.text.strip())
    if said is None:
        return ""
    return asking.NO if said["no"] else asking.YES


def _whom(ports: Ports, state: State) -> str:
    """The doctor or the department that is asked."""
    if state["ask_doctor"]:
        return f"{booking.doctor(ports, doctor_id=state['ask_doctor']).name}医生"
    return booking.department(ports, department_id=state["ask_department"]).name


@responds_to("my_questions")
def my_questions(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """我的提问, and the answer to one of them: it may have been given while the patient could not be reached."""
    again = choice("再问一个", "ask_expert")
    if heard.first("asked"):
        dispatcher.utter_message(json_message={"view": "question", "ref": heard.first("asked")}, buttons=[again])
        return
    mine = consult.mine(ports, person_id=caller(ports, tracker).person_id)
    if not mine:
        dispatcher.utter_message(response="utter_no_questions", buttons=[choice("问医生", "ask_expert")])
        return
    buttons = [_open(question) for question in mine if question.state != "withdrawn"][:SHOWN_ANSWERS]
    dispatcher.utter_message(json_message={"view": "questions"}, buttons=[*buttons, again])


def _open(question: consult.Question) -> dict[str, str]:
    day = day_label(clock.local(question.answered_at or question.asked_at).date())
    what = {"asked_back": "回复{}的医生 {}", "answered": "看{}的回答 {}"}.get(question.state, "看{}的提问 {}")
    return choice(what.format(question.department_name, day), "my_questions", asked=question.ref)
