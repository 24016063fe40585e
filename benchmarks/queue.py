"""`make bench-queue`: how far off the told wait is, and how often the range holds, beside plain averages.

Clinics are simulated: doctors differ in pace, half days of one doctor differ, visits are log-normal, doctors begin
late each in his own way, take a break, and some numbers are called and nobody comes. Everything is in their favour or
against them alike: nothing here is fitted to the estimator. After some learned half days every waiting patient of one
more is asked about at random moments; he is told a range, and later we know when he was called.

    plain average: the mean gap of the whole hospital times those ahead, -20 % +30 %
    with the half hour: the same, but nobody is told a time before his own half hour
    half day so far: the mean gap of this half day so far instead, with the half hour too
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from bot import clock
from bot.services import waiting
from bot.services.waiting import Habit, HalfDay, Line

OPENS = clock.utc(datetime(2026, 11, 23, 8, 0, tzinfo=clock.SHANGHAI))
SLOT, SLOTS, EARLY = timedelta(minutes=30), 8, 15.0
Told = tuple[float, float, float]  # low, middle, high


@dataclass(frozen=True)
class Doctor:
    """How one doctor works: minutes a visit and between days, share that does not come, how late he begins."""

    pace: float
    drift: float
    spread: float
    absent: float
    late: float
    capacity: int


@dataclass(frozen=True)
class Asked:
    """One patient at one moment, and what became of him."""

    line: Line
    waited: float
    doctor: int


def doctors(rng: Random, count: int) -> list[Doctor]:
    made = []
    for _ in range(count):
        pace = rng.lognormvariate(1.75, 0.35)  # 5.8 minutes at the median
        capacity = max(round(30 / pace * rng.uniform(0.85, 1.05)), 2)
        habits = (rng.uniform(0.08, 0.22), rng.uniform(0.35, 0.7), rng.uniform(0.02, 0.18), rng.uniform(0, 20))
        made.append(Doctor(pace, *habits, capacity))
    return made


def clinic(rng: Random, doctor: Doctor) -> list[tuple[datetime, datetime]]:
    """(begin of the half hour, moment of the call) of every number, in order."""
    today = doctor.pace * rng.lognormvariate(0, doctor.drift)
    free = OPENS + timedelta(minutes=max(rng.gauss(doctor.late, 4), 0))
    pause = rng.randrange(doctor.capacity, doctor.capacity * SLOTS) if rng.random() < 0.5 else -1
    numbers = []
    for number in range(doctor.capacity * SLOTS):
        slot = OPENS + SLOT * (number // doctor.capacity)
        call = max(free, slot - timedelta(minutes=EARLY))
        numbers.append((slot, call))
        free = call + timedelta(minutes=_visit(rng, doctor, today))
        free += timedelta(minutes=rng.uniform(6, 15)) if number == pause else timedelta(0)
    return numbers


def _visit(rng: Random, doctor: Doctor, today: float) -> float:
    if rng.random() < doctor.absent:
        return rng.uniform(0.5, 1.5)
    return today * rng.lognormvariate(-(doctor.spread**2) / 2, doctor.spread)


def questions(rng: Random, numbers: list[tuple[datetime, datetime]], doctor: Doctor, index: int) -> Iterator[Asked]:
    """Every patient who waits for more than a minute, once, at a random moment after the first call."""
    first = numbers[0][1]
    for place, (slot, called) in enumerate(numbers[2:], start=2):
        earliest = max(first, slot - timedelta(minutes=60))
        if called - earliest < timedelta(minutes=2):
            continue
        now = earliest + (called - earliest) * rng.uniform(0, 0.95)
        calls = [at for _, at in numbers if at <= now]
        line = Line(now, place - len(calls), calls, slot, doctor.capacity, EARLY)
        yield Asked(line, (called - now).total_seconds() / 60, index)


def ours(habits: Sequence[Habit]) -> Callable[[Asked], Told]:
    def tell(asked: Asked) -> Told:
        wait = waiting.estimate(habits[asked.doctor], asked.line)
        return wait.low, wait.middle, wait.high

    return tell


def average(mean: float) -> Callable[[Asked], Told]:
    def tell(asked: Asked) -> Told:
        wait = (asked.line.ahead + 1) * mean
        return 0.8 * wait, wait, 1.3 * wait

    return tell


def today(mean: float) -> Callable[[Asked], Told]:
    def tell(asked: Asked) -> Told:
        gaps = [(b - a).total_seconds() / 60 for a, b in pairwise(asked.line.calls)]
        return average(statistics.mean(gaps) if len(gaps) >= 3 else mean)(asked)

    return tell


def not_before(tell: Callable[[Asked], Told]) -> Callable[[Asked], Told]:
    """The same, never earlier than a patient is expected at the door."""

    def later(asked: Asked) -> Told:
        opens = (asked.line.slot_start - asked.line.now).total_seconds() / 60 - EARLY
        low, middle, high = tell(asked)
        return max(low, opens), max(middle, opens), max(high, opens)

    return later


def learned(days: Sequence[Sequence[HalfDay]], staff: Sequence[Doctor]) -> list[Habit]:
    """Each doctor's habit, on top of the hospital's; with no days at all, of the timetable alone."""
    every = [day for one in days for day in one]
    return [
        waiting.learn(one, before=waiting.learn(every, before=waiting.planned(30 / doctor.capacity)))
        for one, doctor in zip(days, staff, strict=True)
    ]


def row(name: str, tell: Callable[[Asked], Told], asked: Sequence[Asked]) -> tuple[float, float]:
    """Print one line; gives median error and coverage in percent."""
    told = [(tell(each), each.waited) for each in asked]
    errors = sorted(abs(middle - waited) for (_, middle, _), waited in told)
    inside = 100 * sum(low <= waited <= high for (low, _, high), waited in told) / len(told)
    width = statistics.median(high - low for (low, _, high), _ in told)
    ninth = errors[int(0.9 * len(errors))]
    print(f"  {name:<44}{statistics.median(errors):>10.1f}{ninth:>10.1f}{inside:>10.1f}{width:>10.1f}")
    return statistics.median(errors), inside


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--doctors", type=int, default=120)
    options.add_argument("--days", type=int, default=20, help="half days learned of each doctor (default 20)")
    options.add_argument("--seed", type=int, default=20261123)
    chosen = options.parse_args()
    rng = Random(chosen.seed)
    staff = doctors(rng, chosen.doctors)
    history = [[clinic(rng, doctor) for _ in range(chosen.days)] for doctor in staff]
    days = [[waiting.observed([at for _, at in day], start=OPENS) for day in one] for one in history]
    known = [[day for day in one if day is not None] for one in days]
    asked = [a for i, d in enumerate(staff) for _ in range(5) for a in questions(rng, clinic(rng, d), d, i)]
    gaps = [(b[1] - a[1]).total_seconds() / 60 for one in history for day in one for a, b in pairwise(day)]
    mean = statistics.mean(gaps)
    print(f"{len(asked):,} questions in {chosen.doctors * 5} half days of {chosen.doctors} doctors; minutes, percent")
    print(f"  {'':<44}{'median':>10}{'90th':>10}{'in range':>10}{'width':>10}")
    plain, plain_inside = row("plain average of the hospital", average(mean), asked)
    row("plain average with the half hour", not_before(average(mean)), asked)
    row("half day so far with the half hour", not_before(today(mean)), asked)
    row("ours, nothing learned yet", ours(learned([[] for _ in staff], staff)), asked)
    row("ours, three half days", ours(learned([one[:3] for one in known], staff)), asked)
    best, inside = row(f"ours, {chosen.days} half days", ours(learned(known, staff)), asked)
    print(
        f"queue: ours {best:.1f} min, {inside:.1f}% in range (aim 80) · "
        f"plain average {plain:.1f} min, {plain_inside:.1f}% in range"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
