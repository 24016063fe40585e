"""When: the day and the half hour that a message names, for a booking."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from rasa_sdk import Tracker

from actions import booking_choice, thread
from actions.base import Heard
from actions.booking_choice import reset_dependents
from actions.forms import State
from actions.times import first_open_day, holds
from bot import clock
from bot.errors import BadInput, Refused
from bot.ports import Ports
from bot.services import booking

SOONEST = re.compile(thread.SOONEST.pattern + "|第一个号")
VAGUE = re.compile(thread.VAGUE.pattern + "|哪天都|你看着|" + SOONEST.pattern)
CORRECTING = re.compile("不|改|换|别")
# A day in words that no calendar or no clinic has any more; the components find no day in it.
NUMERAL = "[0-9一二三四五六七八九十]+"
NO_SUCH_DAY = re.compile(f"昨[天日晚]|前天|上个?(?:周|星期|礼拜|月)|{NUMERAL}月{NUMERAL}[日号]?|[0-9]{{1,2}}[号日]")


def read_time(ports: Ports, heard: Heard, state: State, filled: dict[str, Any], tracker: Tracker) -> None:
    """Day, part of the day and half hour into `filled`. Raises BadInput('bad_day'), Refused('slot_full')."""
    if heard.last("period"):
        filled["period"] = heard.last("period")
    try:
        filled.update(_read_day(ports, heard, state | filled, tracker))
    except (BadInput, Refused):
        filled["day"] = None
        raise
    known = state | reset_dependents(filled, state)
    if not known["department"] or not known["day"] or booking_choice.ambiguous(known):
        return
    try:
        filled.update(_read_half_hour(ports, heard, known, tracker))
    except Refused:
        filled["half_hour"] = None
        raise


def _read_day(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> dict[str, Any]:
    """A day said, or the first one with places for 随便 and 最早的. Raises BadInput('bad_day')."""
    asked = tracker.get_slot("requested_slot")
    if heard.last("date"):
        return {"day": _bookable(ports, _day_said(heard, booking_choice.days_of(ports, state)))}
    if asked in {"day", "half_hour", "confirm"} and NO_SUCH_DAY.search(heard.text) and not heard.last("time"):
        raise BadInput("bad_day")
    if heard.intent == "book_same_day" and not state["day"]:
        return {"day": clock.today().isoformat()}
    if ((asked == "day" and VAGUE.search(heard.text)) or SOONEST.search(heard.text)) and not state["day"]:
        soonest = booking_choice.free_days(ports, state, tracker)[:1]
        return {"day": soonest[0].isoformat()} if soonest else {}
    return {}


def _day_said(heard: Heard, open_days: list[date]) -> str:
    """周六、周日都行: the first of them with places. 不是周五，是周六: the last one."""
    days = [first_open_day(wish, open_days) for wish in heard.all("date")]
    wanted = [] if CORRECTING.search(heard.text) else [day for day in days if date.fromisoformat(day) in open_days]
    return (wanted or days[-1:])[0]


def _bookable(ports: Ports, day: str) -> str:
    """The day itself when it lies in the booking window. Raises BadInput('bad_day'), Refused('not_released')."""
    booking.check_day(ports, day=date.fromisoformat(day))
    return day


def _read_half_hour(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> dict[str, Any]:
    """The half hour of a clock time, or the first one for 最早的. Raises Refused('slot_full') when it has no place."""
    wish = heard.last("time")
    if wish:  # a clock time counts more than the part of the day that was said before
        offers = booking_choice.offers_of(ports, state | {"period": None})
        found = next((o.slot_id for o in offers if holds(o, wish)), None)
        if found is None and offers:
            raise Refused("slot_full")
        return {"half_hour": found, "period": None} if found else {}
    offers = booking_choice.offers_of(ports, state)
    vague = tracker.get_slot("requested_slot") == "half_hour" and VAGUE.search(heard.text)
    # 明天上午李医生的号 leaves little to choose: his first half hour is shown to be confirmed or changed.
    narrow = bool(booking_choice.doctor_of(state) and heard.last("date") and heard.last("period"))
    if offers and (vague or (state["half_hour"] is None and (narrow or SOONEST.search(heard.text)))):
        return {"half_hour": offers[0].slot_id}
    return {}
