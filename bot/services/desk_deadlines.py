"""By when a question is answered: hours at which doctors are there, lunch, weekends and holidays of the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from bot import clock
from bot.ports import Ports

Span = tuple[datetime, datetime]  # naive local
LOOKED = 60  # days ahead at most; longer than any holiday
MONDAY = 1  # a weekend day that is worked instead of another has a Monday's hours
MIDNIGHT = "24:00"


def due(ports: Ports, *, at: datetime, department: str = "") -> datetime:
    """When the promised hours (`answer_hours`) after `at` are over, counted while somebody is there; naive UTC.

    `department`: its name, for hours of its own. Rules that name no hours at all count around the clock.
    """
    left = timedelta(hours=float(ports.rules["answer_hours"]))
    for first, last in _spans(ports.rules, department, _local(at)):
        if last - first >= left:
            return clock.utc(first + left)
        left -= last - first
    return at + left


def left(ports: Ports, *, at: datetime, until: datetime, department: str = "") -> timedelta:
    """The working time between two moments; below zero by the clock on the wall once `until` is over."""
    if until <= at:
        return until - at
    end, total = _local(until), timedelta()
    for first, last in _spans(ports.rules, department, _local(at)):
        if first >= end:
            break
        total += min(last, end) - first
    return total


def working(ports: Ports, *, at: datetime, department: str = "") -> bool:
    """Whether somebody should be there at this moment."""
    first = next(_spans(ports.rules, department, _local(at)), None)
    return first is not None and first[0] == _local(at)


def _spans(rules: Mapping[str, Any], department: str, since: datetime) -> Iterator[Span]:
    """The hours from a moment on, earliest first, the first of them cut to it."""
    for ahead in range(LOOKED):
        for first, last in _of_day(rules, department, since.date() + timedelta(days=ahead)):
            if last > since:
                yield max(first, since), last


def _of_day(rules: Mapping[str, Any], department: str, day: date) -> list[Span]:
    hours = rules["answering_hours_of"].get(department, rules["answering_hours"])
    weekday = _weekday(rules, day)
    return sorted(
        (_moment(day, span["from"]), _moment(day, span["until"])) for span in hours if weekday in span["days"]
    )


def _weekday(rules: Mapping[str, Any], day: date) -> int:
    """1 = Monday … 7; 0 = a holiday, which no hours name."""
    if any(free["from"] <= day <= free["until"] for free in rules["holidays"]):
        return 0
    return MONDAY if day in rules["worked_weekends"] else day.isoweekday()


def _moment(day: date, text: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time()) if text == MIDNIGHT else _at(day, text)


def _at(day: date, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text))


def _local(moment: datetime) -> datetime:
    return clock.local(moment).replace(tzinfo=None)
