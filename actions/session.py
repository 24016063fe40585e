"""What belongs to the talk itself: sessions, not understood, repeat, resume, a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, EventType, FollowupAction, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import repair, thread, unclear
from actions.base import Heard, ServiceAction, choice
from actions.faq import found_by_keyword
from bot.ports import Ports

MISSES_CHOICES = 2
MISSES_PERSON = 3
GUESSES = 2


class SessionStart(Action):
    """A new session keeps the thread: slots, the open form and the question in it."""

    def name(self) -> str:
        return "action_session_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        slots = [SlotSet(name, value) for name, value in tracker.slots.items() if value is not None]
        loop = (tracker.active_loop or {}).get("name")
        opened = [ActiveLoop(loop)] if loop else []
        return [SessionStarted(), *opened, *slots, ActionExecuted("action_listen")]


class Clarify(ServiceAction):
    """Not understood outside a form: answers that hold the word → guesses to tap → what can be done → a person."""

    def name(self) -> str:
        return "action_clarify"

    def answer(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        heard = Heard(tracker)
        meant = thread.meant(tracker, heard.intent, heard.text, heard.entities, heard.rest)
        if meant or found_by_keyword(ports, dispatcher, tracker, heard):
            return meant
        noted = unclear.note(ports, tracker)
        misses = _misses_in_a_row(tracker) + 1
        if misses >= MISSES_PERSON:
            dispatcher.utter_message(response="utter_person")
        elif misses >= MISSES_CHOICES:
            dispatcher.utter_message(response="utter_missed_menu")
        elif thread.BOTH.fullmatch(heard.text):
            dispatcher.utter_message(response="utter_both_what")
        else:
            self._guess(dispatcher, tracker, noted)
        return []

    @staticmethod
    def _guess(dispatcher: CollectingDispatcher, tracker: Tracker, noted: str | None) -> None:
        """Two likely wishes to tap; a tap says what the noted text meant."""
        ranking = (tracker.latest_message or {}).get("intent_ranking") or []
        names = [r["name"] for r in ranking if r["name"] in GUESS_LABELS][:GUESSES]
        if not names:
            dispatcher.utter_message(response="utter_not_understood")
            return
        meant = {"meant": noted} if noted else {}
        buttons = [choice(GUESS_LABELS[name], name, **meant) for name in names]
        dispatcher.utter_message(response="utter_guess", buttons=[*buttons, choice("都不是", "help", **meant)])


class Repeat(ServiceAction):
    """没听清: the last thing said, once more."""

    def name(self) -> str:
        return "action_repeat"

    def answer(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        said = _last_said(tracker)
        if not said:
            dispatcher.utter_message(response="utter_help")
        for event in said:
            data = event.get("data") or {}
            dispatcher.utter_message(
                text=event.get("text"), buttons=data.get("buttons"), json_message=data.get("custom")
            )
        if said and repair.WHY.search(Heard(tracker).text):
            dispatcher.utter_message(response="utter_still_unclear")


class Back(ServiceAction):
    """返回: rasa maps the intent here; inside a form the form itself steps back, so nothing is said."""

    def name(self) -> str:
        return "action_back"

    def answer(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        if not (tracker.active_loop or {}).get("name"):
            dispatcher.utter_message(response="utter_back")


class Resume(ServiceAction):
    """继续: open the form that was put aside."""

    def name(self) -> str:
        return "action_resume"

    def answer(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        paused, pending = tracker.get_slot("paused"), tracker.get_slot("pending")
        if pending and not paused:
            return self._pending(dispatcher, tracker, pending)
        if not paused or Heard(tracker).intent == "drop_paused":
            dispatcher.utter_message(response="utter_left" if paused else "utter_help")
            return [SlotSet("paused", None), SlotSet("pending", None)]
        return [FollowupAction(paused)]

    @staticmethod
    def _pending(dispatcher: CollectingDispatcher, tracker: Tracker, pending: dict[str, Any]) -> list[EventType]:
        """The second of two requests, now that the first is done."""
        done = SlotSet("pending", None)
        if Heard(tracker).intent == "drop_paused":
            dispatcher.utter_message(response="utter_left")
            return [done]
        wish = thread.said_instead(tracker, pending["intent"], pending["entities"], text=pending["text"])
        return [done, *wish]


# What a guess is called when offered; only wishes that make sense out of the blue.
GUESS_LABELS = {
    "book": "我要挂号",
    "book_same_day": "挂今天的号",
    "cancel_booking": "取消预约",
    "my_bookings": "我的预约",
    "queue_position": "排队排到几号",
    "check_in": "到院报到",
    "reports_list": "查报告",
    "report_ready": "报告出来了没有",
    "triage": "不知道看哪科",
    "ask_expert": "问医生",
    "my_questions": "我的提问",
    "my_messages": "我的消息",
    "faq_question": "查常见问答",
    "bind_card": "绑定就诊卡",
    "switch_patient": "换就诊人",
    "doctor_info": "医生介绍",
    "doctor_schedule": "医生出诊时间",
    "department_info": "科室介绍",
    "department_location": "科室在哪里",
    "hospital_address": "医院地址",
    "parking_traffic": "停车和交通",
    "phone_hours": "电话和时间",
    "price_exam": "检查多少钱",
    "price_drug": "药品价格",
    "visit_guide": "就诊须知",
    "human_agent": "人工服务",
}


def _misses_in_a_row(tracker: Tracker) -> int:
    """How many turns before this one ended in action_clarify."""
    count = 0
    for event in reversed(tracker.events):
        if event["event"] == "action" and event.get("name") not in {"action_listen", None}:
            if event["name"] != "action_clarify":
                return count
            count += 1
    return count


def _last_said(tracker: Tracker) -> list[dict[str, Any]]:
    """The bot's messages of the turn before this one, in order."""
    said: list[dict[str, Any]] = []
    users = 0
    for event in reversed(tracker.events):
        users += event["event"] == "user"
        if users > 1:
            break
        if users == 1 and event["event"] == "bot":
            said.append(event)
    return said[::-1]
