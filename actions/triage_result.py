"""What the interview found, said: how soon, which departments and why, and half hours to tap."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions import directory
from actions.base import choice
from actions.times import day_label
from bot import clock
from bot.errors import HisUnavailable, PeizhenError
from bot.ports import Ports
from bot.services import booking, emergency, triage
from bot.services.complaint import Complaint
from bot.services.next_places import next_places

SHOWN_PLACES = 3
LEADS = {
    "urgent": "听起来最好今天就看，不要拖：",
    "routine": "根据您说的，可以看：",
    "self_care": "不着急，需要的话可以看：",
    "emergency": "这可能是急症，请马上去急诊或打120。",
}


def say(
    ports: Ports, dispatcher: CollectingDispatcher, told: Complaint, found: triage.Result, *, card: str | None
) -> None:
    """The advice of an emergency, else the departments with the next half hours of the first. Raises PeizhenError."""
    alarm = emergency.check(ports, text=told.spoken) if found.urgency == triage.PRESSING else None
    if alarm is not None:
        buttons = [{"title": each["label"], "payload": each["payload"]} for each in alarm.get("choices", ())]
        dispatcher.utter_message(response="utter_triage_emergency", advice=alarm["text"], buttons=buttons)
        return
    if not found.suggestions:
        raise PeizhenError("his_unavailable")
    places = _places(ports, found)
    dispatcher.utter_message(
        response="utter_triage_result",
        lead=LEADS[found.urgency],
        lines="\n".join(_line(ports, one) for one in found.suggestions),
        places=_places_line(found, places),
        buttons=[
            *(_place_tap(offer, card) for offer in places or ()),
            *(_department_tap(ports, one, card) for one in found.suggestions if one.bookable),
            choice("问医生", "ask_expert"),
        ],
    )


def _places(ports: Ports, found: triage.Result) -> list[booking.Offer] | None:
    """Of the first department that gives numbers; None where it is not clear of which hospital, or it is silent."""
    first = next((one for one in found.suggestions if one.bookable), None)
    if first is None or directory.department_value(ports, first.department) != first.department.id:
        return None
    try:
        return next_places(ports, department_id=first.department.id, most=SHOWN_PLACES)
    except HisUnavailable:
        return None


def _places_line(found: triage.Result, places: list[booking.Offer] | None) -> str:
    """From when on there are places; whoever should come today and cannot is told where to go."""
    if places is None:
        return ""
    today = clock.today()
    if places and places[0].day == today:
        return "\n最近的号在下面，点一下就能约："
    none_today = "\n今天没有号了，等不及就去急诊。" if found.urgency == "urgent" else "\n今天没有号了。"
    if not places:
        return f"{none_today}近几天也约满了，可以登记候补。"
    return f"{none_today}最早是{day_label(places[0].day)}："


def _place_tap(offer: booking.Offer, card: str | None) -> dict[str, str]:
    """今天 14:30 李医生 余3."""
    days = {0: "今天", 1: "明天", 2: "后天"}
    day = days.get((offer.day - clock.today()).days) or f"{offer.day.month}月{offer.day.day}日"
    label = f"{day} {clock.local(offer.start):%H:%M} {offer.doctor_name}医生 余{offer.left}"
    return choice(label, "book", slot="half_hour", value=offer.slot_id, **({"card": card} if card else {}))


def _department_tap(ports: Ports, one: triage.Suggestion, card: str | None) -> dict[str, str]:
    value = directory.department_value(ports, one.department)
    return choice(f"挂{one.department.name}", "book", department=value, **({"card": card} if card else {}))


def _line(ports: Ports, suggestion: triage.Suggestion) -> str:
    """Department and why; where it is as well, unless several hospitals have it."""
    one = suggestion.department
    alone = directory.department_value(ports, one) == one.id
    place = f"（{booking.place(ports, department=one)}）" if alone else ""
    because = "、".join(f"“{word}”" for word in suggestion.because)
    why = f"：因为您说{because}" if because else ""
    missing = (
        f"\n  （我们没有{suggestion.instead_of}，这是最接近的；也可以去有这个科的医院）"
        if suggestion.instead_of
        else ""
    )
    return f"· {one.name}{place}{why}{missing}"
