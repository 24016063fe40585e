"""Folding keeps the way back to what was typed."""

from __future__ import annotations

import random

import pytest

from bot.errors import ConfigError
from bot.triage.pattern import expand
from bot.triage.text import normalise


def test_width_case_traditional_and_noise_are_folded() -> None:
    assert normalise("ＣＴ　檢 查🙏，３８．５℃").text == "ct检查38.5度"


def test_every_kept_character_stands_where_it_stood() -> None:
    pick = random.Random(3)
    for _ in range(200):
        text = "".join(pick.choices("胸口疼 ，。😭\u200bＡ3.5/痛、\n檢", k=30))
        normal = normalise(text)
        for at, char in enumerate(normal.text):
            assert normalise(normal.original[normal.offset(at)]).text in (char, ""), (text, at)


def test_words_are_given_back_as_typed() -> None:
    normal = normalise("我胸 口❤疼")
    assert normal.words(1, 4) == "胸 口❤疼"


def test_commas_end_clauses_and_full_stops_sentences() -> None:
    normal = normalise("头疼，恶心。没吐 肚子疼")
    assert [normal.clause(at) for at in (0, 2, 4, 6)] == [0, 1, 2, 3]
    assert [normal.sentence(at) for at in (0, 2, 4, 6)] == [0, 0, 1, 1]


def test_greetings_and_thanks_are_clauses_of_their_own_with_a_comma_or_without() -> None:
    plain, marked = normalise("医生您好我爸胸口疼谢谢您"), normalise("医生，您好，我爸胸口疼，谢谢您")
    assert plain.text == marked.text
    assert plain.clauses == marked.clauses == (0, 2, 4, 9)
    assert normalise("你好些了吗").clauses == (0,)


def test_no_word_reaches_into_thanks_and_the_way_back_stays() -> None:
    normal = normalise("鼻子没有异 味谢谢医生")
    assert 6 in normal.stops
    assert normal.words(6, 10) == "谢谢医生"
    assert normal.words(4, 8) == "异 味谢谢"


def test_a_space_after_a_denial_or_between_single_characters_ends_nothing() -> None:
    assert normalise("没有 胸痛").clauses == (0,)
    assert normalise("我 胸 口 疼").clauses == (0,)


def test_numbers_side_by_side_stay_two_numbers() -> None:
    assert len(normalise("血压 120 80").clauses) == 3


def test_patterns_are_written_out() -> None:
    assert expand("(胸口|心口)(很)?疼") == ["心口很疼", "心口疼", "胸口很疼", "胸口疼"]


@pytest.mark.parametrize("pattern", ["(胸口", "胸口)", "(一|二|三|四|五|六|七|八|九|十)" * 5])
def test_a_broken_or_too_large_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError):
        expand(pattern)


@pytest.mark.parametrize("text", ["18.\u20605", "1\u200b8.5", "1  8  .  5", "18.5"])
def test_a_number_stays_one_whatever_has_no_width_or_stands_between(text):
    assert normalise(text).text == "18.5"


@pytest.mark.parametrize("text", ["胸口疼~喘不上气", "胸口疼❗喘不上气", "胸口疼‼️喘不上气", "胸 口 疼   喘 不 上 气"])
def test_marks_of_excitement_and_long_gaps_end_a_clause(text):
    assert normalise(text).clauses == (0, 3)


def test_characters_of_taiwan_and_hong_kong_fold_as_well():
    assert normalise("睪丸、衞生巾、反反覆覆").text == "睾丸卫生巾反反复复"
