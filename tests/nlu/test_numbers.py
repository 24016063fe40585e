from __future__ import annotations

import pytest

from bot.nlu import numbers
from bot.nlu.numerals import number
from bot.nlu.text import fold

AGES = [
    ("35岁", 35), ("我妈六十多了", 60), ("七十几岁的老人", 70), ("三个月大", 0.25), ("8个月的宝宝", 0.67),
    ("一岁半", 1.5),
    ("今年35", 35), ("女,35", 35), ("25，女", 25), ("1岁3个月", 1.25), ("出生20天", 0.05),
]  # fmt: skip
NO_AGES = ["200岁", "35号", "三年级", "六十多块", "两天了", "35度"]
DURATIONS = [
    ("两天了", 2), ("半个月", 15), ("三四天", 4), ("3-5天", 5), ("十几天", 15), ("半小时", 0.02),
    ("一个半月", 45),
    ("2个多月", 60), ("昨天开始发烧", 1), ("三天前", 3),
]  # fmt: skip
NO_DURATIONS = ["一天三次", "三天后", "三年级", "2026年", "5天内", "三个月大"]


@pytest.mark.parametrize(("text", "years"), AGES)
def test_an_age_in_years(text: str, years: float) -> None:
    assert [s.value for s in numbers.find(fold(text)) if s.entity == "age"] == [years]


@pytest.mark.parametrize("text", NO_AGES)
def test_what_is_no_age(text: str) -> None:
    assert [s for s in numbers.find(fold(text)) if s.entity == "age"] == []


@pytest.mark.parametrize(("text", "days"), DURATIONS)
def test_a_duration_in_days(text: str, days: float) -> None:
    assert [s.extra["days"] for s in numbers.find(fold(text)) if s.entity == "duration"] == [days]


@pytest.mark.parametrize("text", NO_DURATIONS)
def test_what_is_no_duration(text: str) -> None:
    assert [s for s in numbers.find(fold(text)) if s.entity == "duration"] == []


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("女，35岁", ["f"]),
        ("我是男的", ["m"]),
        ("我女儿", ["f"]),
        ("男科在哪", []),
        ("女医生", []),
        ("男女都行", []),
    ],
)
def test_the_sex_of_the_patient(text: str, sex: list[str]) -> None:
    assert [s.value for s in numbers.find(fold(text)) if s.entity == "sex"] == sex


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二十五", 25),
        ("十", 10),
        ("两百零五", 205),
        ("一千零一十", 1010),
        ("28", 28),
        ("二八", 28),
        ("十百", None),
        ("", None),
    ],
)
def test_numerals(text: str, value: int | None) -> None:
    assert number(text) == value
