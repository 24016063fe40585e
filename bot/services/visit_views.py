"""Word of a visit that comes, has changed, or is over. May be read by others on a locked phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from bot import clock
from bot.errors import Refused
from bot.ports import Ports, Reply
from bot.services import booking, briefs, words
from bot.services.booking import Booking


def _facts(ports: Ports, made: Booking) -> dict[str, object]:
    """A sensitive department is not named, nor where it is and who sees patients there."""
    department = briefs.safe_department(ports, made.department_id, made.department_name)
    open_to_all = department == made.department_name
    return {
        "name": made.masked_name,
        "department": department,
        "doctor": f" {made.doctor_name}医生" if open_to_all else "",
        "place": f"{made.place} {made.room}".strip() if open_to_all else "请看“我的预约”",
        "when": words.half_hour(made.day, made.start, made.end),
        "number": made.number,
    }


def _before(response: str) -> Callable[[Ports, int, str], Reply]:
    """Word of a number that stands; Refused('not_queued') when it does not any more."""

    def told(ports: Ports, person_id: int, ref: str) -> Reply:
        made = booking.one(ports, person_id=person_id, ref=ref)
        if made.state != "booked" or made.end <= ports.now():
            raise Refused("not_queued")
        return words.say(response, **_facts(ports, made))

    return told


def after_visit(ports: Ports, person_id: int, ref: str) -> Reply:
    """One friendly question, and two ways on."""
    made = booking.one(ports, person_id=person_id, ref=ref)
    until = clock.utc(datetime.combine(clock.local(ports.now()).date() + timedelta(days=1), time()))
    ways = [{"label": "问医生", "payload": "/ask_expert"}, {"label": "预约复诊", "payload": "/book"}]
    return {**words.say("utter_after_visit", name=made.masked_name), "choices": ways, "until": until}


VIEWS: dict[str, Callable[[Ports, int, str], Reply]] = {
    "visit_reminder": _before("utter_visit_reminder"),
    "visit_preparation": _before("utter_visit_preparation"),
    "visit_changed": _before("utter_visit_changed"),
    "after_visit": after_visit,
}
