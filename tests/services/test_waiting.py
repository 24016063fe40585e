"""The range for one patient: what moves it, what it never says, and how often it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from benchmarks import queue as bench
from bot.services import waiting
from bot.services.waiting import HalfDay, Line, estimate, knows, learn, observed, planned

START = datetime(2026, 11, 23, 0, 0)


def calls(*minutes: float) -> list[datetime]:
    return [START + timedelta(minutes=m) for m in minutes]


def steady(pace: float, count: int) -> list[datetime]:
    return calls(*(pace * n for n in range(count)))


def line(**changes: object) -> Line:
    """Nine o'clock, five ahead, half an hour past one's own half hour, called every six minutes."""
    facts = {"now": START + timedelta(minutes=60), "ahead": 5, "calls": steady(6, 11)}
    facts |= {"slot_start": START + timedelta(minutes=30), "capacity": 5, "early": 15.0}
    return Line(**facts | changes)


DAY = HalfDay(seen=40, minutes=240.0, squares=40 * (36 + 9), absent=2, absent_minutes=2.0, delay=8.0)


def test_more_ahead_wait_longer_and_less_certainly() -> None:
    waits = [estimate(planned(6), line(ahead=n)) for n in (0, 2, 5, 10, 20)]
    assert [w.middle for w in waits] == sorted({w.middle for w in waits})
    widths = [w.high - w.low for w in waits]
    assert widths == sorted(widths)
    assert all(0 <= w.low <= w.middle <= w.high for w in waits)


def test_a_slow_doctor_is_learned_from_his_days_and_a_slow_day_from_itself() -> None:
    quick, slow = (
        learn([replace(DAY, minutes=40 * p, squares=40 * p * p * 1.25)] * 8, before=planned(6)) for p in (4, 9)
    )
    quiet = line(calls=steady(6, 1))
    assert estimate(quick, quiet).middle < estimate(planned(6), quiet).middle < estimate(slow, quiet).middle
    today = line(calls=steady(10, 7))
    assert estimate(quick, today).middle > estimate(quick, line()).middle
    assert estimate(quick, today).middle < estimate(slow, today).middle


def test_what_is_learned_narrows_the_range() -> None:
    known = learn([DAY, replace(DAY, minutes=248.0), replace(DAY, minutes=233.0)] * 5, before=planned(6))
    new = estimate(planned(6), line(calls=steady(6, 1)))
    told = estimate(known, line(calls=steady(6, 1)))
    assert told.high - told.low < new.high - new.low


def test_nobody_is_told_a_time_long_before_his_half_hour() -> None:
    late = line(slot_start=START + timedelta(minutes=180), ahead=1)
    wait = estimate(planned(6), late)
    assert 105 <= wait.low <= wait.middle <= 125
    assert wait.high < 140


def test_a_clinic_that_has_not_begun_counts_from_the_half_hour_and_the_doctors_delay() -> None:
    before = line(now=START - timedelta(minutes=30), calls=[], slot_start=START, ahead=0)
    punctual = replace(planned(6), delay=0.0, delay_spread=2.0)
    late = replace(planned(6), delay=20.0, delay_spread=2.0)
    assert estimate(punctual, before).middle < 36
    assert estimate(late, before).middle > 45


def test_a_long_visit_inside_does_not_promise_now() -> None:
    stuck = line(now=START + timedelta(minutes=100), ahead=0)
    wait = estimate(planned(6), stuck)
    assert wait.middle >= 1
    assert wait.high > wait.middle


def test_breaks_are_cut_and_empty_calls_are_told_apart() -> None:
    day = observed(calls(3, 9, 15, 16, 22, 28, 90), start=START)
    assert day is not None
    assert (day.seen, day.absent, day.delay) == (5, 1, 3.0)
    assert day.minutes == 6 * 4 + 18  # the hour's break counts as three usual visits
    assert observed(calls(0, 6, 12), start=START) is None
    assert observed([], start=START) is None


def test_half_days_that_say_nothing_change_nothing() -> None:
    before = planned(6)
    assert learn([], before=before) == before
    assert learn([HalfDay(0, 0.0, 0.0, 0, 0.0, 0.0)], before=before) == before


def test_one_learned_half_day_is_not_yet_knowledge() -> None:
    assert not knows(planned(6), line(calls=[]))
    assert not knows(learn([DAY], before=planned(6)), line(calls=steady(6, 2)))
    assert knows(learn([DAY] * 3, before=planned(6)), line(calls=[]))
    assert knows(planned(6), line())


def test_odd_moments_give_a_range_all_the_same() -> None:
    for odd in (
        line(calls=[START] * 9),  # many calls at one moment
        line(calls=[START + timedelta(minutes=70)]),  # a clock that is ahead
        line(ahead=0, calls=[], now=START + timedelta(hours=5)),
        line(ahead=400),
        line(capacity=0),
    ):
        wait = estimate(planned(6), odd)
        assert 0 <= wait.low < wait.high
        assert wait.low <= wait.middle <= wait.high


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_on_clinics_that_it_has_not_seen_the_range_holds_for_about_eight_in_ten(seed: int) -> None:
    rng = Random(seed)
    staff = bench.doctors(rng, 40)
    days = [[observed([at for _, at in bench.clinic(rng, d)], start=bench.OPENS) for _ in range(8)] for d in staff]
    habits = bench.learned([[day for day in one if day] for one in days], staff)
    asked = [a for i, d in enumerate(staff) for _ in range(3) for a in bench.questions(rng, bench.clinic(rng, d), d, i)]
    told = [(waiting.estimate(habits[a.doctor], a.line), a.waited) for a in asked]
    held = sum(w.low <= waited <= w.high for w, waited in told) / len(told)
    assert len(told) > 2000
    assert 0.74 < held < 0.88
    ours = sorted(abs(w.middle - waited) for w, waited in told)[len(told) // 2]
    mean = sum(h.pace for h in habits) / len(habits)
    plain = sorted(abs(bench.average(mean)(a)[1] - a.waited) for a in asked)[len(asked) // 2]
    assert ours < 0.7 * plain
