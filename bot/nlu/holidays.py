"""Public holidays: the days themselves, by the calendar that the State Council's notices follow.

The swapped working days of a year, announced each autumn, are a booking rule and not a word's meaning.
Lunar days are a table; they end in 2032 and a test fails a year ahead.
"""

from __future__ import annotations

from datetime import date, timedelta

Days = tuple[date, date]

# year: (lunar new year's day, Qingming, Dragon Boat, Mid-Autumn), month * 100 + day
LUNAR: dict[int, tuple[int, int, int, int]] = {
    2026: (217, 405, 619, 925),
    2027: (206, 405, 609, 915),
    2028: (126, 404, 528, 1003),
    2029: (213, 404, 616, 922),
    2030: (203, 405, 605, 912),
    2031: (123, 405, 624, 1001),
    2032: (211, 404, 612, 919),
}
FIXED: dict[str, tuple[int, int, int]] = {  # month, first day, last day
    "元旦": (1, 1, 1),
    "五一": (5, 1, 5),
    "国庆": (10, 1, 7),
    "圣诞": (12, 25, 25),
    "妇女节": (3, 8, 8),
    "儿童节": (6, 1, 1),
}
MOVING = {"春节": 0, "清明": 1, "端午": 2, "中秋": 3}
ALIASES = {
    "过年": "春节",
    "新年": "元旦",
    "劳动节": "五一",
    "十一": "国庆",
    "六一": "儿童节",
    "三八": "妇女节",
}
NEW_YEAR_LEAVE = 3
SPRING_BEFORE, SPRING_AFTER = 1, 6  # the holiday runs from New Year's Eve to the sixth day after


def days(name: str, year: int, *, leave: bool = False) -> Days | None:
    """First and last day of a holiday in a year, of its days off with `leave`; None when the table does not reach."""
    name = ALIASES.get(name, name)
    if leave and name == "元旦":
        return date(year, 1, 1), date(year, 1, NEW_YEAR_LEAVE)
    if name in MOVING:
        return _moving(name, year)
    month, first, last = FIXED[name]
    return date(year, month, first), date(year, month, last)


def _moving(name: str, year: int) -> Days | None:
    if year not in LUNAR:
        return None
    code = LUNAR[year][MOVING[name]]
    day = date(year, code // 100, code % 100)
    if name != "春节":
        return day, day
    return day - timedelta(days=SPRING_BEFORE), day + timedelta(days=SPRING_AFTER)


def new_year(year: int) -> date | None:
    """The first day of the lunar year that begins in `year`."""
    return date(year, LUNAR[year][0] // 100, LUNAR[year][0] % 100) if year in LUNAR else None


def is_spring(name: str) -> bool:
    return ALIASES.get(name, name) == "春节"


def names() -> list[str]:
    """Every name and alias, longest first."""
    return sorted([*FIXED, *MOVING, *ALIASES], key=len, reverse=True)
