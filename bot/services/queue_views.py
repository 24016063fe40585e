"""The queue in words: what a patient who asks reads, and what is pushed to him.

A push may be read by others on a locked phone: it says a masked name, and of sensitive departments nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bot import clock
from bot.errors import Refused
from bot.ports import Ports, Reply
from bot.services import booking, queue, words
from bot.services.queue import Place

WAITS = frozenset({"booked", "waiting"})
SAID = {"called": "called", "done": "done", "missed": "missed", "cancelled": "gone", "stopped": "gone"}


def places(ports: Ports, person_id: int, _ref: str) -> Reply:
    """All of today's places."""
    return {"text": "\n\n".join(_place(place) for place in queue.mine(ports, person_id=person_id))}


def checked_in(ports: Ports, person_id: int, ref: str) -> Reply:
    """What came of reporting, and the place; `ref` is `<outcome>:<booking>`."""
    outcome, _, booking_ref = ref.rpartition(":")
    said = words.say(f"utter_checked_in_{outcome if outcome in {'again', 'back'} else 'here'}")["text"]
    return {"text": f"{said}\n{_place(queue.one(ports, person_id=person_id, ref=booking_ref))}"}


def _place(place: Place) -> str:
    made = place.booking
    facts = {
        "department": made.department_name,
        "doctor": made.doctor_name,
        "room": place.room,
        "when": words.half_hour(made.day, made.start, made.end),
    }
    said = [words.say(f"utter_queue_{_state(place)}", **facts, **_figures(place))["text"]]
    if place.state in WAITS and not place.arrived:
        said.append(words.say("utter_queue_not_arrived")["text"])
    if place.check_in_until:
        said.append(words.say("utter_queue_late_from", until=f"{clock.local(place.check_in_until):%H:%M}")["text"])
    return "\n".join(said)


def _state(place: Place) -> str:
    """Which of the responses fits."""
    if place.state in SAID:
        return SAID[place.state]
    if place.calling is None:
        return "closed"
    if not place.ahead and not place.minutes_low:
        return "next"
    return "waiting" if place.minutes_high is not None else "waiting_unknown"


def _figures(place: Place) -> dict[str, object]:
    return {
        "number": place.number,
        "calling": place.calling or 0,
        "ahead": place.ahead,
        "low": place.minutes_low,
        "high": place.minutes_high,
    }


def pushed(kind: str, ports: Ports, person_id: int, ref: str) -> Reply:
    """One notice, drawn from the queue as it is now. Raises Refused('not_queued') when there is nothing to tell."""
    place = queue.one(ports, person_id=person_id, ref=ref)
    now = _now(kind, place)
    if now is None:
        raise Refused("not_queued")
    made = place.booking
    facts = {"name": made.masked_name, "when": words.half_hour(made.day, made.start, made.end), "todo": ""}
    if not place.arrived:
        facts["todo"] = "到了医院回复“报到”。"
    return words.say(f"utter_push_{now}", **facts, **_where(ports, place), **_figures(place))


def _now(kind: str, place: Place) -> str | None:
    """What this notice says by now: the queue may have moved since it was written."""
    if place.state in {"called", "missed"}:
        return place.state
    if place.state not in WAITS or kind == "missed" or (kind != "near" and place.minutes_high is None):
        return None
    return "next" if kind == "near" and not place.ahead else kind


def _where(ports: Ports, place: Place) -> dict[str, Any]:
    made = place.booking
    if _sensitive(ports, made.department_id, made.department_name):
        return {"department": "今天的门诊", "place": ""}
    return {"department": made.department_name, "place": f" {made.place} {place.room}".rstrip()}


def _sensitive(ports: Ports, department_id: str, name: str) -> bool:
    """Whether this department, by its own or its standard name, is never named where others may read."""
    standard = next((d.standard_name for d in booking.departments(ports) if d.id == department_id), None)
    return not {name, standard}.isdisjoint(ports.rules["sensitive_departments"])


VIEWS: dict[str, Callable[[Ports, int, str], Reply]] = {
    "queue": places,
    "checked_in": checked_in,
    **{f"queue_{kind}": partial(pushed, kind) for kind in ("near", "soon", "leave", "missed")},
}
