"""What things cost, from the hospital's own list."""

from __future__ import annotations

import pytest

from tests.conversations.house import Talk


def test_an_exam(talk: Talk) -> None:
    said = talk("做个胃镜多少钱")
    for price in talk.ports.his.prices(text="胃镜", kind="exam"):
        assert f"{price.fen / 100:g}元/{price.unit}" in said
    assert "以医院当天收费为准" in said


def test_a_drug_with_its_pack(talk: Talk) -> None:
    [price] = talk.ports.his.prices(text="阿司匹林", kind="drug")
    assert f"{price.name}（{price.spec}） {price.fen / 100:g}元/{price.unit}" in talk("阿司匹林一盒多少钱啊")


def test_more_than_fit_are_cut(talk: Talk) -> None:
    assert len(talk("核磁共振贵不贵").splitlines()) == 7


def test_the_item_may_come_after_the_question(talk: Talk) -> None:
    assert "想查哪个检查" in talk("查价格")
    assert "胃镜检查（普通）" in talk("胃镜")
    assert "不客气" in talk("谢谢")


def test_a_drug_may_come_after_the_question_too(talk: Talk) -> None:
    assert "想查哪个药" in talk("药多少钱")
    assert "阿莫西林胶囊" in talk("阿莫西林")


def test_another_question_while_the_item_is_open(talk: Talk) -> None:
    talk.click("price_exam")
    said = talk("医院地址在哪")
    assert "湖滨东路" in said
    assert "想查哪个检查" in said
    assert "先停在这儿" in talk("算了")


def test_a_wish_to_book_ends_the_price_and_leaves_nothing_behind(bound: Talk) -> None:
    bound("查价格")
    assert "想看哪个科" in bound("我要挂号")
    bound("取消")
    assert "没有要确认" in bound("好的")


@pytest.mark.parametrize(("asked", "named"), [("飞船检查多少钱", "飞船检查"), ("请问一下月球石片价格", "月球石片")])
def test_what_the_list_does_not_hold_is_named(talk: Talk, asked: str, named: str) -> None:
    said = talk(asked)
    assert f"没有找到“{named}”" in said
    assert "元" not in said


def test_an_unknown_drug_given_on_request(talk: Talk) -> None:
    talk("药品价格")
    assert "没有找到“火星丸”" in talk("火星丸")


def test_a_price_in_the_middle_of_booking(bound: Talk) -> None:
    bound("我要挂号")
    said = bound("血常规多少钱")
    assert "元/" in said
    assert "想看哪个科" in said
