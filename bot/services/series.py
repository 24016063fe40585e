"""One laboratory item over time, honestly: another unit is another series, `<0.5` stays `<0.5`."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.his.port import Observation

NUMBER = re.compile(r"([<>≤≥]?)\s*(-?\d{1,9}(?:\.\d{1,6})?)", re.ASCII)


@dataclass(frozen=True)
class Point:
    """One measurement, naive UTC. `value` None where words were printed; `bound` "<" or ">" = beyond what is measured.

    `low`/`high` are that day's range in that day's unit: laboratories change them.
    """

    moment: datetime
    printed: str = field(repr=False)
    value: float | None = field(repr=False)
    bound: str
    unit: str
    low: float | None
    high: float | None
    reference: str
    flag: str = field(repr=False)
    ref: str


@dataclass(frozen=True)
class Series:
    """Points of one unit, oldest first."""

    unit: str
    points: tuple[Point, ...]

    @property
    def plotted(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.value is not None)


@dataclass(frozen=True)
class Trend:
    """One item of one card; the series measured last stands first. `held_back` results wait for a doctor."""

    ref: str
    code: str
    name: str
    masked_name: str
    series: tuple[Series, ...] = field(repr=False)
    held_back: int = 0


def point(moment: datetime, item: Observation, ref: str) -> Point:
    """A line of a report as a point of its trend."""
    bound, value = _read(item.value)
    return Point(moment, item.value, value, bound, item.unit, item.low, item.high, item.reference, item.flag, ref)


def by_unit(points: Iterable[Point]) -> tuple[Series, ...]:
    """Series by unit. μ and µ are one sign; mg/dL and mmol/L are never put on one scale."""
    found: dict[str, list[Point]] = defaultdict(list)
    for each in sorted(points, key=lambda each: (each.moment, each.ref)):
        found[unicodedata.normalize("NFKC", each.unit).strip()].append(each)
    newest_first = sorted(found.values(), key=lambda each: each[-1].moment, reverse=True)
    return tuple(Series(each[-1].unit, tuple(each)) for each in newest_first)


def _read(printed: str) -> tuple[str, float | None]:
    """`<0.5` → ("<", 0.5), `7.2` → ("", 7.2), `阴性` → ("", None)."""
    found = NUMBER.fullmatch(unicodedata.normalize("NFKC", printed).strip())
    if found is None:
        return "", None
    return found[1].replace("≤", "<").replace("≥", ">"), float(found[2])
