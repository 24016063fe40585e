from __future__ import annotations

import pytest

from bot.faq.deidentify import Replacement, clean
from tests.factories import id_number

NAMES = ("李雷", "阿卜杜拉·买买提")
DOCTORS = ("陈建国", "林晓燕", "周明")
NUMBER = id_number(serial=7)


def cleaned(text: str) -> str:
    return clean(text, names=NAMES, doctors=DOCTORS)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("李雷膝盖疼", "患者膝盖疼"),
        ("李 雷膝盖疼", "患者膝盖疼"),
        ("阿卜杜拉·买买提咳嗽", "患者咳嗽"),
        ("陈建国医生说要拍片", "医生说要拍片"),
        ("陈建国主任看过", "医生看过"),
        ("请找周明复查", "请找医生复查"),
        ("上次是王大夫看的", "上次是大夫看的"),
        ("欧阳主任开的药", "主任开的药"),
        ("我叫韩梅梅，今年30岁", "我叫某某，今年30岁"),
        ("我叫韩梅梅今年30岁", "我叫某某今年30岁"),
        ("我是韩梅，最近头晕", "我是某某，最近头晕"),
        ("姓名：韩梅梅 电话13900001111", "姓名：某某 电话[电话]"),
        ("姓名 韩梅梅", "姓名 某某"),
        ("患者：韩梅，女", "患者：某某，女"),
        ("孩子叫王小宝，三岁", "孩子叫某某，三岁"),
        ("我妈妈叫刘桂花，六十岁", "我妈妈叫某某，六十岁"),
        (f"身份证{NUMBER}", "身份证[身份证号]"),
        (f"身份证 {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} 请查", "身份证 [身份证号] 请查"),
        ("身份证11010119900307123x", "身份证[身份证号]"),
        ("电话13900001111", "电话[电话]"),
        ("电话 139 0000 1111。", "电话 [电话]。"),
        ("电话139-0000-1111", "电话[电话]"),
        ("+8613900001111", "[电话]"),
        ("电话１３９００００１１１１", "电话[电话]"),
        ("座机010-55550000", "座机[电话]"),
        ("病历号20261123001", "病历号[号码]"),
        ("卡号K00000001", "卡号[号码]"),
        ("钱宇您好，这个药可以继续吃", "您好，这个药可以继续吃"),
        ("钱宇，你好！先查血常规", "你好！先查血常规"),
        ("王先生您好", "先生您好"),
        ("我爸叫李国强，七十岁了", "我爸叫某某，七十岁了"),
        ("我是王芳", "我是某某"),
        ("我是王芳，张主任让我来问", "我是某某，主任让我来问"),
        ("李大夫说要复查", "大夫说要复查"),
        ("我叫钱宇，电话13900001111，吃阿司匹林要停吗", "吃阿司匹林要停吗"),
        ("您好，我叫钱宇，手机号是139 0000 1111，想问能吃海鲜吗", "您好，想问能吃海鲜吗"),
        ("微信号：lilei_1990", "微信号：[联系方式]"),
        ("邮箱li.lei@example.com", "邮箱[邮箱]"),
    ],
)
def test_people_and_their_numbers_are_taken_out(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "我是孕妇，能吃感冒药吗",
        "我是高血压患者，血压150/95",
        "我是不是要拍片",
        "我是三个月前开始疼的",
        "患者是女性，28岁",
        "谷丙转氨酶61 U/L，血小板 1.2×10^9",
        "体温38.5度，3天了，吃了500mg",
        "2026年11月23日发烧",
        "要不要找医生看看",
        "问过医生了，大夫说没事",
        "看了两次医生",
        "住院医师怎么说",
        "白细胞12.3，红细胞4.5",
        "需要挂主任医师的号吗",
        "高血压，您好，请问能喝酒吗",
        "我妈叫我来问问",
        "医生您好",
        "我是孕妇，电话能问吗",
    ],
)
def test_what_is_not_about_a_person_stays(text: str) -> None:
    assert clean(text, names=NAMES, doctors=DOCTORS) == (text, [])


def test_the_list_names_each_replacement() -> None:
    text = f"我是李雷，{NUMBER}，13900001111，找陈建国"
    cleaned_text, done = clean(text, names=NAMES, doctors=DOCTORS)
    assert cleaned_text == "我是患者，[身份证号]，[电话]，找医生"
    assert done == [
        Replacement("陈建国", "医生", "doctor"),
        Replacement("李雷", "患者", "card_name"),
        Replacement(NUMBER, "[身份证号]", "id_number"),
        Replacement("13900001111", "[电话]", "phone"),
    ]


def test_a_name_that_is_said_and_on_the_card_is_replaced_once() -> None:
    cleaned_text, done = clean("我叫李雷，膝盖疼", names=NAMES, doctors=DOCTORS)
    assert cleaned_text == "我叫患者，膝盖疼"
    assert done == [Replacement("李雷", "患者", "card_name")]


def test_nothing_to_replace_is_said_so() -> None:
    assert clean("膝盖疼怎么办", names=[], doctors=[]) == ("膝盖疼怎么办", [])
    assert clean("", names=[""], doctors=[""]) == ("", [])


def test_a_name_that_is_part_of_a_doctors_name_does_not_tear_it() -> None:
    assert clean("陈建国医生和陈建", names=["陈建"], doctors=["陈建国"])[0] == "医生和患者"


def test_long_texts_take_no_time() -> None:
    text = "我是" * 20_000 + "1 " * 20_000 + "姓名" * 10_000
    assert clean(text, names=NAMES, doctors=DOCTORS)
