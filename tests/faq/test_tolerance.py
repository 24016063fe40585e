"""What a patient types is seldom what an entry says: keywords, synonyms, slips, pinyin, other scripts, junk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.ports import Ports

First = Callable[[str], "int | None"]


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("党参", "高血压能吃党参吗"),
        ("阿司匹林", "阿司匹林要饭前吃还是饭后吃"),
        ("糖尿病", "糖尿病人能吃西瓜吗"),
        ("gxy", "高血压能吃党参吗"),
        ("GXY", "高血压能吃党参吗"),
        ("ymlgj", "幽门螺杆菌会传染给家人吗"),
        ("tnb", "糖尿病人能吃西瓜吗"),
        ("gaoxueya", "高血压能吃党参吗"),
        ("ganmao", "感冒多久能好"),
        ("高血壓可以吃黨參嗎", "高血压能吃党参吗"),
        ("幽門螺桿菌", "幽门螺杆菌会传染给家人吗"),
        ("感帽", "感冒多久能好"),
        ("阿斯匹林饭前吃吗", "阿司匹林要饭前吃还是饭后吃"),
        ("唐尿病能不能吃西瓜", "糖尿病人能吃西瓜吗"),
        ("小孩高热怎么处理", "孩子发烧到39度怎么办"),
        ("宝宝发热39度咋办", "孩子发烧到39度怎么办"),
        ("伤风几天能好", "感冒多久能好"),
        ("患糖尿病可以食用西瓜么", "糖尿病人能吃西瓜吗"),
    ],
)
def test_other_words_for_the_same_thing_find_it(ids: dict[str, int], first: First, typed: str, question: str) -> None:
    assert first(typed) == ids[question]


@pytest.mark.parametrize(
    "typed",
    [
        'AND OR NEAR * " ( )',
        '感冒" OR "1"="1',
        "question:感冒 AND (answer:*)^9",
        "感冒 NOT 好",
        "'; DROP TABLE faq_entry; --",
        "感冒😀多久🤧能好",
        "\x00感冒\u200b多久",
        "％＿感冒",
        "感" * 10_000,
        "感冒多久能好" * 2000,
        "a" * 10_000,
        "\ud83d感冒",
    ],
)
@pytest.mark.usefixtures("ids")
def test_no_sign_is_an_operator_and_no_length_too_long(ports: Ports, typed: str) -> None:
    hits = ports.faq.search(typed, top=3)
    assert len(hits) <= 3
    assert all(score >= 0 for _, score in hits)


def test_signs_around_a_question_change_nothing(ports: Ports, ids: dict[str, int]) -> None:
    plain = ports.faq.search("感冒多久能好", top=3)
    assert plain[0][0] == ids["感冒多久能好"]
    assert ports.faq.search('（感冒 多久 能好）??? *"~😀', top=1)[0][0] == plain[0][0]


@pytest.mark.parametrize("typed", ["xqz", "zzzz", "股票行情", "帮我写一首诗", "你叫什么名字呀", "明天会下雨吗"])
@pytest.mark.usefixtures("ids")
def test_what_no_entry_is_about_finds_nothing(first: First, typed: str) -> None:
    assert first(typed) is None


def test_a_whole_story_finds_what_it_asks_and_not_what_it_tells(ids: dict[str, int], first: First) -> None:
    story = "医生您好，我最近一直在外地出差，今天早上起来家人说查出来幽门螺杆菌阳性，我现在很担心，请问这个会传染给家人吗，谢谢医生"
    assert first(story) == ids["幽门螺杆菌会传染给家人吗"]
