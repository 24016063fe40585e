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


@pytest.mark.parametrize(
    ("asked", "near"), [("B超多少钱", "超声"), ("做个彩超要多少钱", "超声"), ("拍个X光多少钱", "X线")]
)
def test_an_everyday_name_shows_what_is_near(talk: Talk, asked: str, near: str) -> None:
    said = talk(asked)
    assert "相近的有" in said
    assert near in said
    assert "元/" in said


def test_a_name_that_the_list_holds_shows_its_entries(talk: Talk) -> None:
    said = talk("CT多少钱")
    assert "CT平扫" in said
    assert "相近" not in said


def test_the_fee_for_a_number_is_the_range_of_the_house(talk: Talk) -> None:
    fees = [d.fee_fen for d in talk.ports.his.doctors()]
    said = talk("挂号费多少钱")
    assert f"{min(fees) / 100:g}到{max(fees) / 100:g}元" in said


def test_the_fee_in_the_middle_of_booking_is_that_of_the_department(bound: Talk) -> None:
    bound("我要挂骨科")
    fees = [d.fee_fen for d in bound.ports.his.doctors() if d.department_id == "yh.k12"]
    said = bound("挂号费多少钱")
    assert f"骨科的挂号费{min(fees) / 100:g}到{max(fees) / 100:g}元" in said
    assert "价目表里没有" not in said
    assert "哪天来" in said


def test_the_fee_of_a_named_doctor_is_his_own(bound: Talk) -> None:
    [doctor] = [d for d in bound.ports.his.doctors() if d.name == "谭霞"]
    assert f"谭霞医生的挂号费{doctor.fee_fen / 100:g}元" in bound("谭霞医生的挂号费多少钱")


def test_help_inside_does_not_mix_two_lists(talk: Talk) -> None:
    talk("查价格")
    said = talk("菜单")
    assert "正在帮您查价格" in said
    assert "想查哪个检查" in talk.replies[-1]["text"]
    assert talk.labels == []
