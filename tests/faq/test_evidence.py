"""Names by the evidence beside them: each family of naming, and the same words where they are words."""

from __future__ import annotations

import pytest

from bot.faq import evidence
from bot.faq.deidentify import scrub
from bot.faq.guesses import guesses
from bot.faq.segments import words
from tests.gates import deidentify as gate
from tests.gates.planting import learn_names


def cleaned(text: str) -> str:
    return scrub(text, names=(), doctors=())[0]


def weight(text: str, name: str) -> float:
    guess = next(guess for guess in guesses(text) if text[guess.start : guess.end] == name)
    return evidence.weigh(evidence.evidence(text, guess, words(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我爱人夏侯明月产后42天", "我爱人某某产后42天"),
        ("慕容铁柱目前插管", "某某目前插管"),
        ("多谢楚医生", "多谢某医生"),
        ("黄教授看肩周炎很好", "某教授看肩周炎很好"),
        ("王大姐，药不能停", "某某，药不能停"),
        ("翠花姐跟我一个病房的", "某某跟我一个病房的"),
        ("秀兰昨天夜里走丢了", "某某昨天夜里走丢了"),
        ("Anna Kowalska here, my husband has chest pain", "某某 here, my husband has chest pain"),
        ("我睡走廊加12，空调对着吹", "我睡走廊[床位]，空调对着吹"),
        ("我住天心区书院路金色家园7-1-301，能上门吗", "我住[住址]，能上门吗"),
    ],
)
def test_each_family_is_found(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "村里组织体检，要空腹吗",
        "住院加两天观察，孩子加3片药",
        "石头是从肾里掉到输尿管的",
        "康复训练一天几次",
        "左右两边都麻，是颈椎的问题吗",
        "曲美他嗪和单硝酸异山梨酯是一类药吗",
    ],
)
def test_the_same_letters_as_words_stay(text: str) -> None:
    assert cleaned(text) == text


def test_what_stands_beside_a_word_decides_whether_it_is_a_name() -> None:
    assert weight("汪洋的手术需直系亲属签字", "汪洋") > 0 > weight("伤口泡在一片汪洋里", "汪洋")


def test_learning_finds_that_relatives_lead_to_names_and_torn_words_do_not() -> None:
    cases = learn_names.texts()["second_open"][:60]
    learnt = learn_names.learn([place for case in cases for place in learn_names.places(case, named=1, others=1)])
    assert learnt["left:kin"] > 0 > learnt["tears_behind:word"]


def test_nobody_is_learnt_from_a_closed_half() -> None:
    assert set(learn_names.LEARNT) <= {"open", "spent", "second_open", "second_spent", *gate.OWN, "words"}
