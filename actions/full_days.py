"""候补这一天: what a patient could wait for when all he asked for is full."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.base import choice
from actions.booking_choice import doctor_of
from actions.forms import State
from actions.times import day_label
from bot.ports import Ports
from bot.services import booking

HALVES = frozenset({"am", "pm"})


def nearest(ports: Ports, state: State) -> str | None:
    """The full day that was wished, else the nearest one, as `day|department|doctor|half`; None = no clinic then."""
    half = state["period"] if state["period"] in HALVES else None
    place: dict[str, Any] = {"department_id": state["department"], "doctor_id": doctor_of(state), "period": half}
    full = [day.isoformat() for day in booking.full_days(ports, **place)]
    wished = [state["day"]] if state["day"] else full[:1]
    found = [day for day in wished if day in full]
    return "|".join((found[0], state["department"], doctor_of(state) or "", half or "")) if found else None


def wish(kept: str) -> dict[str, Any]:
    """What `waitlist.join` is asked for."""
    day, department, doctor, half = kept.split("|")
    return {
        "day": date.fromisoformat(day),
        "department_id": department,
        "doctor_id": doctor or None,
        "period": half or None,
    }


def offer(ports: Ports, dispatcher: CollectingDispatcher, state: State, kept: str | None) -> None:
    """Below the other ways on: wait for this one. The first wish of a turn is the one that was said."""
    if kept is None:
        return
    state["full"] = kept
    meant = wish(kept)
    of = booking.doctor(ports, doctor_id=meant["doctor_id"]).name if meant["doctor_id"] else ""
    label = f"候补 {day_label(meant['day'])} {of}".strip()
    dispatcher.utter_message(response="utter_can_wait", buttons=[choice(label, slot="wait", value=kept)])
