"""In the middle of a booking: corrections, questions in between, steps back, ways out, and taking it up again."""

from __future__ import annotations

from typing import Any

from tests.conversations.bookings import (
    BONES,
    CHILDREN,
    EYES,
    FRIDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    at_hospital,
    book,
    cards_of,
    nothing_happened,
    old_tap,
    ours,
    theirs,
)
from tests.conversations.conftest import bind, type_code
from tests.conversations.house import Talk

Patients = list[dict[str, Any]]


def _at_check(talk: Talk, wish: str = "帮我挂明天上午骨科的号") -> str:
    talk(wish)
    said = talk("1")
    assert "请核对" in said
    return said


def test_a_corrected_day_replaces_the_first_one(bound: Talk) -> None:
    bound("挂周五的骨科")
    assert "骨科，11月28日 周六，几点来" in bound("不是周五，是周六")
    bound("1")
    bound("确认挂号")
    assert ours(bound) == [(BONES, SATURDAY, "booked")] == theirs(bound)


def test_a_day_corrected_at_the_check_is_checked_again_before_anything_is_booked(bound: Talk) -> None:
    _at_check(bound)
    assert "骨科，11月26日 周四，几点来" in bound("不对，改成周四上午")
    assert "11月26日 周四" in bound("1")
    assert nothing_happened(bound)
    bound("对")
    assert ours(bound) == [(BONES, THURSDAY, "booked")]


def test_a_yes_with_a_change_in_it_is_no_yes(bound: Talk) -> None:
    _at_check(bound)
    said = bound("好的，不过改到后天吧")
    assert "骨科，后天 11月25日 周三，几点来" in said
    assert "请核对" in bound("1")
    assert nothing_happened(bound)


def test_another_department_keeps_the_day(bound: Talk) -> None:
    _at_check(bound, "挂周四的骨科")
    assert "眼科，11月26日 周四，几点来" in bound("改成眼科")
    bound("1")
    bound("确认")
    assert ours(bound) == [(EYES, THURSDAY, "booked")]


def test_another_doctor_is_chosen_from_everybody_of_the_day(bound: Talk) -> None:
    _at_check(bound, "挂周文静医生明天的号")
    assert "骨科，明天 11月24日 周二，几点来" in bound("换个医生")
    bound.tap("袁鹏")
    bound("确认挂号")
    assert at_hospital(bound)[0].doctor_id == "yh.d050"


def test_a_doctor_named_among_the_half_hours_narrows_them(bound: Talk) -> None:
    bound("挂后天骨科")
    assert "王沛文医生，后天" in bound("我要王沛文医生的")
    assert all("王沛文" in label for label in bound.labels[:-1])
    assert "王沛文" in bound("1")


def test_another_time_and_another_day_by_word(bound: Talk) -> None:
    first = _at_check(bound)
    assert "几点来" in bound("换个时间吧")
    assert bound("４") != first
    assert "挂骨科，哪天来" in bound("换一天")
    bound("11月27号")
    bound("1")
    bound("确定")
    assert ours(bound) == [(BONES, FRIDAY, "booked")]


def test_no_at_the_check_books_nothing_and_shows_the_half_hours_again(bound: Talk) -> None:
    _at_check(bound)
    assert "几点来" in bound("不对")
    assert nothing_happened(bound)


def test_a_question_about_another_department_does_not_change_the_booking(bound: Talk) -> None:
    bound("挂明天骨科")
    said = bound("眼科在几楼啊")
    assert "门诊三号楼2层" in said
    assert "骨科，明天 11月24日 周二，几点来" in said
    bound.tap("08:00")
    bound("确认挂号")
    assert ours(bound) == [(BONES, TUESDAY, "booked")]


def test_price_parking_and_reports_in_between_bring_the_question_back(bound: Talk) -> None:
    bound("挂号")
    bound("骨科")
    said = bound("验个血常规多少钱")
    assert "元" in said
    assert "挂骨科，哪天来" in said
    said = bound("你们那儿能停车吗")
    assert "停车" in said
    assert "挂骨科，哪天来" in said
    said = bound("我的报告出来了吗")
    assert "报告" in said
    assert "挂骨科，哪天来" in said
    bound("明天")
    bound.tap("08:00")
    bound("确认挂号")
    assert ours(bound) == [(BONES, TUESDAY, "booked")]


