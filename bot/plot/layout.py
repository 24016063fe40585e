"""Where everything of a trend's drawing stands, in units of a 340 wide canvas; y grows downwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

WIDTH, HEIGHT = 340, 230
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 16, 30  # margins; the left one holds the numbers of the axis
TICKS = 4  # about so many numbers on the upright axis
DATES = 4  # at most so many under the flat one
SPARE = 0.08  # of the height stays free above and below
NEAR = timedelta(days=75)  # a shorter history is told in days, a longer one in months
SHANGHAI = timedelta(hours=8)
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Measured(Protocol):
    """What is drawn: bot.services.series.Point fits."""

    @property
    def moment(self) -> datetime: ...
    @property
    def value(self) -> float | None: ...
    @property
    def bound(self) -> str: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def flag(self) -> str: ...


@dataclass(frozen=True)
class Dot:
    """One measurement; `open` = beyond what is measured (<0.5), `out` = outside its range."""

    x: float
    y: float
    out: bool
    open: bool


@dataclass(frozen=True)
class Band:
    """A stretch of time with one reference range."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tick:
    """A number or a date and where it stands on its axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Plot:
    dots: tuple[Dot, ...]
    bands: tuple[Band, ...]
    numbers: tuple[Tick, ...]
    dates: tuple[Tick, ...]

    @property
    def line(self) -> str:
        """The dots joined, as SVG's `points`."""
        return " ".join(f"{dot.x:g},{dot.y:g}" for dot in self.dots)


def plot(points: Sequence[Measured]) -> Plot | None:
    """Lay out points of one unit, oldest first; None when no point has a number."""
    drawn = [point for point in points if point.value is not None]
    if not drawn:
        return None
    low, high, numbers = _scale(drawn)

    def y(value: float) -> float:
        share = (value - low) / (high - low)
        return round(HEIGHT - BOTTOM - min(max(share, 0), 1) * (HEIGHT - TOP - BOTTOM), 1)

    xs = _across([point.moment for point in drawn])
    dots = tuple(_dot(point, x, y(point.value or 0)) for point, x in zip(drawn, xs, strict=True))
    bands = _bands(drawn, xs, y, low, high)
    return Plot(dots, bands, tuple(Tick(y(value), label) for value, label in numbers), _dates(drawn, xs))


def _dot(point: Measured, x: float, y: float) -> Dot:
    return Dot(x, y, out=point.flag not in {"N", ""}, open=bool(point.bound))


def _across(moments: Sequence[datetime]) -> list[float]:
    """Times → x, in true proportion; a single one stands in the middle."""
    span = (moments[-1] - moments[0]).total_seconds()
    wide = WIDTH - LEFT - RIGHT - 2 * SPARE * WIDTH
    begin = LEFT + SPARE * WIDTH
    if span <= 0:
        return [round(begin + wide * (place + 1) / (len(moments) + 1), 1) for place in range(len(moments))]
    return [round(begin + wide * (moment - moments[0]).total_seconds() / span, 1) for moment in moments]


def _scale(points: Sequence[Measured]) -> tuple[float, float, list[tuple[float, str]]]:
    """Both ends of the upright axis and its round numbers: all values and both ends of the range are inside."""
    seen = [value for point in points for value in (point.value, point.low, point.high) if value is not None]
    lowest, highest = min(seen), max(seen)
    if lowest == highest:
        lowest, highest = lowest - (abs(lowest) or 1) * 0.5, highest + (abs(highest) or 1) * 0.5
    spare = (highest - lowest) * SPARE
    low = max(lowest - spare, 0.0) if lowest >= 0 else lowest - spare
    high = highest + spare
    step = _step((high - low) / TICKS)
    first, last = math.ceil(low / step), math.floor(high / step)
    decimals = len(f"{step:.9f}".rstrip("0").partition(".")[2])
    return low, high, [(n * step, f"{n * step:.{decimals}f}") for n in range(first, last + 1)]


def _step(rough: float) -> float:
    """The round step next above: 1, 2, 2.5 or 5 times a power of ten."""
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in STEPS if step * power >= rough * 0.999)


def _bands(
    points: Sequence[Measured], xs: Sequence[float], y: Callable[[float], float], low: float, high: float
) -> tuple[Band, ...]:
    """Each point's own range, from halfway to the one before to halfway to the next; open ends reach the edge."""
    edges = [float(LEFT), *((a + b) / 2 for a, b in pairwise(xs)), float(WIDTH - RIGHT)]
    bands: list[Band] = []
    for point, (begin, end) in zip(points, pairwise(edges), strict=True):
        if point.low is None and point.high is None:
            continue
        top, bottom = y(high if point.high is None else point.high), y(low if point.low is None else point.low)
        band = Band(round(begin, 1), top, round(end - begin, 1), round(bottom - top, 1))
        if band.width > 0 and band.height > 0:  # two tubes of one minute, or a range that contradicts itself
            _join(bands, band)
    return tuple(bands)


def _join(bands: list[Band], band: Band) -> None:
    """A range that did not change is one stretch."""
    last = bands[-1] if bands else None
    if last and (last.y, last.height) == (band.y, band.height) and abs(last.x + last.width - band.x) < 1:
        bands[-1] = Band(last.x, last.y, round(band.x + band.width - last.x, 1), last.height)
    else:
        bands.append(band)


def _dates(points: Sequence[Measured], xs: Sequence[float]) -> tuple[Tick, ...]:
    """The first, the last and some between, never so near that they touch."""
    near = points[-1].moment - points[0].moment < NEAR
    style = "%m-%d" if near else "%Y-%m"
    room = (WIDTH - LEFT - RIGHT) / DATES
    ticks: list[Tick] = []
    for point, x in sorted(zip(points, xs, strict=True), key=lambda each: each[1], reverse=True):
        if not ticks or ticks[-1].at - x >= room:
            ticks.append(Tick(x, (point.moment + SHANGHAI).strftime(style)))
    return tuple(reversed(ticks))
