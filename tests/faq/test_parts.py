"""The pure parts: folding, synonyms, sounds, codes, stories, marks."""

from __future__ import annotations

import pytest

from bot.faq import codes, marks, sound, stories, synonyms, text, wanted
from bot.faq.fold import fold


def test_width_case_and_traditional_characters_fold_into_one() -> None:
    assert fold("ＣＴ檢查，高血壓") == "ct检查,高血压"


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("发热怎么处理", "发烧怎么治疗"),
        ("小孩拉稀咋办", "孩子拉肚子怎么治疗"),
        ("老公喝白酒", "老公喝酒"),
        ("高血压", "高血压"),
        ("", ""),
    ],
)
def test_many_words_for_one_thing_become_one(said: str, plain: str) -> None:
    assert synonyms.plain(said) == plain


def test_the_list_leads_nowhere_in_rings_and_says_each_word_once() -> None:
    _, words = synonyms._table()
    assert all(word not in words for word in words.values())


def test_codes_and_tokens_are_two_ways_to_say_the_same() -> None:
    folded = fold("CT检查，39度 b12片")
    coded = codes.encode(folded)
    tokens = text.query(folded)
    single = {codes.number(token) for token in (*tokens.single, *tokens.words)}
    assert single == set(coded[coded != codes.GAP].tolist())
    assert len([code for code in coded.tolist() if code >= codes.FIRST_WORD]) == len(tokens.words)
    assert codes.sizes(coded) == (7, 2 + 3 - 1)


@pytest.mark.parametrize("junk", ["", "，。！", "😀", "\ue000\ua000\ud7ff", "+-."])
def test_junk_has_no_codes(junk: str) -> None:
    assert codes.encode(fold(junk)).tolist() == []


def test_slips_sound_alike_and_initials_are_first_letters() -> None:
    one, other = (sound.of(codes.encode(word)) for word in ("感冒", "感帽"))
    assert one.tolist() == other.tolist()
    assert sound.letters(codes.encode("高血压")) == "gxy"
    assert sound.grams("gxy") == ["gx", "gxy", "xy"]


@pytest.mark.parametrize(("typed", "syllables"), [("gaoxueya", 3), ("ganmao", 2), ("xqz", None), ("ct39", None)])
def test_a_latin_run_is_pinyin_or_not(typed: str, syllables: int | None) -> None:
    found = sound.read(typed)
    assert (None if found is None else len(found)) == syllables


def test_what_every_story_holds_weighs_less_in_a_story_and_nothing_less_in_a_question() -> None:
    assert stories.factor("医生", 0.001, 60) < 0.5
    assert stories.factor("医生", 0.001, 8) == 1.0
    assert stories.factor("幽门", 0.001, 60) == 1.0
    assert stories.factor("医生", 0.9, 60) > stories.factor("医生", 0.001, 60)


@pytest.mark.parametrize(
    ("asked", "shown", "marked"),
    [
        ("高血压", "高血压能吃党参吗", "高血压"),
        ("发热", "孩子发烧怎么办", "发烧"),
        ("发烧", "孩子高热怎么办", "高热"),
        ("鼻", "鼻炎", "鼻"),
        ("ct", "做CT前", "CT"),
        ("<b>", "<b>粗</b>", "bb"),
        ("股票", "高血压", ""),
    ],
)
def test_marks_are_what_was_asked_and_the_pieces_are_the_whole(asked: str, shown: str, marked: str) -> None:
    pieces = marks.pieces(asked, shown)
    assert "".join(words for words, _ in pieces) == shown
    assert "".join(words for words, mark in pieces if mark) == marked


def test_a_text_that_folding_makes_longer_is_shown_unmarked() -> None:
    assert marks.pieces("高", "㎎高") == [("㎎高", False)]


def test_a_query_without_words_weighs_nothing() -> None:
    asked = wanted.read("？！")
    assert asked.singles(lambda *_: 0, 0, "title").tokens == ()
    assert asked.pairs(lambda *_: 0, 0, "sound").tokens == ()
