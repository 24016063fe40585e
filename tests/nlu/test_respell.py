"""Pinyin, misheard and dialect words about time, and where in the text they stood."""

from __future__ import annotations

import time
from datetime import date

import pytest

from bot.nlu import dates, times
from bot.nlu.respell import respell

SATURDAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("mingtian shangwu guahao", "明天 上午 guahao"),
        ("xia zhou san", "下周三"),
        ("dahoutian xiawu 3dian", "大后天 下午 3点"),
        ("下舟三", "下周三"),
        ("名天尚午九点办", "明天上午九点半"),
        ("后儿个", "后天"),
        ("廿六号", "二十六号"),
        ("下拜五", "下礼拜五"),
    ],
)
def test_an_odd_spelling_reads_as_the_plain_word(typed: str, plain: str) -> None:
    assert respell(typed).text == plain


@pytest.mark.parametrize("typed", ["拜拜", "拜托", "以后儿子", "明朝历史", "shangwuting", "天气后天", "九点办理"])
def test_other_words_stay_as_they_are(typed: str) -> None:
    assert respell(typed).text == typed


def test_a_span_points_at_what_was_typed() -> None:
    text = "挂mingtian xiawu的号"
    [day], [period] = dates.find(text, SATURDAY), times.find(text)
    assert (text[day.start : day.end], day.value) == ("mingtian", "2026-11-22")
    assert (text[period.start : period.end], period.value) == ("xiawu", "pm")


@pytest.mark.parametrize("piece", ["mingtian ", "今天现在", "m i n g ", "下周 3", "一二三四五"])
def test_a_long_text_costs_no_more_than_its_length(piece: str) -> None:
    def seconds(count: int) -> float:
        began = time.thread_time()
        dates.find(piece * count, SATURDAY)
        return time.thread_time() - began

    few, many = (min(seconds(count) for _ in range(3)) for count in (80, 800))
    assert many < 10 * 4 * max(few, 0.002)
