"""What children and old people are called at home goes; the same words as food and things stay."""

from __future__ import annotations

import pytest

from bot.faq import deidentify


def cleaned(text: str) -> str:
    return deidentify.scrub(text, names=(), doctors=())[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("芝麻妈妈，结果正常", "芝麻"),
        ("布丁发热两天了", "布丁"),
        ("年糕今天能出院吗", "年糕"),
        ("我家豆芽又咳了", "豆芽"),
        ("给柚子喂了半包", "柚子"),
        ("胖虎摔了一跤", "胖虎"),
        ("我侄子二狗腿断了", "二狗"),
        ("萝卜他奶问几点查房", "萝卜"),
    ],
)
def test_what_children_are_called_at_home_goes(text: str, name: str) -> None:
    assert name not in cleaned(text)


@pytest.mark.parametrize(
    "text",
    [
        "芒果过敏怎么办",
        "西瓜发烧能吃吗",
        "可乐今天喝了一罐，要紧吗",
        "石头今天排出来了，还要复查吗",
        "我家苹果手机收不到短信",
        "我家馒头店的人要办健康证",
        "铁蛋白低要吃药吗",
        "大胖小子出生七斤八两",
        "二胎要查什么",
    ],
)
def test_the_same_words_as_food_and_things_stay(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("今天新生儿科文医生值班", "今天新生儿科某医生值班"),
        ("谢谢医生", "谢谢医生"),
        ("童安之女，听筛未过", "某某之女，听筛未过"),
        ("11.26出生，还没取名", "[日期]出生，还没取名"),
        ("白细胞11.2，入院前查的", "白细胞11.2，入院前查的"),
        ("今年12.5公斤", "今年12.5公斤"),
    ],
)
def test_departments_newborns_and_days_with_a_dot(text: str, clean: str) -> None:
    assert cleaned(text) == clean


def test_a_landmark_between_two_parts_of_an_address_goes_with_them() -> None:
    assert cleaned("住青阳县石桥镇古塔下面的大坪村") == "住[住址]"
