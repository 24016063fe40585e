"""What everybody may read: the small size of gate-deidentify, and what must not go."""

from __future__ import annotations

import pytest

from bot.faq.deidentify import plain, scrub
from tests.gates import deidentify as gate


@pytest.mark.parametrize("half", gate.HALVES)
def test_planted_people_are_found_in_each_part_of_the_corpus(half: str) -> None:
    found = gate.score(gate.texts(half)[::2], seeds=1)
    assert {
        group: found.recall(group) for group, floor in gate.FLOORS.items() if found.recall(group) < floor - 0.05
    } == {}
    assert found.over <= 2 * gate.MOST_OVER


@pytest.mark.parametrize("name", gate.AS_WRITTEN)
def test_people_who_were_learnt_from_are_found_as_the_issue_asks(name: str) -> None:
    assert gate.as_written(name).good


def test_the_control_fails() -> None:
    with gate.uncleaned():
        assert not gate.score(gate.texts("open")[:40], seeds=1).good
        assert not gate.as_written("open").good


@pytest.mark.parametrize(
    "text",
    [
        "血压150/95，心率88，吃了硝苯地平控释片30mg，还是头晕怎么办",
        "甲状腺结节TI-RADS 3类，一年复查一次就好，不用吃药",
        "阿莫西林和头孢能一起吃吗，恩替卡韦别漏服",
        "白带发黄有异味，外阴痒，月经刚走三天",
        "老年人常年便秘，乳果糖可以天天喝吗",
        "宝宝咳嗽，爷爷奶奶带着，昨天开始拉肚子",
        "小时候得过水痘，现在又起了水泡",
    ],
)
def test_talk_of_an_illness_stays_word_for_word(text: str) -> None:
    assert scrub(text, names=(), doctors=()) == (text, ())


def test_every_mark_stands_where_it_says() -> None:
    text = "我叫李雷\r\n电话１３９\u200b ０００００ １１１，住桂花路88号3栋"
    cleaned, marks = scrub(text, names=["李雷"], doctors=())
    assert all(plain(text)[mark.start : mark.end] == mark.before for mark in marks)
    assert "李雷" not in cleaned
    assert "桂花路" not in cleaned


def test_twenty_thousand_characters_take_seconds_not_minutes() -> None:
    assert scrub("王建国说膝盖疼，" * 2500, names=(), doctors=())[0].count("膝盖疼") == 2500


def test_what_was_cleaned_stays_as_it_is_when_it_is_cleaned_again() -> None:
    cleaned = [outcome.cleaned for outcome in gate.as_written("second_open").outcomes]
    again = [mark for text in cleaned for mark in scrub(text, names=(), doctors=())[1]]
    assert sum("某" in text for text in cleaned) > 40
    assert [mark for mark in again if "某" in mark.before] == []


@pytest.mark.parametrize("text", ["早搏能喝浓茶和咖啡吗？", "不舒服找某某医生复诊。", "带雨伞来，给糖水喝"])
def test_things_that_go_together_are_no_people(text: str) -> None:
    assert scrub(text, names=(), doctors=())[0] == text
