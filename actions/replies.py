"""What goes to a doctor after a question: a reply, a further question, what was forgotten, words with a rating."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.forms import ServiceForm, State
from bot.errors import NotFound, Refused
from bot.ports import Ports
from bot.services import consult, consult_facts, consult_more, consult_rating, consult_story, messages

SKIP = "skip"
SHOWN = 6
TELL, RATING = "tell", "rating"
WORDS = {"reply": "reply", "follow_up": "question", RATING: "detail"}  # what the vault is told to expect
SPANS = ("今天刚开始", "几天", "一两周", "一个月左右", "半年以上")
FIRST = (consult_story.REPLY, consult_story.FOLLOW_UP, consult_story.TELL)  # what 补充一下 means, by what is open

OVER = {consult_story.REPLY: "not_asked_back", consult_story.FOLLOW_UP: "no_follow_up", TELL: "not_waiting"}
NO_MEDICINES = "没有用药"


class ReplyForm(ServiceForm):
    """Which question → what is said (each detail one question, every one can be skipped) → sent."""

    form = "reply_form"
    slots: ClassVar[tuple[str, ...]] = ("reply_to", "reply_as", *consult_facts.GUIDE, "reply")
    owns = frozenset({"reply_expert", "provide"})

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        asked = tracker.get_slot("requested_slot")
        if heard.intent == "reply_expert" and heard.first("asked"):
            fresh: dict[str, Any] = dict.fromkeys(self.slots)
            return fresh | {"reply_to": heard.first("asked"), "reply_as": heard.first("saying")}
        if heard.intent == "choose":
            return {str(heard.first("slot")): heard.first("value")}
        kept = next((heard.last(kind) for kind in ("reply", "question", "detail") if heard.last(kind)), None)
        if kept is None or asked not in {*consult_facts.GUIDE, "reply"}:
            return {}
        self._checked(ports, tracker, state, str(kept))
        return {asked: kept}

    @staticmethod
    def _checked(ports: Ports, tracker: Tracker, state: State, kept: str) -> None:
        """Raises BadInput while the words can still be written anew."""
        text = messages.unvault(ports, person_id=caller(ports, tracker).person_id, ref=kept)
        if state["reply_as"] == consult_story.FOLLOW_UP:
            consult.parse_question(text)
        elif state["reply_as"] == consult_story.REPLY:
            consult.parse_reply(text)
        else:
            consult_facts.parse(text)

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        person_id = caller(ports, tracker).person_id
        if state["reply_to"] is None:
            found = _open(ports, person_id)
            if not found:
                raise Refused("nothing_to_reply")
            state["reply_to"] = found[0].question.ref if len(found) == 1 else None
        if state["reply_to"] is None:
            return ("reply_to",)
        story = consult_story.story(ports, person_id=person_id, ref=state["reply_to"])
        state["reply_as"] = state["reply_as"] or next((name for name in FIRST if name in story.can), None)
        _check(ports, story, state["reply_as"])
        return ("reply_to", *consult_facts.GUIDE) if state["reply_as"] == TELL else ("reply_to", "reply")

    def ask_reply_to(self, ports: Ports, dispatcher: CollectingDispatcher, _state: State, tracker: Tracker) -> None:
        found = _open(ports, caller(ports, tracker).person_id)[:SHOWN]
        buttons = [choice(_label(story), slot="reply_to", value=story.question.ref) for story in found]
        dispatcher.utter_message(response="utter_want_reply_to", buttons=buttons)

    def ask_reply(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        said_as = state["reply_as"]
        expects = {"expects": WORDS[said_as]}
        if said_as == RATING:
            skip = choice("不写了", slot="reply", value=SKIP)
            dispatcher.utter_message(response="utter_want_rating_words", buttons=[skip], json_message=expects)
            return
        story = consult_story.story(ports, person_id=caller(ports, tracker).person_id, ref=state["reply_to"])
        dispatcher.utter_message(response=f"utter_want_{said_as}", left=story.left, json_message=expects)

    def ask_since(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker) -> None:
        spans = [choice(span, slot="since", value=span) for span in SPANS]
        buttons = [*spans, choice("跳过", slot="since", value=SKIP)]
        dispatcher.utter_message(response="utter_want_since", buttons=buttons, json_message={"expects": "detail"})

    def ask_medicines(self, _ports: Ports, dispatcher: CollectingDispatcher, _state: State, _tracker: Tracker) -> None:
        none = choice(NO_MEDICINES, slot="medicines", value=NO_MEDICINES)
        buttons = [none, choice("跳过", slot="medicines", value=SKIP)]
        dispatcher.utter_message(response="utter_want_medicines", buttons=buttons, json_message={"expects": "detail"})

    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        if state["reply_as"] == TELL:
            self._tell(ports, dispatcher, state, tracker)
        elif state["reply_as"] == RATING:
            self._rate(ports, dispatcher, state, tracker)
        else:
            self._send(ports, dispatcher, state, tracker)
        return self.offer_paused(dispatcher, tracker)

    @staticmethod
    def _tell(ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        who = caller(ports, tracker)
        for kind in consult_facts.GUIDE:
            text = _text(ports, tracker, state[kind])
            consult_facts.tell(ports, person_id=who.person_id, ref=state["reply_to"], kind=kind, text=text)
        dispatcher.utter_message(
            response="utter_details_kept", buttons=[choice("给医生看我的报告", "give_report", asked=state["reply_to"])]
        )

    @staticmethod
    def _rate(ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        text = _text(ports, tracker, state["reply"])
        if text:
            consult_rating.say(ports, person_id=caller(ports, tracker).person_id, ref=state["reply_to"], text=text)
        dispatcher.utter_message(response="utter_rated")

    @staticmethod
    def _send(ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> None:
        who, text = caller(ports, tracker), _text(ports, tracker, state["reply"])
        say = consult_more.reply if state["reply_as"] == consult_story.REPLY else consult_more.follow_up
        say(ports, person_id=who.person_id, ref=state["reply_to"], text=text, key=who.key("reply"))
        dispatcher.utter_message(response="utter_reply_sent")

    def recover(self, error: Any, state: State) -> bool:
        if error.code == "expired":
            state["reply"] = state["since"] = state["medicines"] = None
            return True
        return False


def _text(ports: Ports, tracker: Tracker, value: str | None) -> str:
    """What was written, or tapped; '' = passed over."""
    if value is None or value == SKIP:
        return ""
    if value in {*SPANS, NO_MEDICINES}:
        return value
    return messages.unvault(ports, person_id=caller(ports, tracker).person_id, ref=value)


def _open(ports: Ports, person_id: int) -> list[consult_story.Story]:
    """The questions that something can be said to, newest first."""
    mine = consult.mine(ports, person_id=person_id)
    stories = [consult_story.story(ports, person_id=person_id, ref=question.ref) for question in mine]
    return [story for story in stories if story.can & set(FIRST)]


def _check(ports: Ports, story: consult_story.Story, said_as: str | None) -> None:
    """Raises Refused when that cannot be said to this question any more."""
    if said_as == RATING:
        if story.rating is None or not story.rating.open:
            raise Refused("not_rateable")
    elif said_as not in FIRST:
        raise Refused("nothing_to_reply") if said_as is None else NotFound
    elif said_as not in story.can:
        raise Refused(OVER[said_as], most=ports.rules["follow_ups"])


def _label(story: consult_story.Story) -> str:
    return f"{story.question.department_name}的提问 · {story.state}"
