"""What is not asked online: a first visit, or for a small child without its guardian; and when doctors answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import clock
from bot.errors import PeizhenError, Refused
from bot.his.port import hospital_of
from bot.ports import Ports
from bot.services import access, cards, limits
from bot.services.cards import Card
from bot.services.words import WEEKDAYS

SEEN, GUARDIAN = "seen", "guardian"
YES, NO = "yes", "no"
MONTH_DAYS = 31
WORKDAYS = [1, 2, 3, 4, 5]
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def needs(ports: Ports, *, person_id: int, department_id: str) -> tuple[str, ...]:
    """What must be said before a question goes out: `seen` where the hospital knows of no visit, `guardian`."""
    with access.unseen():
        mine = cards.mine(ports, person_id=person_id)
    guardian = bool(mine) and is_small(ports, mine[0])
    return (
        *((SEEN,) if _first(ports, mine, department_id) else ()),
        *((GUARDIAN,) if guardian else ()),
    )


def check(wanted: tuple[str, ...], said: Mapping[str, str]) -> None:
    """Raises Refused('first_visit' | 'guardian_asks') unless all that is wanted was answered with yes."""
    if SEEN in wanted and said.get(SEEN) != YES:
        raise Refused("first_visit")
    if GUARDIAN in wanted and said.get(GUARDIAN) != YES:
        raise Refused("guardian_asks")


def is_small(ports: Ports, card: Card) -> bool:
    """Whether this patient is so young that the guardian alone asks."""
    today = clock.local(ports.now()).date()
    return limits.age(card.birth_date, today) < int(ports.rules["guardian_asks_under_years"])


def hours(ports: Ports, *, department: str = "") -> str:
    """工作日 08:00–12:00、14:00–17:30: when doctors answer, for every page; '' where the rules name none."""
    spans = ports.rules["answering_hours_of"].get(department, ports.rules["answering_hours"])
    of_days: dict[str, list[str]] = {}
    for span in spans:
        of_days.setdefault(_days(span["days"]), []).append(f"{span['from']}–{span['until']}")
    return "；".join(f"{days} {'、'.join(times)}" for days, times in of_days.items())


def _days(days: list[int]) -> str:
    named = {tuple(WORKDAYS): "工作日", tuple(EVERY_DAY): "每天"}
    return named.get(tuple(sorted(days))) or "周" + "、".join(WEEKDAYS[day - 1] for day in sorted(days))


def _first(ports: Ports, mine: list[Card], department_id: str) -> bool:
    """Whether he has to say that he was seen for this: no visit to that department is known."""
    if ports.rules["first_visit"] != "ask":
        return False
    same = [card for card in mine if hospital_of(card.patient_id) == hospital_of(department_id)]
    return not any(_was_there(ports, card, department_id) for card in same)


def _was_there(ports: Ports, card: Card, department_id: str) -> bool:
    """A visit that took place, as the hospital has it; a hospital that is silent knows of none, and he is asked."""
    since = clock.local(ports.now()).date() - timedelta(days=MONTH_DAYS * int(ports.rules["first_visit_months"]))
    try:
        known: list[Any] = ports.his.appointments(card.patient_id)
    except PeizhenError:
        return False
    return any(
        visit.patient_id == card.patient_id
        and visit.department_id == department_id
        and visit.state == "done"
        and visit.day >= since
        for visit in known
    )
