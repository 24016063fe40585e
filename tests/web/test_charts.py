"""Charts as SVG: the numbers as lengths, the words as text, and nothing that the page's policy would stop."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from bot.web.console import charts


def parts(drawn: Markup, name: str) -> list[ET.Element]:
    return [one for one in ET.fromstring(str(drawn)).iter() if one.get("class") == name]


def test_a_bar_is_as_long_as_its_share_of_the_longest() -> None:
    drawn = charts.bars([("挂号", 40, "40 位"), ("停车", 10, "10 位")])
    assert [float(one.get("width", 0)) for one in parts(drawn, "fill")] == [320, 80]
    assert [one.text for one in parts(drawn, "value")] == ["40 位", "10 位"]


def test_a_share_is_drawn_against_the_whole() -> None:
    assert [float(one.get("width", 0)) for one in parts(charts.bars([("骨科", 0.5, "50%")], full=1), "fill")] == [160]


def test_a_column_is_as_high_as_its_share_of_the_highest_and_nothing_is_no_column() -> None:
    drawn = charts.columns([("1", 4), ("2", None), ("3", 0), ("4", 1)])
    assert [float(one.get("height", 0)) for one in parts(drawn, "fill")] == [96, 24]
    assert [one.text for one in parts(drawn, "axis")] == ["4"]


def test_a_rate_is_drawn_against_the_whole() -> None:
    drawn = charts.columns([("1", 25.0)], unit="%", full=100)
    assert [float(one.get("height", 0)) for one in parts(drawn, "fill")] == [24]
    assert parts(drawn, "axis")[0].text == "100%"


@pytest.mark.parametrize("days", [1, 2, 7, 30, 90])
def test_days_are_named_without_running_into_each_other(days: int) -> None:
    drawn = charts.columns([(f"11/{n + 1}", 1) for n in range(days)])
    named = [*parts(drawn, "middle"), *parts(drawn, "value"), *parts(drawn, "name")]
    places = sorted(float(one.get("x", 0)) for one in named)
    assert 1 <= len(places) <= charts.LABELS
    assert all(after - before >= 40 for before, after in pairwise(places))
    assert f"11/{days}" in [one.text for one in named]


@pytest.mark.parametrize("drawn", [charts.bars([]), charts.columns([]), charts.bars([("无", 0, "0")])])
def test_of_nothing_there_is_an_empty_drawing(drawn: Markup) -> None:
    assert [one for one in parts(drawn, "fill") if float(one.get("width", 0))] == []


def test_words_are_words_and_nothing_is_styled_in_place() -> None:
    drawn = charts.bars([("<script>\"'", 1, "<b>")])
    assert "<script>" not in drawn
    assert parts(drawn, "value")[0].text == "<b>"
    assert not re.search(r"style=|<style|on\w+=", str(drawn))


def test_a_long_name_is_cut_and_whoever_reads_aloud_hears_the_table_instead() -> None:
    drawn = charts.bars([("长" * 40, 1, "1")])
    assert len(parts(drawn, "name")[0].text or "") == charts.LONGEST
    assert 'aria-hidden="true"' in drawn
