"""Charts that are read at a glance, drawn on the server: bars with their numbers, days as columns. No script, no style.

Every chart stands beside a table of the same numbers (`_chart.html`), so the drawing itself is passed over by screen
readers. Sizes are units of the viewBox: 320 wide, the width of a small phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

WIDTH, TEXT = 320, 12  # units; the text's height
ROW, BAR = 30, 8  # a row has its words above its bar
COLUMNS_HIGH, FOOT, HEAD = 96, 18, 16
WIDEST_COLUMN, GAP = 24.0, 0.25  # of a day's place
LABELS = 5  # days named below the columns at most
LONGEST = 18  # characters of a label; the whole of it stands in the table


def bars(rows: Iterable[tuple[str, float, str]], *, full: float | None = None) -> Markup:
    """Lying bars, one a row: (label, value, how the value is said). `full`: what fills the width, else the longest."""
    drawn = list(rows)
    most = full or max((value for _label, value, _said in drawn), default=0) or 1
    parts = (part for n, row in enumerate(drawn) for part in _bar(n * ROW, *row, most=most))
    return _svg(max(len(drawn), 1) * ROW, parts)


def columns(points: Sequence[tuple[str, float | None]], *, unit: str = "", full: float | None = None) -> Markup:
    """Standing columns in the order of time: (label, value), None = nothing to tell. `full`: the full height."""
    highest = full or max((value or 0 for _label, value in points), default=0) or 1
    step = WIDTH / max(len(points), 1)
    parts = [_text(0, TEXT - 1, f"{_plain(highest)}{unit}", "axis"), *_frame()]
    for n, (_label, value) in enumerate(points):
        parts += _column(n * step, step, (value or 0) / highest)
    parts += _days(points, step)
    return _svg(HEAD + COLUMNS_HIGH + FOOT, parts)


def _bar(top: int, label: str, value: float, said: str, *, most: float) -> Iterator[Markup]:
    short = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
    yield _text(0, top + TEXT, short, "name")
    yield _text(WIDTH, top + TEXT, said, "value")
    yield _rect("track", 0, top + TEXT + 5, WIDTH, BAR)
    yield _rect("fill", 0, top + TEXT + 5, WIDTH * value / most, BAR)


def _frame() -> Iterator[Markup]:
    line = Markup('<line class="{}" x1="0" x2="{}" y1="{}" y2="{}"/>').format
    yield line("guide", WIDTH, HEAD, HEAD)
    yield line("ground", WIDTH, HEAD + COLUMNS_HIGH, HEAD + COLUMNS_HIGH)


def _column(left: float, step: float, part: float) -> Iterator[Markup]:
    width = min(WIDEST_COLUMN, step * (1 - GAP))
    high = COLUMNS_HIGH * min(part, 1)
    if high > 0:
        yield _rect("fill", left + (step - width) / 2, HEAD + COLUMNS_HIGH - high, width, high)


def _days(points: Sequence[tuple[str, float | None]], step: float) -> Iterator[Markup]:
    """The first day, the last, and some between, each below its column."""
    every = max(1, math.ceil((len(points) - 1) / (LABELS - 1))) if points else 1
    last = len(points) - 1
    for n in range(last, -1, -every):
        place = "name" if n < every and n * step < TEXT else "value" if n == last else "middle"
        at = 0 if place == "name" else WIDTH if place == "value" else (n + 0.5) * step
        yield _text(at, HEAD + COLUMNS_HIGH + FOOT - 4, points[n][0], place)


def _svg(height: float, parts: Iterable[Markup]) -> Markup:
    begin = Markup('<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">')
    return begin.format(WIDTH, _plain(height)) + Markup("").join(parts) + Markup("</svg>")


def _rect(name: str, x: float, y: float, width: float, height: float) -> Markup:
    made = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>')
    return made.format(name, *(_plain(each) for each in (x, y, width, height)))


def _text(x: float, y: float, words: str, name: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(name, _plain(x), _plain(y), words)


def _plain(number: float) -> str:
    """Without a long tail: 12, 12.5."""
    return f"{number:.1f}".rstrip("0").rstrip(".")
