"""Names that no list holds, by the families of ways in which people write them."""

from __future__ import annotations

import pytest

from bot.faq.deidentify import scrub


def cleaned(text: str) -> str:
    return scrub(text, names=(), doctors=())[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我二舅柴永福昨晚吐血了", "我二舅某某昨晚吐血了"),
        ("我堂哥庹有才，矽肺三期", "我堂哥某某，矽肺三期"),
        ("岳父上官鸿飞有房颤", "岳父某某有房颤"),
        ("我姐秀兰血糖一直高", "我姐某某血糖一直高"),
        ("请转告高远医生，我退烧了", "请转告某某医生，我退烧了"),
        ("高远医生您好，我术后第三天", "某某医生您好，我术后第三天"),
        ("血管外科阚教授在吗", "血管外科某教授在吗"),
        ("麻烦跟纳医生说一声", "麻烦跟某医生说一声"),
        ("小包你好，伤口可以沾水了", "某某你好，伤口可以沾水了"),
        ("叫我老马就行，胃不好", "叫我某某就行，胃不好"),
        ("我们村铁蛋叔被狗咬了", "我们村某某被狗咬了"),
        ("朵朵奶奶问打针疼不疼", "某某奶奶问打针疼不疼"),
        ("网友“山里人”说这个药不能吃", "网友“某某”说这个药不能吃"),
        ("老太太姓仉，八十了", "老太太姓某，八十了"),
    ],
)
def test_a_relative_a_doctor_a_neighbour(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我叫马上，不是马上的马上", "我叫某某，不是马上的马上"),
        ("湛蓝，蓝天的蓝，怀孕五个月", "某某，蓝天的蓝，怀孕五个月"),
        ("付款的不是我，蒲公英才是病人，她姓蒲", "付款的不是我，某某才是病人，她姓某"),
        ("早上抽血的护士叫田野，一针就好", "早上抽血的护士叫某某，一针就好"),
        ("家属签名：计划", "家属签名：某某"),
        ("你好，我叫乔 一 鸣，今年二十九", "你好，我叫某某，今年二十九"),
    ],
)
def test_a_name_that_is_a_word_is_told_by_its_sentence(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我爸叫哈斯额尔敦，登记少写了一个字", "我爸叫某某，登记少写了一个字"),
        ("我丈夫达瓦次仁高原反应", "我丈夫某某高原反应"),
        ("我是阿依古丽·买买提的女儿", "我是某某的女儿"),
        ("盘瑶光，瑶族，手背鼓了个包", "某某，瑶族，手背鼓了个包"),
        ("儿媳妇山口惠子孕33周", "儿媳妇某某孕33周"),
        ("我先生David Miller要进产房陪", "我先生某某要进产房陪"),
        ("我儿子Jerry发烧三天了", "我儿子某某发烧三天了"),
    ],
)
def test_names_of_other_peoples(text: str, expected: str) -> None:
    assert cleaned(text) == expected


def test_a_name_that_was_told_once_is_taken_wherever_it_stands() -> None:
    assert cleaned("患者佟爱莲，七十岁。佟爱莲昨天摔了") == "患者某某，七十岁。某某昨天摔了"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("影像号US338-0192，结果出来没有", "影像号[号码]，结果出来没有"),
        ("押金收据号0087 5542", "押金收据号[号码]"),
        ("车牌粤BDF60218没缴费", "车牌[车牌]没缴费"),
        ("抖音号yangyang9527ya卖药", "抖音号[联系方式]卖药"),
        ("上个月28号拍的片", "[日期]拍的片"),
    ],
)
def test_numbers_that_say_what_they_are(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "白芍和甘草一起煮水喝，柏子仁、石斛各15g",
        "施慧达早上吃一片，华法林晚上吃",
        "龙胆泻肝丸和康复新液能不能同一天吃",
        "张力性尿失禁练凯格尔多久见效",
        "肝硬化，肝硬化的食疗是什么",
        "我妈平时血压高，我爸常年抽烟",
        "李斯特菌是不是冰箱里的剩菜会有",
        "国药准字H20013125这个药停产了吗",
        "医生能治好吗，想问问大夫",
    ],
)
def test_drugs_food_and_everyday_words_that_look_like_names_stay(text: str) -> None:
    assert cleaned(text) == text
