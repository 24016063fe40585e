from __future__ import annotations

from datetime import date

import pytest

from bot.errors import BadInput
from bot.services.cards import parse_id_number, parse_name, parse_phone
from tests.factories import id_number

GOOD = id_number(born=date(1990, 3, 7), serial=7)
WITH_X = next(n for s in range(1, 999) if (n := id_number(born=date(1985, 1, 1), serial=s))[-1] == "X")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("李雷", "李雷"),
        (" 李 雷 ", "李雷"),
        ("欧阳娜娜", "欧阳娜娜"),
        ("我叫韩梅梅", "韩梅梅"),
        ("我的名字是韩梅梅。", "韩梅梅"),
        ("姓名：王小明", "王小明"),
        ("患者叫陈科", "陈科"),
        ("那英", "那英"),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉.买买提", "阿卜杜拉·买买提"),
        ("李〇", "李〇"),
        ("王𠮷", "王𠮷"),
    ],
)
def test_a_name_is_read(text: str, name: str) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "李",
        "李" * 21,
        "Li Lei",
        "李雷1",
        "我要挂号",
        "不知道",
        "不想绑了",
        "算了",
        "取消",
        "返回",
        "怎么绑定",
        "你是谁",
        "头疼",
        "骨外科",
        "谢谢",
        "知道了",
        "138001380",
        "·李雷",
        "李··雷",
        "李雷\n身份证",
        "/restart",
        "李雷" * 60,
    ],
)
def test_what_is_plainly_no_name_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as failure:
        parse_name(text)
    assert failure.value.code == "bad_name"


def test_what_is_no_text_at_all_is_refused_by_name() -> None:
    for parse in (parse_name, parse_id_number, parse_phone):
        with pytest.raises(BadInput):
            parse(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f" {GOOD[:6]} {GOOD[6:14]} {GOOD[14:]} ",
        f"{GOOD[:6]}-{GOOD[6:]}",
        GOOD.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        f"身份证号：{GOOD}",
        f"我的身份证号码是{GOOD}。",
    ],
)
def test_an_id_number_is_read(text: str) -> None:
    assert parse_id_number(text) == GOOD


def test_the_check_character_x_may_be_small_or_wide() -> None:
    for text in (WITH_X, WITH_X.lower(), WITH_X[:-1] + "Ｘ", WITH_X[:-1] + "ｘ"):
        assert parse_id_number(text) == WITH_X


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD[:-1],
        GOOD + "1",
        GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"),
        id_number(born=date(1990, 3, 7), serial=7, region="990101"),
        id_number(born=date(2026, 11, 30), serial=7),
        id_number(born=date(1899, 12, 31), serial=7),
        "110101199002300012",
        "130503670401001",
        "٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧",
        "我没带身份证",
        "1" * 5000,
    ],
)
@pytest.mark.usefixtures("still")
def test_what_is_no_id_number_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as failure:
        parse_id_number(text)
    assert failure.value.code == "bad_id_number"


def test_every_single_wrong_digit_is_found() -> None:
    wrong = [GOOD[:at] + digit + GOOD[at + 1 :] for at in range(17) for digit in "0123456789" if digit != GOOD[at]]
    for text in wrong:
        with pytest.raises(BadInput):
            parse_id_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "13900001234",
        "139 0000 1234",
        "139-0000-1234",
        "+86 13900001234",
        "8613900001234",
        "0086-13900001234",
        "１３９００００１２３４",
        "手机号13900001234",
        "我的电话是13900001234。",
    ],
)
def test_a_phone_number_is_read(text: str) -> None:
    assert parse_phone(text) == "13900001234"


@pytest.mark.parametrize("text", ["", "12900001234", "1390000123", "139000012345", "010-55550000", "没有", "1" * 999])
def test_what_is_no_phone_number_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as failure:
        parse_phone(text)
    assert failure.value.code == "bad_phone"
