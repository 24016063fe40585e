"""How many numbers a patient may hold: places with unique names, so that the database decides every race.

A booking that counts holds one place of its department and day (`guard`) and one of its week (`week_guard`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.booking import Booking

Rules = Mapping[str, Any]
FREED: Mapping[str, None] = {"guard": None, "week_guard": None}  # what a booking that stands no longer gives back


@dataclass(frozen=True)
class Calendar:
    """What a patient's standing numbers leave open in one department.

    `taken`: days with no number left for him → the ref of one that the asking person holds, "" where another holds it.
    `full_weeks`: Mondays of the weeks in which he has as many numbers as a week allows.
    """

    taken: Mapping[date, str] = field(default_factory=dict)
    full_weeks: frozenset[date] = frozenset()

    def refusal(self, day: date) -> str | None:
        """The code with which a number on this day would be refused now; None = there is room."""
        if day in self.taken:
            return "department_limit"
        return "week_limit" if monday(day) in self.full_weeks else None


def day_places(rules: Rules, patient_id: str, department_id: str, day: date) -> list[str]:
    """Names of a patient's places in one department on one day."""
    return [f"{patient_id}|{department_id}|{day}|{n}" for n in range(rules["bookings_per_department_day"])]


def week_places(rules: Rules, patient_id: str, day: date) -> list[str]:
    """Names of a patient's places in the week of a day."""
    return [f"{patient_id}|week|{monday(day)}|{n}" for n in range(rules["bookings_per_week"])]


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def insert(session: Session, rules: Rules, facts: Mapping[str, Any], *, kept: Any = None) -> str | None:
    """Insert a booking with its places; gives the code of the limit that leaves none, else None.

    `kept` is the row that this one is to replace: places that it can hand on are not taken a second time. A key that
    is there already inserts nothing and gives None or a code: the caller reads the row of the key.
    """
    days: list[str | None] = [*day_places(rules, facts["patient_id"], facts["department_id"], facts["day"])]
    weeks: list[str | None] = [*week_places(rules, facts["patient_id"], facts["day"])]
    if kept is not None and kept.guard in days:
        days = [None]
    if kept is not None and kept.week_guard in weeks:
        weeks = [None]
    for guard in days:
        for week_guard in weeks:
            if insert_new(session, Booking, **facts, guard=guard, week_guard=week_guard):
                return None
    return "department_limit" if _all_taken(session, days) else "week_limit"


def handed_on(old: Any, new: Any) -> dict[str, Any]:
    """The places of a booking that replaces another: its own, and where it took none those of the old one."""
    return {"guard": new.guard or old.guard, "week_guard": new.week_guard or old.week_guard}


def calendar(
    session: Session, rules: Rules, *, person_id: int, patient_id: str, department_id: str, first: date, without: str
) -> Calendar:
    """Read what is taken from `first` on, as if the booking `without` (a ref, or "") did not stand."""
    query = sa.select(Booking).where(
        Booking.patient_id == patient_id, Booking.day >= monday(first), Booking.ref != without
    )
    standing = session.scalars(query.order_by(Booking.id)).all()
    days: dict[date, list[Any]] = {}
    weeks: dict[date, int] = {}
    for row in standing:
        if row.guard is not None and row.department_id == department_id:
            days.setdefault(row.day, []).append(row)
        if row.week_guard is not None:
            weeks[monday(row.day)] = weeks.get(monday(row.day), 0) + 1
    most, most_a_week = rules["bookings_per_department_day"], rules["bookings_per_week"]
    return Calendar(
        {day: _shown(held, person_id) for day, held in days.items() if len(held) >= most},
        frozenset(week for week, held in weeks.items() if held >= most_a_week),
    )


def _shown(held: list[Any], person_id: int) -> str:
    return next((row.ref for row in held if row.person_id == person_id), "")


def _all_taken(session: Session, places: list[str | None]) -> bool:
    names = [place for place in places if place is not None]
    taken = session.scalar(sa.select(sa.func.count()).where(Booking.guard.in_(names)))
    return bool(names) and taken == len(names)
