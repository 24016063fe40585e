"""What a message says as a whole: bounded, and a rule that all of it speaks against is told softer."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from bot.triage import redflags
from bot.triage.interview import level
from bot.triage.redflags import engine, weighing, whole
from bot.triage.redflags.measures import measure
from bot.triage.story import Story
from bot.triage.text import normalise


@pytest.mark.parametrize(
    ("lengths", "first", "end", "read"),
    [
        ([10, 10, 10], 1, 2, (0, 3)),
        ([100, 10, 100], 1, 2, (0, 2)),
        ([10, 300, 10], 1, 2, (1, 2)),
        ([60] * 5, 2, 3, (1, 3)),
    ],
)
def test_as_much_is_read_together_as_may_be(lengths: list[int], first: int, end: int, read: tuple[int, int]) -> None:
    assert whole.around(lengths, first, end) == read


def test_it_adds_and_takes_no_more_than_it_may() -> None:
    for text in ("突然胸口压着疼，一身冷汗", "周五上午骨科还有号吗", "", "a", "𠮷野家"):
        assert whole.LIGHTER <= whole.lean(*text.split("，")).adds <= whole.HEAVIER


def weight(text: str) -> weighing.Load:
    normal = normalise(text)
    return weighing.weigh(normal, measure(normal), fully=True)


def light(load: float) -> object:
    return patch.object(engine, "weigh", lambda *_, **__: weighing.Load(load, whole=True))


def test_a_rule_that_everything_else_speaks_against_is_doubted_and_for_today() -> None:
    text = "大夫问过有没有吐血，黑便"
    assert redflags.by_rules(text)
    with light(engine.AGAINST - 1):  # type: ignore[attr-defined]
        found = redflags.check(text)
        assert (found.red_flag, found.doubted, found.rules) == (False, True, ())
        assert found.words
        assert level(Story(words=text)) in {"urgent", "emergency"}
    with light(engine.AGAINST + 1):  # type: ignore[attr-defined]
        assert redflags.check(text).red_flag


@pytest.mark.parametrize(
    "text", ["我不想活了，药都准备好了", "吃了花生嘴肿喘不上气", "宝宝两个月烧到38度5", "孩子把纽扣电池吞了"]
)
def test_what_one_word_may_tell_needs_far_more_to_be_doubted(text: str) -> None:
    with light(engine.AGAINST - 1):  # type: ignore[attr-defined]
        assert redflags.check(text).red_flag


def test_a_long_text_is_never_doubted() -> None:
    text = "我想问一下周五的号。" * 20 + "吐血了，黑便"
    assert not weight(text).whole
    assert redflags.check(text).red_flag
