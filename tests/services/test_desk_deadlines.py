"""By when a question is answered: lunch, weekends and holidays do not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.ports import Ports
from bot.services import desk_deadlines


def local(text: str) -> datetime:
    """`2026-11-20 15:30` on the hospital's wall → naive UTC."""
    return clock.utc(datetime.fromisoformat(text))


def ruled(ports: Ports, **changes: Any) -> Ports:
    return replace(ports, rules={**ports.rules, **changes})


@pytest.mark.parametrize(
    ("asked", "hours", "answered"),
    [
        ("2026-11-18 08:00", 2, "2026-11-18 10:00"),
        ("2026-11-18 11:00", 2, "2026-11-18 15:00"),  # an hour before lunch, an hour after it
        ("2026-11-18 12:30", 2, "2026-11-18 16:00"),  # asked during lunch
        ("2026-11-18 22:00", 2, "2026-11-19 10:00"),  # asked at night
        ("2026-11-20 16:30", 2, "2026-11-23 09:00"),  # Friday evening, Monday morning
        ("2026-11-21 10:00", 8, "2026-11-24 08:30"),  # Saturday: a Monday has seven hours and a half
        ("2026-09-30 16:30", 2, "2026-10-08 09:00"),  # over the National Day
        ("2026-10-09 16:30", 2, "2026-10-10 09:00"),  # a Saturday that is worked
        ("2026-02-14 17:00", 1, "2026-02-24 08:30"),  # the last worked Saturday before the Spring Festival
        ("2026-11-18 10:00", 2, "2026-11-18 12:00"),  # to the minute at which lunch begins
    ],
)
def test_only_the_hours_in_which_somebody_answers_count(ports: Ports, asked: str, hours: int, answered: str) -> None:
    at = local(asked)
    assert desk_deadlines.due(ruled(ports, answer_hours=hours), at=at) == local(answered)
    left = desk_deadlines.left(ruled(ports, answer_hours=hours), at=at, until=local(answered))
    assert left == timedelta(hours=hours)


def test_a_department_may_have_hours_of_its_own(ports: Ports) -> None:
    always = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "until": "24:00"}]
    at = local("2026-11-21 23:00")
    there = ruled(ports, answer_hours=2, answering_hours_of={"急诊科": always})
    assert desk_deadlines.due(there, at=at, department="急诊科") == local("2026-11-22 01:00")
    assert desk_deadlines.due(there, at=at, department="骨科") == local("2026-11-23 10:00")


def test_rules_without_hours_count_around_the_clock(ports: Ports) -> None:
    at = local("2026-11-21 23:00")
    assert desk_deadlines.due(ruled(ports, answer_hours=8, answering_hours=[]), at=at) == local("2026-11-22 07:00")


def test_what_is_over_is_late_by_the_clock_on_the_wall(ports: Ports) -> None:
    late = desk_deadlines.left(ports, at=local("2026-11-23 09:00"), until=local("2026-11-20 17:00"))
    assert late == -timedelta(days=2, hours=16)


def test_somebody_is_there_or_not(ports: Ports) -> None:
    there = ["2026-11-20 08:00", "2026-11-20 17:29"]
    away = ["2026-11-20 12:00", "2026-11-20 17:30", "2026-11-22 10:00", "2026-10-01 10:00"]
    assert all(desk_deadlines.working(ports, at=local(moment)) for moment in there)
    assert not any(desk_deadlines.working(ports, at=local(moment)) for moment in away)