def test_help_in_the_middle_says_what_is_going_on_and_the_menu_stays_a_tap_away(bound: Talk) -> None:
    bound("挂骨科")
    said = bound("帮助")
    assert "正在帮您挂号" in said
    assert "挂骨科，哪天来" in said
    said = bound("人工服务")
    assert "服务台电话" in said
    assert "挂骨科，哪天来" in said


def test_back_goes_one_question_back_each_time_and_says_when_it_is_the_first(bound: Talk) -> None:
    _at_check(bound)
    assert "几点来" in bound("返回")
    assert "挂骨科，哪天来" in bound("返回")
    assert "想看哪个科" in bound("回到上一步")
    assert "已经是第一步了" in bound("返回")
    assert "挂眼科，哪天来" in bound("眼科")
    assert nothing_happened(bound)


def test_back_with_two_cards_reaches_the_question_for_whom(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    bound("挂骨科")
    bound("1")
    assert "想看哪个科" in bound("返回")
    assert "给哪位就诊人办" in bound("返回")
    assert "想看哪个科" in bound("钱宇")


def test_another_patient_is_asked_for_again_and_the_rest_stays(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    bound("挂明天上午骨科")
    bound("1")
    assert "给哪位就诊人办" in bound("换个人挂")
    assert "骨科，明天 11月24日 周二，几点来" in bound("2")
    bound("1")
    bound("确认挂号")
    assert theirs(bound, 0) == []
    assert theirs(bound, 1) == [(BONES, TUESDAY, "booked")]


def test_a_specialist_of_a_department_is_a_wish_for_the_department(bound: Talk) -> None:
    bound("想约个专家号")
    assert "挂骨科，哪天来" in bound("骨科专家")


def test_of_two_days_that_both_suit_the_one_with_places_is_taken(bound: Talk) -> None:
    bound("挂骨科")
    assert "骨科，11月28日 周六，几点来" in bound("周六、周日都行")


def test_cancel_leaves_at_once_and_the_next_booking_starts_from_nothing(bound: Talk) -> None:
    _at_check(bound)
    assert "先停在这儿" in bound("取消")
    assert nothing_happened(bound)
    assert "想看哪个科" in bound("我想挂号")
    assert "挂皮肤科，哪天来" in bound("皮肤科")


def test_ways_to_say_that_one_does_not_want_to_go_on(bound: Talk) -> None:
    for words in ("算了，不挂了", "先不挂了吧", "退出。", "还是不弄了"):
        bound("挂骨科")
        assert "先停在这儿" in bound(words), words
    assert nothing_happened(bound)


def test_three_misunderstandings_end_at_a_person(bound: Talk) -> None:
    bound("挂骨科")
    said = bound("阿巴阿巴阿巴")
    assert "挂骨科，哪天来" in said
    said = bound("呜哩哇啦噗")
    assert "还是没听明白" in said
    assert "人工" in said
    said = bound("哔哩吧啦轰")
    assert "服务台电话" in said
    assert "哪天来" not in said
    assert nothing_happened(bound)


def test_an_answer_that_is_understood_starts_the_count_anew(bound: Talk) -> None:
    bound("挂骨科")
    bound("呜哩哇啦噗")
    bound("哔哩吧啦轰")
    assert "几点来" in bound("明天")
    assert "服务台电话" not in bound("阿巴阿巴阿巴")
    assert "几点来" in bound.replies[-1]["text"]


def test_days_that_are_over_or_do_not_exist_or_are_too_far_are_not_taken(bound: Talk) -> None:
    bound("挂骨科")
    for words in ("昨天", "2月30号", "下个月20号", "13月1号"):
        said = bound(words)
        assert "这个日期挂不了" in said, words
        assert "挂骨科，哪天来" in said, words
    assert nothing_happened(bound)
    assert "几点来" in bound("那就明天吧")


def test_an_impossible_day_in_the_first_sentence_keeps_the_department(bound: Talk) -> None:
    said = bound("我想挂一个月以后骨科的号，12月28日")
    assert "这个日期挂不了" in said
    assert "挂骨科，哪天来" in said


def test_a_day_said_before_the_department_is_not_asked_again(bound: Talk) -> None:
    assert "想看哪个科" in bound("我想挂后天的号")
    assert "骨科，后天 11月25日 周三，几点来" in bound("骨科")


def test_a_late_tap_on_an_old_confirmation_books_nothing(bound: Talk) -> None:
    _at_check(bound)
    label, old = old_tap(bound, "确认挂号")
    bound("改成周五")
    bound("1")
    said = bound(label, menu_id=old)
    assert "已经过期" in said
    assert "11月27日 周五" in said
    assert nothing_happened(bound)
    bound.tap("确认挂号")
    assert ours(bound) == [(BONES, FRIDAY, "booked")]


def test_a_late_tap_when_everything_is_over_changes_nothing(bound: Talk) -> None:
    bound("帮我挂明天上午骨科的号")
    label, old = old_tap(bound, "08:00")
    bound("1")
    bound("确认挂号")
    said = bound(label, menu_id=old)
    assert "已经过期了，什么也没有改动" in said
    assert ours(bound) == [(BONES, TUESDAY, "booked")] == theirs(bound)


def test_a_tap_of_somebody_elses_choice_is_worth_nothing(bound: Talk, another: Any, patients: Patients) -> None:
    _at_check(bound)
    label, theirs_ = old_tap(bound, "确认挂号")
    thief = another()
    bind(thief, patients[3])
    thief(label, menu_id=theirs_)
    assert nothing_happened(thief)
    assert nothing_happened(bound)


def test_a_double_tap_on_confirm_books_once_and_says_so_twice(bound: Talk) -> None:
    _at_check(bound)
    label, same = old_tap(bound, "确认挂号")
    said = bound(label, menu_id=same)
    assert "挂好了" in said
    offered = bound.labels
    assert bound(label, menu_id=same) == said
    assert bound(label, menu_id=same) == said
    assert "确定取消这个号吗" in bound(offered[1])  # what was offered with it is still open
    assert "已经过期" in bound(label, menu_id=same)  # by now it would be news of yesterday
    assert ours(bound) == [(BONES, TUESDAY, "booked")] == theirs(bound)


def test_a_booking_put_aside_for_a_symptom_goes_on_with_what_was_said(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[2])  # a boy of three; his grandmother is no patient of 儿科
    bound("我要挂后天的号")
    bound("2")
    said = bound("孩子咳嗽两天了，不知道挂哪个科，4岁男孩")
    assert "挂号先放一放" in said
    for _ in range(3):  # questions at most
        if "挂儿科" not in bound.labels:
            bound("没有")
    assert "儿科，后天 11月25日 周三，几点来" in bound.tap("挂儿科")
    bound("1")
    bound("确认挂号")
    assert ours(bound) == [(CHILDREN, WEDNESDAY, "booked")]


def test_a_booking_put_aside_for_cancelling_another_is_offered_again_and_taken_up(bound: Talk) -> None:
    book(bound, "挂周五骨科")
    bound("挂明天眼科")
    assert "挂号先放一放" in bound("先把周五骨科的号取消掉")
    said = bound.tap("确认取消")
    assert "已经取消" in said
    assert "刚才的挂号还没办完" in said
    assert "眼科，明天 11月24日 周二，几点来" in bound("继续")
    bound("1")
    bound("确认挂号")
    assert ours(bound) == [(BONES, FRIDAY, "cancelled"), (EYES, TUESDAY, "booked")]


def test_a_booking_put_aside_and_dropped_is_forgotten(bound: Talk, patients: Patients) -> None:
    bound("挂明天眼科")
    assert "挂号先放一放" in bound("我要再绑一张就诊卡")
    bound(patients[1]["name"])
    bound(patients[1]["id_number"])
    bound(patients[1]["phone"])
    said = type_code(bound, patients[1])
    assert "绑好了：钱*" in said
    assert len(cards_of(bound)) == 2
    bound("取消")
    assert "给哪位就诊人办" in bound("挂号")
    assert "想看哪个科" in bound("1")


def test_dropping_what_was_offered_again_clears_it(bound: Talk) -> None:
    book(bound, "挂周五骨科")
    bound("挂明天眼科")
    bound("取消周五的预约")
    bound.tap("先留着")
    assert "先停在这儿" in bound("先不了")
    assert "想看哪个科" in bound("挂号")
    assert ours(bound) == [(BONES, FRIDAY, "booked")]
