"""Where things stand in a drawing, for any values that a laboratory could print."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.plot.layout import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, plot
from bot.plot.picture import latin, png

BEGIN = datetime(2024, 1, 5)


@dataclass(frozen=True)
class Point:
    moment: datetime
    value: float | None
    low: float | None = None
    high: float | None = None
    flag: str = "N"
    bound: str = ""


numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 4))
ends = st.none() | numbers
visits = st.builds(Point, st.integers(0, 1100).map(lambda days: BEGIN + timedelta(days=days)), numbers, ends, ends)


def ordered(points: list[Point]) -> list[Point]:
    return sorted(points, key=lambda point: point.moment)


@settings(max_examples=300, deadline=None)
@given(st.lists(visits, min_size=1, max_size=24).map(ordered))
def test_everything_stands_inside_and_in_order(points: list[Point]) -> None:
    drawn = plot(points)
    assert drawn is not None
    assert len(drawn.dots) == len(points)
    assert all(LEFT <= dot.x <= WIDTH - RIGHT and TOP <= dot.y <= HEIGHT - BOTTOM for dot in drawn.dots)
    assert [dot.x for dot in drawn.dots] == sorted(dot.x for dot in drawn.dots)
    assert 2 <= len(drawn.numbers) <= 9
    assert len({tick.label for tick in drawn.numbers}) == len(drawn.numbers)
    assert [tick.at for tick in drawn.numbers] == sorted((tick.at for tick in drawn.numbers), reverse=True)
    assert 1 <= len(drawn.dates) <= 4
    for band in drawn.bands:
        assert band.width > 0
        assert band.height > 0
        assert band.x >= LEFT
        assert band.x + band.width <= WIDTH - RIGHT + 0.2


@settings(max_examples=100, deadline=None)
@given(st.lists(visits, min_size=2, max_size=12).map(ordered))
def test_a_larger_value_never_stands_lower(points: list[Point]) -> None:
    drawn = plot(points)
    assert drawn is not None
    by_value = sorted(zip((point.value or 0 for point in points), (dot.y for dot in drawn.dots), strict=True))
    assert [y for _, y in by_value] == sorted((y for _, y in by_value), reverse=True)


def test_one_end_of_a_range_reaches_the_edge() -> None:
    below = plot([Point(BEGIN, 4.0, None, 5.2)])
    above = plot([Point(BEGIN, 80.0, 60.0, None)])
    assert below is not None
    assert above is not None
    assert below.bands[0].y + below.bands[0].height == HEIGHT - BOTTOM
    assert above.bands[0].y == TOP


def test_nothing_but_words_is_no_drawing() -> None:
    assert plot([]) is None
    assert plot([Point(BEGIN, None)]) is None


@pytest.mark.parametrize(("days", "label"), [(9, "01-14"), (700, "2025-12")])
def test_a_short_history_is_told_in_days(days: int, label: str) -> None:
    drawn = plot([Point(BEGIN, 1.0), Point(BEGIN + timedelta(days=days), 2.0)])
    assert drawn is not None
    assert drawn.dates[-1].label == label


@pytest.mark.parametrize(
    ("unit", "drawn"),
    [("μmol/L", "umol/L"), ("\u00b5g/L", "ug/L"), ("mL/min/1.73m²", "mL/min/1.73m2"), ("次", ""), ("", "")],
)
def test_a_unit_is_drawn_in_letters_that_the_font_has(unit: str, drawn: str) -> None:
    assert latin(unit) == drawn


def test_the_picture_is_what_the_layout_says() -> None:
    drawn = plot([Point(BEGIN, 9.0, 3.9, 6.1, "H"), Point(BEGIN + timedelta(days=90), 5.0, 3.9, 6.1)])
    assert drawn is not None
    image = Image.open(io.BytesIO(png(drawn, unit="mmol/L")))
    assert image.size == (WIDTH * 3, HEIGHT * 3)
    first, second = (image.getpixel((int(dot.x * 3), int(dot.y * 3))) for dot in drawn.dots)
    assert first == (0xC6, 0x28, 0x28)
    assert second == (0x07, 0x83, 0x4A)
    assert image.info == {}
