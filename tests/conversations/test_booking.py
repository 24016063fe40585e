"""Booking: from any first word to a number, with one card, two or none, alone or against somebody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.his.embedded import tables
from bot.his.embedded.hospital import EmbeddedHis
from bot.jobs import directory
from tests.conversations.bookings import (
    BONES,
    EYES,
    FRIDAY,
    HEART,
    MONDAY,
    SKIN,
    STOMACH,
    TUESDAY,
    WEDNESDAY,
    at_hospital,
    book,
    cards_of,
    nothing_happened,
    ours,
    theirs,
)
from tests.conversations.conftest import bind, type_code
from tests.conversations.house import Talk

Patients = list[dict[str, Any]]


def _sell(hospital: EmbeddedHis, slot_id: str, left: int = 0) -> None:
    """Leave so many places in one half hour; everybody else was faster."""
    _sell_where(hospital, tables.slot.c.id == slot_id, left)


def _sell_where(hospital: EmbeddedHis, which: Any, left: int = 0) -> None:
    """Where WeChat has a share of its own, what is left is left to WeChat."""
    own = sa.case((tables.slot.c.share > 0, tables.slot.c.share - left), else_=0)
    values = {"taken": tables.slot.c.capacity - left, "share_taken": own}
    with hospital.database.writing() as connection:
        connection.execute(sa.update(tables.slot).where(which).values(**values))


def sell_out(hospital: EmbeddedHis, department_id: str) -> None:
    """Leave no place in a whole department."""
    here = sa.select(tables.session.c.id).where(tables.session.c.department_id == department_id)
    _sell_where(hospital, tables.slot.c.session_id.in_(here))


def test_step_by_step_from_the_department_to_a_number(bound: Talk) -> None:
    assert "想看哪个科" in bound("我要挂号")
    assert "挂骨科，哪天来" in bound("骨科")
    assert "骨科，后天 11月25日 周三，几点来" in bound.tap("后天")
    said = bound("2")
    assert "请核对" in said
    assert "就诊人：闫**" in said
    said = bound("确认")
    assert "挂好了！闫**" in said
    assert "11月25日 周三" in said
    assert "号" in said
    assert ours(bound) == [(BONES, WEDNESDAY, "booked")] == theirs(bound)
    assert f"第{at_hospital(bound)[0].number}号" in said


def test_one_full_sentence_leaves_only_the_half_hour_to_choose(bound: Talk) -> None:
    said = bound("帮我挂明天上午骨科的号")
    assert "骨科，明天 11月24日 周二，几点来" in said
    hours = [int(label[:2]) for label in bound.labels if label[0].isdigit()]
    assert hours
    assert max(hours) < 12
    bound("第三个")
    assert "挂好了" in bound("是的，确认")
    made = at_hospital(bound)[0]
    assert (made.department_id, made.day, clock.local(made.start).hour < 12) == (BONES, TUESDAY, True)


def test_a_doctor_by_full_name_brings_his_department(bound: Talk) -> None:
    assert "挂武强医生，哪天来" in bound("我想挂武强医生的号")
    bound.tap("周五")
    said = bound("最早的")
    assert "消化内科 武强 主任医师" in said
    assert "挂好了" in bound("好")
    made = at_hospital(bound)[0]
    assert (made.doctor_id, made.department_id, made.day) == ("yh.d012", STOMACH, FRIDAY)


def test_a_surname_that_only_one_doctor_has_is_enough(bound: Talk) -> None:
    assert "挂武强医生，哪天来" in bound("挂武主任的号")
    assert nothing_happened(bound)


def test_a_surname_that_several_doctors_have_is_asked_about(bound: Talk) -> None:
    assert "想挂哪位医生" in bound("我要挂周医生")
    assert bound.labels == ["周文静 主治医师（骨科）", "周桂英 副主任医师（皮肤科）", "周雪 主任医师（儿童保健科）"]
    said = bound("停车怎么收费")
    assert "停车" in said
    assert "想挂哪位医生" in said
    assert "挂周桂英医生，哪天来" in bound("二")
    bound("后天")
    bound("1")
    bound("确认挂号")
    assert at_hospital(bound)[0].doctor_id == "yh.d109"


def test_a_department_beside_the_surname_decides_which_doctor(bound: Talk) -> None:
    assert "挂王沛文医生，哪天来" in bound("挂骨科王医生的号")


def test_a_doctor_whom_nobody_knows_is_said_and_a_department_asked(bound: Talk) -> None:
    said = bound("挂诸葛医生的号")
    assert "没有找到这位医生" in said
    assert "想看哪个科" in said


def test_a_doctor_who_is_full_for_two_weeks_gives_way_to_his_colleagues(bound: Talk) -> None:
    said = bound("挂邱倩主任")
    assert "邱倩医生这两周都约满了或停诊" in said
    assert "挂骨科，哪天来" in said


def test_without_a_card_it_is_bound_first_and_the_booking_goes_on_by_itself(talk: Talk, patients: Patients) -> None:
    said = talk("帮我挂后天下午眼科")
    assert "先绑定就诊卡" in said
    talk(patients[0]["name"])
    talk(patients[0]["id_number"])
    talk(patients[0]["phone"])
    said = type_code(talk, patients[0])
    assert "绑好了" in said
    assert "眼科，后天 11月25日 周三，几点来" in said
    assert all(int(label[:2]) >= 12 for label in talk.labels if label[0].isdigit())
    talk("1")
    assert "挂好了" in talk("确认")
    assert ours(talk) == [(EYES, WEDNESDAY, "booked")] == theirs(talk)


def test_a_binding_given_up_gives_up_the_booking_that_needed_it(talk: Talk) -> None:
    talk("挂皮肤科")
    assert "先停在这儿" in talk("不绑了")
    assert cards_of(talk) == []
    assert "想看哪个科" not in talk("你好")


def test_with_two_cards_it_is_asked_for_whom(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    assert "给哪位就诊人办" in bound("挂明天上午皮肤科")
    assert bound.labels == ["闫**", "钱*"]
    bound("2")
    bound("1")
    assert "挂好了！钱*" in bound("确认挂号")
    assert theirs(bound, 0) == []
    assert theirs(bound, 1) == [(SKIN, TUESDAY, "booked")]


def test_a_patients_name_in_the_sentence_says_for_whom(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    assert "骨科，明天" in bound(f"给{patients[1]['name']}挂明天上午骨科")
    assert "就诊人：钱*" in bound("1")
    assert nothing_happened(bound)


def test_both_patients_can_have_the_same_department_on_the_same_day(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    for name in (patients[0]["name"], patients[1]["name"]):
        bound("挂明天上午骨科")
        bound(name)
        bound("1")
        assert "挂好了" in bound("确认挂号")
    assert theirs(bound, 0) == theirs(bound, 1) == [(BONES, TUESDAY, "booked")]


def test_whoever_does_not_mind_gets_the_first_day_and_the_first_half_hour(bound: Talk) -> None:
    bound("预约个骨科")
    assert "骨科，今天 11月23日 周一，几点来" in bound("随便，哪天都行")
    assert "今天 11月23日 周一 10:00-10:30" in bound("都可以")
    bound("嗯，挂吧")
    assert ours(bound) == [(BONES, MONDAY, "booked")]


def test_the_earliest_number_of_a_department_goes_straight_to_the_check(bound: Talk) -> None:
    assert "今天 11月23日 周一 10:00-10:30" in bound("挂个骨科最早的号")
    assert nothing_happened(bound)


def test_a_clock_time_takes_the_half_hour_that_holds_it(bound: Talk) -> None:
    bound("挂后天眼科")
    said = bound("下午三点")
    assert "11月25日 周三 15:00-15:30" in said
    said = bound("改到下午两点十分吧")
    assert "11月25日 周三 14:00-14:30" in said
    said = bound("12点半吧")
    assert "这个时间没有号" in said
    assert "几点来" in said


def test_a_part_of_the_day_without_clinics_shows_the_rest_of_the_day(bound: Talk) -> None:
    bound("挂周文静医生明天的号")
    said = bound("我想下午去")
    assert "下午没有号了，当天别的时间还有" in said
    assert bound.labels[0].startswith("08:00")


def test_a_day_that_is_full_is_said_and_other_days_are_shown(bound: Talk, hospital: EmbeddedHis) -> None:
    for slot in hospital.slots(first=TUESDAY, last=TUESDAY, department_id=BONES):
        _sell(hospital, slot.id)
    said = bound("挂明天骨科")
    assert "明天 11月24日 周二没有号了，换一天看看" in said
    assert [label for label in bound.labels if "11月24日" in label] == ["候补 明天 11月24日 周二"]
    bound.tap("后天")
    bound("1")
    bound("确认")
    assert ours(bound) == [(BONES, WEDNESDAY, "booked")]


def test_a_department_that_is_full_for_two_weeks_asks_for_another(bound: Talk, hospital: EmbeddedHis) -> None:
    sell_out(hospital, BONES)
    said = bound("我要挂骨科")
    assert "这两周都约满了或停诊" in said
    assert "挂眼科，哪天来" in bound("那就眼科吧")


def test_a_clinic_called_off_while_it_is_chosen_is_said_and_other_half_hours_are_offered(
    bound: Talk, hospital: EmbeddedHis
) -> None:
    bound("挂周五的消化内科")
    said = bound("1")
    assert "请核对" in said
    offered = hospital.slots(first=FRIDAY, last=FRIDAY, department_id=STOMACH)
    for session in {s.session_id for s in offered if f"{clock.local(s.start):%H:%M}-" in said}:
        hospital.close_session(session_id=session, key=session)
    said = bound("确认挂号")
    assert "这个时间停诊了" in said and "没有号了" not in said
    assert "几点来" in said
    assert theirs(bound) == []
    bound("1")
    assert "挂好了" in bound("确认挂号")


def test_of_two_patients_at_the_last_place_one_gets_it_and_the_other_is_offered_more(
    bound: Talk, another: Callable[[], Talk], patients: Patients, hospital: EmbeddedHis
) -> None:
    rival = another()
    bind(rival, patients[3])
    for talk in (bound, rival):
        talk("挂武强医生周五的号")
    slot = hospital.slots(first=FRIDAY, last=FRIDAY, doctor_id="yh.d012")
    wanted = next(s for s in slot if s.left > 0)
    _sell(hospital, wanted.id, left=1)
    for talk in (bound, rival):
        assert "请核对" in talk(f"{clock.local(wanted.start):%H:%M}")
    assert "挂好了" in bound("确认挂号")
    said = rival("确认挂号")
    assert "这个时间没有号了" in said
    assert "几点来" in said
    assert theirs(bound) == [(STOMACH, FRIDAY, "booked")]
    assert theirs(rival) == []
    assert [state for *_, state in ours(rival)] == ["refused"]
    rival("1")
    assert "挂好了" in rival("确认挂号")
    assert [state for *_, state in ours(rival)] == ["refused", "booked"]


def test_the_same_department_twice_on_one_day_is_said_at_once_and_another_day_offered(bound: Talk) -> None:
    made = book(bound, "帮我挂明天上午骨科的号")
    said = bound("再挂一个明天下午的骨科")
    assert "闫**当天在骨科已经有号了" in said
    assert f"11月24日 周二 08:00-08:30 {made.number}号" in said
    assert "（明天 11月24日 周二在这个科已经有号了，没有列出来。）" in said
    assert "哪天来" in said
    assert "满" not in said
    assert not any("11月24日" in label for label in bound.labels)
    assert theirs(bound) == [(BONES, TUESDAY, "booked")]
    bound("周五")
    bound("1")
    assert "挂好了" in bound("确认挂号")
    assert theirs(bound) == [(BONES, FRIDAY, "booked"), (BONES, TUESDAY, "booked")]


def test_today_in_the_wish_means_today(bound: Talk) -> None:
    assert "今天 11月23日 周一，几点来" in bound("今天还能挂心内科的号吗，帮我挂一个")
    bound.tap("换一天")
    assert "挂心血管内科，哪天来" in bound.replies[-1]["text"]
    bound("1")
    bound("1")
    bound("确认挂号")
    assert ours(bound) == [(HEART, MONDAY, "booked")]


def test_a_half_hour_that_passes_while_the_patient_thinks_is_not_booked(bound: Talk) -> None:
    bound("挂今天骨科的号")
    assert "10:00-10:30" in bound("1")
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 10, 20))):
        said = bound("确认挂号")
        assert "这个时间已经过了" in said
        assert not any(label.startswith("10:00") for label in bound.labels)
    assert theirs(bound) == []


def test_a_doctor_who_started_today_is_understood_by_name(
    bound: Talk, hospital: EmbeddedHis, directory_file: Path
) -> None:
    assert "哪天来" not in bound("我要挂澹台明月医生的号")
    bound("取消")
    hospital.add_doctor(name="澹台明月", department_id=EYES, title="主任医师", fee_fen=5000)
    assert directory.write(directory_file)
    assert "挂澹台明月医生，哪天来" in bound("我要挂澹台明月医生的号")
    bound.tap("明天")
    bound("1")
    said = bound("确认挂号")
    assert "眼科 澹台明月" in said
    assert "挂号费50元" in said
    assert theirs(bound) == [(EYES, TUESDAY, "booked")]


def test_my_bookings_show_what_stands_and_lead_on(bound: Talk) -> None:
    assert "现在没有预约" in bound("我的预约")
    assert bound.labels == ["我要挂号"]
    made = book(bound, "帮我挂明天上午皮肤科的号")
    said = bound("我挂的号在哪里看")
    assert "您的预约" in said
    assert f"{made.number}号 门诊三号楼3层" in said
    assert "想看哪个科" in bound.tap("再挂一个")


def test_a_red_flag_while_booking_is_answered_first_and_the_booking_is_still_open(bound: Talk) -> None:
    bound("挂明天骨科的号")
    said = bound("刚才突然晕倒了，现在胸口剧痛喘不上气")
    assert "120" in said
    said = bound.tap("继续挂号")
    assert "没听明白" not in said
    assert "骨科，明天 11月24日 周二，几点来" in said
    bound("1")
    bound("确认挂号")
    assert theirs(bound) == [(BONES, TUESDAY, "booked")]
