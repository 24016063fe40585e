"""候补: where one stands, taking or passing on an offered place, another half hour for a stopped clinic."""

from __future__ import annotations

from datetime import date

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice, say_error
from actions.digressions import responds_to
from actions.numbers import say_made
from actions.times import day_label
from bot.errors import Refused
from bot.ports import Ports
from bot.services import booking, waitlist, waitlist_offers

Button = dict[str, str]
TAKEN = frozenset({"slot_full", "slot_past", "slot_closed", "already_booked", "department_limit", "week_limit"})


@responds_to("waitlist")
def my_waits(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """候补排到哪了, 取消候补, 怎么候补."""
    buttons = leaving(ports, tracker)
    if buttons:
        dispatcher.utter_message(json_message={"view": "waits"}, buttons=[*buttons, choice("再候补一个", "book")])
    else:
        dispatcher.utter_message(response="utter_waitlist", buttons=[_look(heard)])


def leaving(ports: Ports, tracker: Tracker) -> list[Button]:
    """One way out of each line the caller stands in."""
    mine = waitlist.mine(ports, person_id=caller(ports, tracker).person_id)
    return [choice(f"不等了 {_short(w.day)} {w.department_name}", "leave_wait", value=w.ref) for w in mine]


def _short(day: date) -> str:
    return day_label(day).split(" ")[-2]


def _look(heard: Heard) -> Button:
    """候补明天的儿科: the booking form with what was said."""
    said = {name: value for name in ("department", "doctor", "date") if (value := heard.last(name))}
    return choice("看看还有没有号" if said else "选科室和日期", "book", **said)


@responds_to("take_place")
def take_place(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """接受."""
    ref = str(heard.first("value"))
    made = waitlist_offers.accept(ports, person_id=caller(ports, tracker).person_id, ref=ref)
    say_made(ports, dispatcher, "booked", made)


@responds_to("pass_place")
def pass_place(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """让给下一位."""
    waitlist_offers.decline(ports, person_id=caller(ports, tracker).person_id, ref=str(heard.first("value")))
    dispatcher.utter_message(response="utter_place_passed", buttons=[choice("我要挂号", "book")])


@responds_to("leave_wait")
def leave_wait(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """不等了."""
    waitlist.leave(ports, person_id=caller(ports, tracker).person_id, ref=str(heard.first("value")))
    dispatcher.utter_message(response="utter_wait_left", buttons=[choice("我要挂号", "book")])


@responds_to("move_stopped")
def move_stopped(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """换到 周四 09:30 王医生."""
    who = caller(ports, tracker)
    ref, _, slot_id = str(heard.first("value")).partition(" ")
    try:
        made = booking.reschedule(ports, person_id=who.person_id, ref=ref, slot_id=slot_id, key=who.key("move"))
    except Refused as refusal:
        say_error(dispatcher, refusal)
        if refusal.code in TAKEN:
            dispatcher.utter_message(json_message={"view": "stopped", "ref": ref})
        return
    dispatcher.utter_message(json_message={"view": "booked", "ref": made.ref})


@responds_to("other_times")
def other_times(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """换个时间, for a number whose clinic was stopped."""
    dispatcher.utter_message(json_message={"view": "stopped", "ref": str(heard.first("value"))})
