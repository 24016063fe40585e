"""Giving a number back: the one meant and no other, in time, and only when it is really wanted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot import clock
from bot.services import booking
from tests.conversations.bookings import BONES, EYES, FRIDAY, MONDAY, TUESDAY, book, old_tap, ours, theirs
from tests.conversations.house import Talk


def _left(talk: Talk, slot_id: str) -> int:
    return talk.ports.his.slot(slot_id).left


def test_the_only_booking_is_shown_and_given_back(bound: Talk) -> None:
    made = book(bound)
    before = _left(bound, made.slot_id)
    said = bound("我要取消预约")
    assert "骨科" in said
    assert "确定取消这个号吗" in said
    assert "已经取消" in bound("确认取消")
    assert ours(bound) == [(BONES, TUESDAY, "cancelled")] == theirs(bound)
    assert _left(bound, made.slot_id) == before + 1
    assert "现在没有预约" in bound("我的预约")


def test_of_several_the_chosen_one_is_given_back(bound: Talk) -> None:
    book(bound, "挂明天上午骨科")
    book(bound, "挂周五下午眼科")
    assert "取消哪一个" in bound("把号退了")
    assert [label.split(" ")[-2] for label in bound.labels] == ["骨科", "眼科"]
    assert "眼科" in bound("第二个")
    bound("是")
    assert ours(bound) == [(BONES, TUESDAY, "booked"), (EYES, FRIDAY, "cancelled")]
    assert theirs(bound) == [(EYES, FRIDAY, "cancelled"), (BONES, TUESDAY, "booked")]


def test_the_sentence_itself_says_which_of_several(bound: Talk) -> None:
    book(bound, "挂明天上午骨科")
    book(bound, "挂周五下午眼科")
    said = bound("取消明天骨科的号")
    assert "骨科" in said
    assert "确定取消这个号吗" in said
    bound("确定")
    assert ours(bound) == [(BONES, TUESDAY, "cancelled"), (EYES, FRIDAY, "booked")]


def test_which_one_can_be_answered_in_words(bound: Talk) -> None:
    book(bound, "挂明天上午骨科")
    book(bound, "挂周五下午眼科")
    bound("取消预约")
    assert "确定取消这个号吗" in bound("眼科那个")
    assert "号给您留着" in bound("不取消")
    assert [state for *_, state in ours(bound)] == ["booked", "booked"]


def test_a_kept_booking_stays(bound: Talk) -> None:
    book(bound)
    bound("取消挂号")
    assert "号给您留着" in bound.tap("先留着")
    assert ours(bound) == [(BONES, TUESDAY, "booked")] == theirs(bound)


def test_leaving_the_question_keeps_the_booking_too(bound: Talk) -> None:
    book(bound)
    bound("取消预约")
    assert "号给您留着" in bound("算了")
    assert theirs(bound) == [(BONES, TUESDAY, "booked")]


def test_cancel_alone_at_the_question_may_mean_either_and_is_asked_again(bound: Talk) -> None:
    book(bound)
    bound("取消预约")
    assert "确定取消这个号吗" in bound("取消")
    assert ours(bound) == [(BONES, TUESDAY, "booked")]
    assert "已经取消" in bound("确认取消")


def test_too_close_to_the_half_hour_it_cannot_be_given_back_here(bound: Talk) -> None:
    made = book(bound, "挂今天骨科")
    assert clock.local(made.start).hour == 10
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 9, 45))):
        said = bound("取消预约")
        assert "离就诊时间太近" in said
        assert "确定取消" not in said
        assert bound.ports.his.hospitals()[0].phone in said
    assert ours(bound) == [(BONES, MONDAY, "booked")]
    assert theirs(bound) == [(BONES, MONDAY, "booked")]


def test_a_number_too_close_to_be_changed_is_given_without_offering_to(bound: Talk) -> None:
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 9, 45))):
        bound("挂今天骨科")
        assert "10:00-10:30" in bound("1")
        assert "网上取消不了" in bound("确认挂号")
        assert bound.labels == ["给家人也挂一个"]
        bound("我的预约")
        assert bound.labels == ["再挂一个"]
        said = bound("再挂一个今天骨科的号")
        assert "已经有号了" in said and "改这个号的时间" not in said
        assert not any("改原来" in label for label in bound.labels)
    assert ours(bound) == [(BONES, MONDAY, "booked")]


def test_with_nothing_booked_there_is_nothing_to_give_back(bound: Talk) -> None:
    assert "没有可以取消的预约" in bound("帮我取消明天的预约")
    assert bound.labels == ["我要挂号", "我的预约"]
    assert ours(bound) == []


def test_a_booking_given_back_elsewhere_meanwhile_never_costs_another_one(bound: Talk) -> None:
    book(bound, "挂明天上午骨科")
    book(bound, "挂周五下午眼科")
    bound("取消预约")
    bound.tap("骨科")
    first = next(b for b in booking.mine(bound.ports, person_id=bound.person_id) if b.department_id == BONES)
    booking.cancel(bound.ports, person_id=bound.person_id, ref=first.ref, key="the page")
    assert "已经取消" in bound.tap("确认取消")
    assert ours(bound) == [(BONES, TUESDAY, "cancelled"), (EYES, FRIDAY, "booked")]


def test_a_double_tap_on_cancel_says_the_outcome_twice_and_a_third_wish_finds_nothing(bound: Talk) -> None:
    book(bound)
    bound("不去看了，帮我取消预约")
    label, old = old_tap(bound, "确认取消")
    assert "已经取消" in bound(label, menu_id=old)
    assert "已经取消" in bound(label, menu_id=old)
    assert "没有可以取消的预约" in bound("再取消一次预约")
    assert ours(bound) == [(BONES, TUESDAY, "cancelled")]


def test_another_patients_booking_cannot_be_given_back(bound: Talk, another: Callable[[], Talk]) -> None:
    book(bound)
    bound("取消预约")
    label, not_his = old_tap(bound, "确认取消")
    stranger = another()
    stranger(label, menu_id=not_his)
    assert "没有可以取消的预约" in stranger("取消预约")
    assert theirs(bound) == [(BONES, TUESDAY, "booked")]


def test_a_number_given_back_can_be_booked_again(bound: Talk) -> None:
    book(bound)
    bound("取消预约")
    bound("确认取消")
    book(bound)
    assert [state for *_, state in ours(bound)] == ["cancelled", "booked"]


def test_a_wish_to_cancel_while_booking_with_nothing_booked_is_the_way_out(bound: Talk) -> None:
    bound("挂骨科")
    assert "先停在这儿" in bound("取消挂号")
    assert ours(bound) == []


def test_a_price_asked_at_the_question_brings_the_question_back(bound: Talk) -> None:
    book(bound)
    bound("取消预约")
    said = bound("挂号费能退吗")
    assert "退费" in said
    assert "确定取消这个号吗" in said
    bound("好的，取消")
    assert ours(bound) == [(BONES, TUESDAY, "cancelled")]
