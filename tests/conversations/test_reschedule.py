"""Moving a number by talking: the old one stands until the new one does, and one phone books for two patients."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot import clock
from bot.db.booking import Suspension
from bot.his.embedded.hospital import EmbeddedHis
from bot.services import suspensions
from tests.conversations.bookings import (
    BONES,
    CHILDREN,
    EYES,
    FRIDAY,
    MONDAY,
    SKIN,
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
from tests.conversations.conftest import bind, tell, type_code
from tests.conversations.house import Talk
from tests.conversations.test_booking import sell_out

Patients = list[dict[str, Any]]
MOVED = [(BONES, TUESDAY, "moved"), (BONES, FRIDAY, "booked")]


def test_another_day_step_by_step(bound: Talk) -> None:
    old = book(bound)
    before = bound.ports.his.slot(old.slot_id).left
    assert "改到哪天来骨科" in bound("我想改个时间")
    assert "骨科，11月27日 周五，改到几点" in bound("周五")
    said = bound("1")
    assert "骨科" in said
    assert "确认改吗" in said
    assert ours(bound) == [(BONES, TUESDAY, "booked")]
    said = bound("确认改约")
    assert "改好了，原来的号已经退回" in said
    assert "11月27日 周五" in said
    assert ours(bound) == MOVED
    assert theirs(bound) == [(BONES, FRIDAY, "booked"), (BONES, TUESDAY, "cancelled")]
    assert bound.ports.his.slot(old.slot_id).left == before + 1


def test_the_new_day_in_the_first_sentence(bound: Talk) -> None:
    book(bound)
    assert "骨科，11月27日 周五，改到几点" in bound("能不能改到周五")
    bound("1")
    bound("好")
    assert ours(bound) == MOVED


def test_the_day_of_the_old_number_is_not_taken_for_the_new_one(bound: Talk) -> None:
    book(bound)
    assert "改到哪天来骨科" in bound("把明天的预约改一下时间")
    assert ours(bound) == [(BONES, TUESDAY, "booked")]


def test_of_several_numbers_the_one_meant_is_moved(bound: Talk) -> None:
    book(bound, "挂明天上午骨科")
    book(bound, "挂后天上午眼科")
    assert "改哪一个号的时间" in bound("改约")
    assert [label.split(" ")[-2] for label in bound.labels] == ["骨科", "眼科"]
    assert "改到哪天来眼科" in bound("第二个")
    bound("周五")
    bound("1")
    bound("确认改约")
    assert ours(bound) == [(BONES, TUESDAY, "booked"), (EYES, WEDNESDAY, "moved"), (EYES, FRIDAY, "booked")]


def test_from_my_bookings_and_from_a_fresh_number_it_is_one_tap(bound: Talk) -> None:
    book(bound)
    assert "改到哪天来骨科" in bound.tap("改这个号的时间")
    assert "原来的号给您留着" in bound("算了")
    bound("我的预约")
    assert "改到哪天来骨科" in bound.tap("改时间")
    assert ours(bound) == [(BONES, TUESDAY, "booked")]


def test_a_number_in_the_way_of_a_second_one_can_be_moved_instead(bound: Talk) -> None:
    book(bound)
    bound("挂明天下午的骨科")
    assert "挂号先放一放" in bound.tap("改原来那个号")
    bound("周五")
    bound("1")
    said = bound("确认改约")
    assert "改好了" in said
    assert "刚才的挂号还没办完" in said
    assert ours(bound) == MOVED


def test_no_at_the_check_moves_nothing(bound: Talk) -> None:
    book(bound)
    bound("改到周五")
    bound("1")
    assert "改到几点" in bound("不对")
    assert "原来的号给您留着" in bound("取消")
    assert ours(bound) == [(BONES, TUESDAY, "booked")] == theirs(bound)


def test_a_double_tap_moves_once_and_says_so_twice(bound: Talk) -> None:
    book(bound)
    bound("改到周五")
    bound("1")
    label, same = old_tap(bound, "确认改约")
    assert bound(label, menu_id=same) == bound(label, menu_id=same)
    assert ours(bound) == MOVED


def test_a_clinic_called_off_meanwhile_leaves_the_old_number(bound: Talk, hospital: EmbeddedHis) -> None:
    old = book(bound)
    bound("改到周五")
    bound("1")
    for session in {s.session_id for s in hospital.slots(first=FRIDAY, last=FRIDAY, department_id=BONES)}:
        hospital.close_session(session_id=session, key=session)
    said = bound("确认改约")
    assert "这个时间停诊了" in said
    assert "改到哪天来骨科" in said
    assert theirs(bound) == [(BONES, TUESDAY, "booked")]
    assert at_hospital(bound)[0].id == old.id
    assert [state for *_, state in ours(bound)] == ["booked"]


def test_too_late_is_said_at_once_with_a_number_to_call(bound: Talk) -> None:
    book(bound, "挂今天骨科")
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 9, 45))):
        said = bound("我想改时间")
        assert "网上改不了时间了" in said
        assert bound.ports.his.hospitals()[0].phone in said
        assert "改到哪天" not in said
    assert ours(bound) == [(BONES, MONDAY, "booked")]


def test_with_nothing_booked_there_is_nothing_to_move(bound: Talk) -> None:
    assert "没有可以改时间的预约" in bound("我要改约")
    assert bound.labels == ["我要挂号", "我的预约"]
    assert nothing_happened(bound)


def test_a_number_booked_too_late_to_be_given_back_promises_nothing(bound: Talk) -> None:
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 9, 45))):
        bound("挂今天骨科")
        assert bound.labels[0].startswith("10:00")
        bound("1")
        said = bound("确认挂号")
    assert "网上取消不了" in said
    assert "请提前30分钟" not in said
    assert bound.ports.his.hospitals()[0].phone in said


def test_a_department_that_does_not_see_the_patient_leaves_the_old_one_in_question(bound: Talk) -> None:
    book(bound)
    bound("我想改时间")
    said = bound("改成儿科的")
    assert "看14岁以下的孩子" in said
    assert "改到哪天来骨科" in said
    assert ours(bound) == [(BONES, TUESDAY, "booked")]


def test_with_nothing_else_open_the_old_number_stays(bound: Talk, hospital: EmbeddedHis) -> None:
    book(bound)
    sell_out(hospital, BONES)
    assert "没有别的号可以换" in bound("我想改时间")
    assert ours(bound) == [(BONES, TUESDAY, "booked")]


# -- whom a department sees ------------------------------------------------------------------------------------
def test_a_grown_up_is_told_at_once_who_sees_children_and_the_childs_card_opens_the_door(
    bound: Talk, patients: Patients
) -> None:
    said = bound("挂明天上午儿科")
    assert "看14岁以下的孩子" in said
    assert "全科医学科" in said
    assert "请核对" not in said
    bound.tap("绑定孩子的卡")
    tell(bound, patients[2])
    assert "绑好了" in type_code(bound, patients[2])
    said = bound("挂明天上午儿科")
    if "给哪位就诊人办" in said:
        assert bound.labels == ["钱**"]
        said = bound("1")
    assert "儿科，明天 11月24日 周二，几点来" in said
    assert "就诊人：钱**" in bound("1")
    bound("确认挂号")
    assert theirs(bound, 0) == []
    assert theirs(bound, 1) == [(CHILDREN, TUESDAY, "booked")]


def test_a_man_is_not_booked_into_the_department_for_women(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    said = bound(f"给{patients[1]['name']}挂明天的妇科")
    assert "妇科只看女性患者" in said
    assert "给哪位就诊人办" in said
    assert bound.labels == ["闫**"]
    assert nothing_happened(bound)


# -- two patients, one phone -----------------------------------------------------------------------------------
def test_for_oneself_and_for_a_relative_one_after_the_other(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    bound("给我和家里人都挂明天上午皮肤科")
    bound.tap("闫**")
    bound("1")
    assert "挂好了！闫**" in bound("确认挂号")
    assert "给哪位就诊人办" in bound.tap("给家人也挂一个")
    bound.tap("钱*")
    bound("皮肤科")
    bound("明天")
    bound("1")
    assert "挂好了！钱*" in bound("确认挂号")
    assert theirs(bound, 0) == [(SKIN, TUESDAY, "booked")] == theirs(bound, 1)


def test_a_sentence_for_two_asks_for_whom_first_and_never_ends_nowhere(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    assert "给哪位就诊人办" in bound("给我和我妈都挂明天上午皮肤科")
    bound.tap("钱*")
    bound("1")
    assert "挂好了" in bound("确认挂号")
    assert "哪一张是母亲的卡" in bound("再给我妈挂一个皮肤科明天上午的")
    assert bound.labels == ["闫**", "绑定新的就诊卡"]  # a man's card is nobody's mother
    bound("1")
    bound("1")
    assert "挂好了" in bound("确认挂号")
    assert theirs(bound, 0) == [(SKIN, TUESDAY, "booked")] == theirs(bound, 1)


# -- suspended -------------------------------------------------------------------------------------------------
def _suspend(talk: Talk) -> None:
    now = clock.now()
    row = {"ref": "s_0123456789", "key": "k", "patient_id": cards_of(talk)[0].patient_id, "missed": 3}
    with talk.ports.transaction() as session:
        facts = {"counted_to": MONDAY, "begun_at": now, "until": now + timedelta(days=30)}
        session.add(Suspension(**row, **facts))


def test_whoever_is_suspended_is_told_at_once_and_can_appeal(bound: Talk) -> None:
    _suspend(bound)
    said = bound("挂明天上午骨科")
    assert "有3次约了没有来，网上挂号停到12月23日 周三" in said
    assert "几点来" not in said
    assert "申诉已经收到" in bound.tap("我要申诉")
    assert "申诉已经收到" in bound("那天我来了，怎么算爽约，我要申诉")
    assert nothing_happened(bound)
    assert [row.appealed_at is not None for row in suspensions.listed(bound.ports)] == [True]


def test_an_appeal_in_ones_own_words_keeps_them_and_without_a_reason_to_appeal_says_so(bound: Talk) -> None:
    assert "没有需要申诉的" in bound("我要申诉")
    _suspend(bound)
    bound("爽约记录错了，我要申诉")
    assert suspensions.listed(bound.ports)[0].words == "爽约记录错了，我要申诉"


def test_a_relatives_card_books_on(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    _suspend(bound)
    bound("挂明天上午骨科")
    assert "停到" in bound.tap("闫**")
    bound("挂明天上午骨科")
    bound.tap("钱*")
    bound("1")
    assert "挂好了！钱*" in bound("确认挂号")


# -- all the times there are -----------------------------------------------------------------------------------
def test_more_half_hours_are_a_tap_or_a_word_away_and_end_somewhere(bound: Talk) -> None:
    bound("挂明天骨科")
    seen = {label for label in bound.labels if label[0].isdigit()}
    assert bound.labels[-2:] == ["更多时间", "换一天"]
    bound.tap("更多时间")
    second = {label for label in bound.labels if label[0].isdigit()}
    assert second
    assert not second & seen
    everything = bound.ports.his.slots(first=TUESDAY, last=TUESDAY, department_id=BONES)
    seen |= second
    for _ in range(30):
        if "就这些了" in bound("还有别的时间吗"):
            break
        seen |= {label for label in bound.labels if label[0].isdigit()}
    assert len(seen) == sum(slot.left > 0 for slot in everything)
    bound.tap("08:00")
    assert "挂好了" in bound("确认挂号")


def test_a_title_narrows_the_half_hours_and_another_word_widens_them(bound: Talk) -> None:
    bound("挂周五消化内科")
    assert "消化内科主任医师，11月27日 周五，几点来" in bound("主任医师的号")
    times = [label for label in bound.labels if label[0].isdigit()]
    assert times
    assert all("主任医师" in label and "副主任医师" not in label for label in times)
    bound("换个医生看")
    assert len({label.split(" ")[1] for label in bound.labels if label[0].isdigit()}) > 1


def test_a_doctor_without_a_number_in_two_weeks_is_not_said_to_be_full_today(bound: Talk) -> None:
    said = bound("挂邱倩主任明天的号")
    assert "邱倩医生这两周都约满了或停诊" in said
    assert "换一天看看" not in said
    assert "骨科，明天 11月24日 周二，几点来" in said


# -- how fast --------------------------------------------------------------------------------------------------
def test_too_many_operations_in_a_minute_keep_what_was_chosen(bound: Talk, monkeypatch: Any) -> None:
    monkeypatch.setitem(bound.ports.rules, "operations_per_minute", 0)
    bound("挂明天上午骨科")
    bound("1")
    said = bound("确认挂号")
    assert "操作太快了" in said
    assert "请核对" in said
    assert nothing_happened(bound)
    monkeypatch.setitem(bound.ports.rules, "operations_per_minute", 10)
    assert "挂好了" in bound("确认挂号")


def test_a_day_that_opens_later_says_when(bound: Talk) -> None:
    bound("挂骨科")
    said = bound("12月20号")
    assert "12月20日 周日的号要到12月6日 周日 07:00才放出来" in said
    assert "挂骨科，哪天来" in said
