"""How long until my number is called: a range for one patient, from this doctor's half days and from today. Pure.

Three things are blended, each weighed by how much is known of it: the habit of this doctor in this half of the day
(`learn`), the calls of today so far, and when one's own half hour begins. A wait is the rest of the visit inside plus
one visit for everybody ahead, of whom a share does not come. Its mean and variance follow from the habit (visits differ
within a half day, half days differ from each other); the range is the gamma distribution with these two, from its
tenth to its ninetieth percentile: eight patients in ten should be called within it. `make bench-queue` measures that.
Minutes are floats, moments naive UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil, floor, sqrt
from statistics import median

TAIL = 1.2816  # standard deviations to the tenth and the ninetieth percentile
SHORT = 0.3  # a gap below this share of the half day's usual one: nobody came in
BREAK, BREAK_MINUTES = 3.0, 15.0  # a gap beyond this many usual ones, and these minutes, is a break or an empty room
FEWEST_CALLS = 4  # a half day with fewer says nothing
KNOWN_DAYS, KNOWN_GAPS = 3, 3  # half days, or gaps of today, from which on we trust ourselves
DAY_DRIFT = 0.18  # how far one doctor's half days lie from each other, before his own are known
HABIT_WEIGHT, DRIFT_WEIGHT, SPREAD_WEIGHT = 0.5, 4.0, 2.0  # half days that what is known beforehand is worth
RESIDUAL = 0.4  # of a usual visit is still to come when the visit inside lasts longer than usual


@dataclass(frozen=True)
class HalfDay:
    """One half day of one doctor as observed from its calls; sums of minutes, nothing of any patient."""

    seen: int
    minutes: float
    squares: float
    absent: int
    absent_minutes: float
    delay: float  # from the planned start to the first call


@dataclass(frozen=True)
class Habit:
    """What to expect of a half day. `spread` and `drift` are shares of the pace; `days` is what it was learned from."""

    pace: float
    spread: float = 0.6
    drift: float = 0.45
    absent: float = 0.05
    absent_minutes: float = 1.0
    delay: float = 5.0
    delay_spread: float = 8.0
    days: int = 0


@dataclass(frozen=True)
class Line:
    """Where one patient stands: those who wait ahead, the calls of the half day so far, and his own half hour."""

    now: datetime
    ahead: int
    calls: Sequence[datetime]
    slot_start: datetime
    capacity: int  # places of the half hour
    early: float  # minutes before his half hour from which on a patient may be called


@dataclass(frozen=True)
class Wait:
    """Minutes from now: one in ten is called before `low`, half before `middle`, one in ten after `high`."""

    low: int
    middle: int
    high: int


def observed(calls: Sequence[datetime], *, start: datetime) -> HalfDay | None:
    """Sum up one half day; None when there were too few calls to say anything."""
    if len(calls) < FEWEST_CALLS:
        return None
    visits, absent = _told_apart(_gaps(calls))
    delay = max(_minutes(start, calls[0]), 0.0)
    return HalfDay(len(visits), sum(visits), sum(v * v for v in visits), len(absent), sum(absent), delay)


def planned(minutes: float) -> Habit:
    """What to expect of a doctor of whom nothing is known but his timetable."""
    return Habit(pace=minutes)


def learn(days: Sequence[HalfDay], *, before: Habit) -> Habit:
    """The habit that these half days show, on top of what was expected `before`; no days = `before`."""
    days = [day for day in days if day.seen]
    if not days:
        return before
    count, seen = len(days), sum(day.seen for day in days)
    raw = sum(day.minutes for day in days) / seen
    spread = _mixed(_spread(days, raw), count, before.spread, SPREAD_WEIGHT)
    drift = _mixed(_drift(days, raw, spread), count - 1, DAY_DRIFT, DRIFT_WEIGHT)
    absent = sum(day.absent for day in days)
    delays = [day.delay for day in days]
    return Habit(
        pace=_mixed(raw, count, before.pace, HABIT_WEIGHT),
        spread=spread,
        drift=drift * sqrt(1 + 1 / (count + HABIT_WEIGHT)),
        absent=(absent + before.absent * 20) / (absent + seen + 20),
        absent_minutes=(sum(day.absent_minutes for day in days) + before.absent_minutes * 3) / (absent + 3),
        delay=_mixed(sum(delays) / count, count, before.delay, SPREAD_WEIGHT),
        delay_spread=_mixed(_deviation(delays), count, before.delay_spread, SPREAD_WEIGHT),
        days=count,
    )


def knows(habit: Habit, line: Line) -> bool:
    """Whether there is more behind an estimate than a timetable."""
    return habit.days >= KNOWN_DAYS or len(line.calls) > KNOWN_GAPS


def estimate(habit: Habit, line: Line) -> Wait:
    """When this patient is called, at the earliest his half hour allows."""
    pace, doubt = _today(habit, _told_apart(_gaps(line.calls))[0])
    wait = _range(habit, line.ahead, pace, doubt, *_rest(habit, line, pace))
    # If the room would be empty before his half hour, he shares it with some of those ahead: any number is as likely.
    own = min(line.ahead, max(line.capacity - 1, 0))
    shared = _range(habit, own / 2, pace, doubt, 0.0, (own * pace) ** 2 / 12)
    opens = _minutes(line.now, line.slot_start) - line.early
    low, middle, high = (max(w, opens + s) for w, s in zip(wait, shared, strict=True))
    return Wait(max(floor(low), 0), max(round(middle), 0), max(ceil(high), floor(low) + 1, 1))


def _range(
    habit: Habit, ahead: float, pace: float, doubt: float, rest: float, rest_variance: float
) -> tuple[float, float, float]:
    """Tenth, fiftieth and ninetieth percentile of the rest inside plus a visit for each one ahead."""
    come = 1 - habit.absent
    one = come * pace + habit.absent * habit.absent_minutes
    visits = come * (habit.spread * pace) ** 2 + habit.absent * come * (pace - habit.absent_minutes) ** 2
    mean = rest + ahead * one
    variance = rest_variance + ahead * visits + (ahead * come) ** 2 * doubt
    return _gamma(mean, variance, -TAIL), _gamma(mean, variance, 0.0), _gamma(mean, variance, TAIL)


def _gamma(mean: float, variance: float, z: float) -> float:
    """A quantile of the gamma distribution by its mean and variance (Wilson and Hilferty, 1931)."""
    if mean <= 0:
        return 0.0
    ninth = variance / (9 * mean * mean)
    return float(mean * max(1 - ninth + z * sqrt(ninth), 0.0) ** 3)


def _today(habit: Habit, visits: Sequence[float]) -> tuple[float, float]:
    """Today's pace and how uncertain it is (variance): habit and today's visits, each by its weight."""
    before = (habit.drift * habit.pace) ** 2
    if not visits:
        return habit.pace, before
    noise = (habit.spread * habit.pace) ** 2 / len(visits)
    weight = before / (before + noise)
    return habit.pace + weight * (sum(visits) / len(visits) - habit.pace), before * (1 - weight)


def _rest(habit: Habit, line: Line, pace: float) -> tuple[float, float]:
    """Minutes until the next call, and their variance."""
    if not line.calls:
        return max(_minutes(line.now, line.slot_start), 0.0) + habit.delay, habit.delay_spread**2
    left = pace - _minutes(line.calls[-1], line.now)
    return max(left, RESIDUAL * pace), (habit.spread * pace) ** 2


def _gaps(calls: Sequence[datetime]) -> list[float]:
    return [_minutes(sooner, later) for sooner, later in pairwise(calls)]


def _told_apart(gaps: Sequence[float]) -> tuple[list[float], list[float]]:
    """Visits, with breaks cut to the longest believable one, and gaps in which nobody came in."""
    if not gaps:
        return [], []
    usual = median(gaps)
    longest = max(BREAK * usual, BREAK_MINUTES)
    visits = [min(gap, longest) for gap in gaps if gap >= SHORT * usual]
    return visits, [gap for gap in gaps if gap < SHORT * usual]


def _spread(days: Sequence[HalfDay], pace: float) -> float:
    """How visits of one half day differ, as a share of the pace."""
    free = sum(day.seen - 1 for day in days)
    inside = sum(day.squares - day.minutes**2 / day.seen for day in days)
    return sqrt(max(inside, 0.0) / free) / pace if free > 0 else Habit.spread


def _drift(days: Sequence[HalfDay], pace: float, spread: float) -> float:
    """How half days differ beyond what their few visits explain, as a share of the pace."""
    if len(days) < 2:  # noqa: PLR2004 - one tells no difference
        return DAY_DRIFT
    means = [day.minutes / day.seen for day in days]
    chance = sum((spread * pace) ** 2 / day.seen for day in days) / len(days)
    return sqrt(max(_deviation(means) ** 2 - chance, 0.0)) / pace


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1))


def _mixed(found: float, count: float, before: float, weight: float) -> float:
    return (found * count + before * weight) / (count + weight)


def _minutes(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 60
