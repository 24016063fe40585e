"""What is chosen so far of a booking, and what can be chosen from it: days and half hours with places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from rasa_sdk import Tracker

from actions import directory, whose
from actions.base import caller
from actions.forms import State
from actions.times import in_period
from bot.ports import Ports
from bot.services import booking, cards, hospitals
from bot.services.hospitals import hospital_of

NOT_KNOWN = "?"  # before the person word, in the slot `card`: wished for, and no single card answers to it
WITH_HOSPITAL = (
    "card",
    "department",
    "department_said",
    "doctor",
    "title",
    "other_than",
    "page",
    "half_hour",
    "confirm",
)


def settle_hospital(ports: Ports, state: State) -> None:
    """The hospital into `state` where it needs no question, and the department that was named before the hospital."""
    if state["department"]:
        state["hospital"] = hospital_of(state["department"])
    elif not hospitals.several(ports):
        state["hospital"] = hospitals.known(ports)[0].id
    if state["hospital"] and state["department_said"]:
        named = directory.departments_named(ports, state["department_said"])
        here = (d.id for d in named if hospital_of(d.id) == state["hospital"])
        state["department"], state["department_said"] = state["department"] or next(here, None), None


def settled_card(ports: Ports, person_id: int, card: str | None, here: Sequence[cards.Card]) -> str | None:
    """A card that is known here; of one that was wished for, the one bound since; without a wish the only one."""
    if card is not None and card.startswith(NOT_KNOWN):
        word = card.removeprefix(NOT_KNOWN)
        return (whose.found(ports, person_id, word) if word else None) or card
    if card in {each.ref for each in here}:
        return card
    return here[0].ref if len(here) == 1 else None


def card_open(state: State) -> bool:
    """Whether somebody was named whose card is not known."""
    return str(state["card"] or "").startswith(NOT_KNOWN)


def ambiguous(state: State) -> bool:
    return str(state["doctor"] or "").startswith(directory.SURNAME)


def doctor_of(state: State) -> str | None:
    return None if state["doctor"] is None or ambiguous(state) else str(state["doctor"])


def days_of(ports: Ports, state: State) -> list[date]:
    """Days with places, of the doctor or the title that is wished."""
    return sorted({stock.day for stock in stock_of(ports, state) if stock.left > 0})


def stock_of(ports: Ports, state: State) -> list[booking.DayStock]:
    """Places left by day; of one title, those of its doctors together."""
    if not state["department"]:
        return []
    if not state["title"] or doctor_of(state):
        return booking.open_days(ports, department_id=state["department"], doctor_id=doctor_of(state))
    left: Counter[date] = Counter()
    for each in booking.doctors_of(ports, department_id=state["department"]):
        if each.title == state["title"]:
            left.update({s.day: s.left for s in booking.open_days(ports, doctor_id=each.id)})
    return [booking.DayStock(day, left[day]) for day in sorted(left)]


def calendar(ports: Ports, state: State, tracker: Tracker) -> booking.Calendar:
    """What the patient's own numbers leave open; of a number that is to be moved, as if it were gone."""
    if not state["card"] or not state["department"]:
        return booking.Calendar()
    person_id, without = caller(ports, tracker).person_id, str(state.get("moved") or "")
    facts = {"card_ref": state["card"], "department_id": state["department"], "without": without}
    return booking.calendar(ports, person_id=person_id, **facts)


def free_days(ports: Ports, state: State, tracker: Tracker) -> list[date]:
    """Days with places on which this patient may take one more number."""
    own = calendar(ports, state, tracker)
    return [day for day in days_of(ports, state) if own.refusal(day) is None]


def offers_of(ports: Ports, state: State) -> list[booking.Offer]:
    """The half hours of the wished day, part of the day, doctor and title."""
    offers = booking.offers(
        ports,
        department_id=state["department"],
        doctor_id=doctor_of(state),
        day=date.fromisoformat(state["day"]),
    )
    offers = [o for o in offers if o.doctor_id != state["other_than"]]
    titled = [o for o in offers if state["title"] in {None, o.doctor_title} or doctor_of(state)]
    return [o for o in titled if in_period(o.start, state["period"])]


def reset_dependents(filled: dict[str, Any], state: State) -> dict[str, Any]:
    """A changed answer makes the answers after it worthless: 不是周五，是周六 asks for the half hour again.

    The day stays when the department changes: it is said again with the half hours, and full days are said.
    """
    filled = {slot: value or None for slot, value in filled.items()}
    for slot, after in (
        ("hospital", WITH_HOSPITAL),
        ("department", ("page", "half_hour", "confirm", "other_than")),
        ("doctor", ("page", "half_hour", "confirm", "other_than")),
        ("title", ("page", "half_hour", "confirm")),
        ("day", ("page", "half_hour", "confirm")),
        ("period", ("page", "half_hour", "confirm")),
        ("half_hour", ("confirm",)),
    ):
        first = slot == "hospital" and state[slot] is None  # nothing of another hospital is known yet
        if slot in filled and filled[slot] != state[slot] and not first:
            filled = {**dict.fromkeys(after), **filled, "confirm": None}
    return filled
