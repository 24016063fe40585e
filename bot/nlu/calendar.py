"""Day arithmetic behind the date phrases: everything rolls forward, nothing lies in the past."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

Days = tuple[date, date]  # first and last day, both included
LONGEST_MONTH, MONTHS = 31, 12
PARTS = {
    "初": (1, 5),
    "上旬": (1, 10),
    "中": (11, 20),
    "中旬": (11, 20),
    "下旬": (21, 31),
    "底": (26, 31),
    "末": (26, 31),
}


def plus(today: date, days: int) -> date:
    return today + timedelta(days=days)


def monday(today: date) -> date:
    """The first day of the calendar week (Monday to Sunday)."""
    return plus(today, -today.weekday())


def month_start(today: date, months: int = 0) -> date:
    """The first of the month `months` later."""
    index = today.year * 12 + today.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def month_end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def later_by_months(today: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    first = month_start(today, months)
    return min(plus(first, today.day - 1), month_end(first))


def make(year: int, month: int, day: int) -> date | None:
    """The day, or None when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def ahead(days: Days | None, today: date) -> Days | None:
    """Cut off what is past; None when nothing is left."""
    if days is None or days[1] < today:
        return None
    return max(days[0], today), days[1]


def one(day: date | None, today: date) -> Days | None:
    """A single day as `Days`, None when it is past."""
    return None if day is None else ahead((day, day), today)


def next_day_number(day: int, today: date) -> date | None:
    """The next month day with this number (31 skips short months)."""
    if not 1 <= day <= LONGEST_MONTH:
        return None
    months = (month_start(today, n) for n in range(3))
    found = (make(m.year, m.month, day) for m in months)
    return next((d for d in found if d and d >= today), None)


def next_month_day(month: int, day: int, today: date) -> date | None:
    """The next such calendar day within eight years (29 February can be far)."""
    found = (make(today.year + n, month, day) for n in range(9))
    return next((d for d in found if d and d >= today), None)


def part_of_month(first: date, part: str) -> Days:
    """`初 中 底 …` of the month that begins at `first`."""
    start, end = PARTS[part]
    return first.replace(day=start), min(plus(first, end - 1), month_end(first))


def next_part(part: str, today: date) -> Days | None:
    """The part of this month, or of the next when it is over."""
    this, following = (part_of_month(month_start(today, n), part) for n in range(2))
    return ahead(this, today) or following


def month_named(month: int, today: date) -> date | None:
    """The first of the next month with this number; the present month counts."""
    if not 1 <= month <= MONTHS:
        return None
    return date(today.year + (month < today.month), month, 1)
