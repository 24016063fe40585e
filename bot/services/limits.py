"""The hospital's booking rules over rules.yaml, pure: when what can be booked, by whom, and until when changed.

What only the database can decide (how many numbers stand) is in guards.py and operations.py, with unique keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from bot import clock
from bot.errors import Refused
from bot.his.port import Department

Rules = Mapping[str, Any]
WEEKDAYS = "一二三四五六日"


class Who(Protocol):
    """What a limit must know of a patient: a card, or its row."""

    @property
    def sex(self) -> str: ...

    @property
    def birth_date(self) -> date: ...


# -- when ----------------------------------------------------------------------------------------------------
def opens_at(rules: Rules, day: date) -> datetime:
    """The moment (naive UTC) from which numbers of a hospital day can be booked."""
    release = time.fromisoformat(str(rules["release_time"]))
    return clock.utc(datetime.combine(day - timedelta(days=rules["days_ahead"]), release))


def last_day(rules: Rules, now: datetime) -> date:
    """The last hospital day that is open: `days_ahead` away, from the release time on."""
    last = clock.local(now).date() + timedelta(days=rules["days_ahead"])
    return last if opens_at(rules, last) <= now else last - timedelta(days=1)


def closes_at(rules: Rules, day: date, start: datetime, now: datetime) -> datetime:
    """Until when a half hour can be booked: its beginning, on the day itself by so many minutes sooner."""
    today = clock.local(now).date() == day
    return start - timedelta(minutes=rules["same_day_until_minutes"] if today else 0)


def is_open(rules: Rules, now: datetime, *, day: date, start: datetime) -> bool:
    """Whether a half hour lies in the booking window."""
    return day <= last_day(rules, now) and now < closes_at(rules, day, start, now)


def check_day(rules: Rules, now: datetime, day: date) -> None:
    """Raises Refused('not_released', day, opens) for a day that opens later."""
    if day > last_day(rules, now):
        opens = clock.local(opens_at(rules, day))
        raise Refused("not_released", day=day_words(day), opens=f"{day_words(opens.date())} {opens:%H:%M}")


def check_slot(rules: Rules, now: datetime, *, day: date, start: datetime) -> None:
    """Raises Refused('not_released' | 'slot_past')."""
    check_day(rules, now, day)
    if now >= closes_at(rules, day, start, now):
        raise Refused("slot_past")


# -- by whom -------------------------------------------------------------------------------------------------
def check_patient(rules: Rules, department: Department, who: Who, day: date) -> None:
    """Raises Refused('department_age' | 'department_sex') with department, instead, and below."""
    wanted = _limit(rules, department)
    facts = {"department": department.name, "instead": wanted.get("instead", "")}
    below = wanted.get("below_age")
    if below is not None and age(who.birth_date, day) >= below:
        raise Refused("department_age", below=below, **facts)
    if who.sex != wanted.get("sex", who.sex):
        raise Refused("department_sex", sex={"f": "女", "m": "男"}[wanted["sex"]], **facts)


def fits(rules: Rules, department: Department, who: Who, day: date) -> bool:
    """Whether a department sees this patient on this day."""
    try:
        check_patient(rules, department, who, day)
    except Refused:
        return False
    return True


def age(born: date, day: date) -> int:
    """Whole years on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _limit(rules: Rules, department: Department) -> Mapping[str, Any]:
    limits = rules["department_limits"]
    return limits.get(department.standard_name) or limits.get(department.name) or {}


# -- changing ------------------------------------------------------------------------------------------------
def cancel_until(rules: Rules, start: datetime) -> datetime:
    """The last moment at which a number can be given back here."""
    return start - timedelta(minutes=rules["cancel_until_minutes"])


def check_cancel(rules: Rules, now: datetime, start: datetime) -> None:
    """Raises Refused('cancel_too_late', until_minutes)."""
    if now > cancel_until(rules, start):
        raise Refused("cancel_too_late", until_minutes=rules["cancel_until_minutes"])


def check_move(rules: Rules, now: datetime, *, start: datetime, moves: int) -> None:
    """Raises Refused('move_too_late', until_minutes | 'move_limit', most)."""
    if now > start - timedelta(minutes=rules["reschedule_until_minutes"]):
        raise Refused("move_too_late", until_minutes=rules["reschedule_until_minutes"])
    if moves >= rules["reschedules_per_booking"]:
        raise Refused("move_limit", most=rules["reschedules_per_booking"])


def day_words(day: date) -> str:
    """11月24日 周二."""
    return f"{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"
