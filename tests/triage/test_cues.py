"""Age, sex, pregnancy and duration in patients' words."""

from __future__ import annotations

import pytest

from bot.triage.cues import parse_age, parse_age_months, parse_duration, parse_pregnant, parse_sex


@pytest.mark.parametrize(
    ("text", "age"),
    [("34", 34), ("我今年三十四岁", 34), ("男，27岁。", 27), ("20多岁", 20), ("二十八周岁", 28), ("六十多岁的老人", 60),
     ("宝宝3个月大", 0), ("孩子5岁零3个月", 5), ("一百二十岁", 120), ("150岁", None), ("咳嗽三个月", None),
     ("怀孕6个月", None), ("不知道", None), ("", None)],
)  # fmt: skip
def test_age_in_years(text: str, age: int | None) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize(
    ("text", "months"),
    [("宝宝3个月大", 3), ("新生儿", 0), ("刚满月的娃", 0), ("8个月宝宝发烧", 8), ("出生20天", 0), ("半岁宝宝", 6), ("孩子两个月", 2), ("34", None)],
)  # fmt: skip
def test_age_in_months(text: str, months: int | None) -> None:
    assert parse_age_months(text) == months


@pytest.mark.parametrize(
    ("text", "sex"),
    [("男", "m"), ("女", "f"), ("我是男的", "m"), ("女士", "f"), ("我老婆", "f"), ("我儿子", "m"), ("怀孕三个月", "f"), ("男科", None), ("头疼", None)],
)  # fmt: skip
def test_sex(text: str, sex: str | None) -> None:
    assert parse_sex(text) == sex


@pytest.mark.parametrize(
    ("text", "days"),
    [("三天了", 3), ("咳嗽两周", 14), ("一个半月", 45), ("昨天开始", 1), ("3月5号", None), ("半年", 182.5), ("疼", None)],
)  # fmt: skip
def test_duration_in_days(text: str, days: float | None) -> None:
    assert parse_duration(text) == days


def test_pregnancy_is_said_denied_or_not_spoken_of() -> None:
    assert parse_pregnant("怀孕三个月了") is True
    assert parse_pregnant("没怀孕") is False
    assert parse_pregnant("正在备孕") is False
    assert parse_pregnant("头疼") is None


def test_two_and_three_in_one_character_are_months_of_age() -> None:
    assert parse_age_months("宝宝俩月大") == 2
    assert parse_age_months("孩子仨月") == 3
