"""Full → 候补 → somebody gives a place back → a push → 接受 → a number; and a stopped clinic → one tap → a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot import clock
from bot.db.waitlist import Wait, WaitOffer
from bot.his.embedded import EmbeddedHis
from bot.jobs import changes, outbox, waitlist
from tests.conversations.bookings import BONES, FRIDAY, TUESDAY, at_hospital, book, ours, theirs
from tests.conversations.conftest import bind
from tests.conversations.house import Talk
from tests.conversations.visits import rows
from tests.factories import id_number

Patients = list[dict[str, Any]]


def sell_out(talk: Talk) -> None:
    """Strangers take every place that WeChat has in 骨科 on Tuesday."""
    his = talk.ports.his
    for slot in his.slots(first=TUESDAY, last=TUESDAY, department_id=BONES):
        for n in range(slot.left):
            name = f"{slot.id}-{n}"
            who = his.register_patient(name="路人", id_number=id_number(), phone="13900000000", key=name)
            his.book(slot_id=slot.id, patient_id=who.id, key=name)


def pushed(talk: Talk) -> str:
    """What this phone shows now that came by itself; its choices can be tapped."""
    sent = talk.ports.push.sent
    before = len(sent)
    outbox.run()
    talk.replies = [reply for openid, reply in sent[before:] if openid == talk.openid]
    return "\n".join(str(reply["text"]) for reply in talk.replies)


def waits(talk: Talk) -> list[str]:
    return [w.state for w in rows(talk.ports, Wait, person_id=talk.person_id)]


@pytest.fixture
def holder(bound: Talk) -> Talk:
    """Who has the last number of a day that is otherwise sold out."""
    book(bound)
    sell_out(bound)
    return bound


@pytest.fixture
def waiting(holder: Talk, another: Callable[[], Talk], patients: Patients) -> Talk:
    """Who stands first in line for that day."""
    talk = another()
    bind(talk, patients[1])
    assert "没有号了" in talk("挂明天骨科")
    assert "候补登记好了" in talk.tap("候补")
    return talk


def give_back(holder: Talk) -> None:
    holder("取消预约")
    assert "已经取消" in holder("确认取消")
    waitlist.run()


def test_a_full_day_offers_to_wait_and_the_place_that_comes_free_is_one_tap_away(holder: Talk, waiting: Talk) -> None:
    assert "前面还有0位" in "".join(r["text"] for r in waiting.replies)
    assert waits(waiting) == ["waiting"]
    give_back(holder)
    said = pushed(waiting)
    assert "候补的号有了" in said and "骨科" in said
    assert [a.state for a in at_hospital(waiting)] == ["held"]
    assert "挂好了" in waiting.tap("接受")
    assert ours(waiting) == [(BONES, TUESDAY, "booked")] == theirs(waiting)
    assert waits(waiting) == ["filled"]
    assert ours(holder) == [(BONES, TUESDAY, "cancelled")]


def test_the_words_are_as_good_as_the_tap(holder: Talk, waiting: Talk) -> None:
    give_back(holder)
    pushed(waiting)
    assert "挂好了" in waiting("接受")
    assert ours(waiting) == [(BONES, TUESDAY, "booked")] == theirs(waiting)


def test_an_offer_without_answer_goes_to_the_next(
    holder: Talk, waiting: Talk, another: Callable[[], Talk], patients: Patients
) -> None:
    second = another()
    bind(second, patients[2])
    second("挂明天骨科")
    assert "前面还有1位" in second.tap("候补")
    give_back(holder)
    pushed(waiting)
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        waitlist.run()
        assert "候补的号有了" in pushed(second)
        assert "挂好了" in second.tap("接受")
    assert (waits(waiting), waits(second)) == (["lapsed"], ["filled"])
    assert ours(waiting) == []
    assert theirs(waiting) == [(BONES, TUESDAY, "cancelled")]
    assert ours(second) == [(BONES, TUESDAY, "booked")] == theirs(second)


def test_a_tap_on_an_offer_that_is_over_says_so(holder: Talk, waiting: Talk) -> None:
    give_back(holder)
    pushed(waiting)
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        waitlist.run()
        assert "来晚了一步" in waiting.tap("接受")
    assert ours(waiting) == []


def test_who_does_not_want_it_lets_the_next_have_it(holder: Talk, waiting: Talk) -> None:
    give_back(holder)
    pushed(waiting)
    assert "让给下一位" in waiting.tap("让给下一位")
    waitlist.run()
    assert [o.state for o in rows(waiting.ports, WaitOffer)] == ["ended"]
    assert theirs(waiting) == [(BONES, TUESDAY, "cancelled")]
    assert waits(waiting) == ["left"]


def test_a_push_in_the_middle_of_a_form_disturbs_nothing(holder: Talk, waiting: Talk) -> None:
    assert "哪天来" in waiting("挂眼科")
    open_question = waiting.replies
    give_back(holder)
    pushed(waiting)
    offered = waiting.replies
    waiting.replies = open_question
    assert "几点来" in waiting.tap("余")
    waiting.replies = offered
    said = waiting.tap("接受")
    assert "挂好了" in said and "几点来" in said
    assert ours(waiting) == [(BONES, TUESDAY, "booked")]


def test_there_is_a_place_tell_me_is_understood_where_a_day_is_full(
    holder: Talk, another: Callable[[], Talk], patients: Patients
) -> None:
    talk = another()
    bind(talk, patients[1])
    talk("挂明天骨科")
    assert "候补登记好了" in talk("有号了通知我")
    assert waits(talk) == ["waiting"]


def test_my_bookings_show_the_line_and_the_way_out(waiting: Talk) -> None:
    said = waiting("我的预约")
    assert "您的候补" in said and "前面还有0位" in said
    assert "不等了" in waiting.tap("不等了")
    assert waits(waiting) == ["left"]
    assert "现在没有预约" in waiting("我的预约")


def test_asked_out_of_the_blue_it_is_explained_and_shown(waiting: Talk, another: Callable[[], Talk]) -> None:
    assert "您的候补" in waiting("我的候补排到第几了")
    assert "按先后顺序" in another()("怎么候补")


def test_a_day_given_back_is_not_for_strangers(holder: Talk, another: Callable[[], Talk], patients: Patients) -> None:
    holder("取消预约")
    holder("确认取消")
    talk = another()
    bind(talk, patients[2])
    assert "没有号了" in talk("挂明天骨科")
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert "几点来" in talk("明天")


def test_a_stopped_clinic_is_told_and_one_tap_is_a_new_number(bound: Talk, hospital: EmbeddedHis) -> None:
    made = book(bound)
    hospital.close_session(session_id=made.session_id, key="desk")
    changes.run()
    changes.run()
    said = pushed(bound)
    assert said.count("停诊了") == 1 and "很抱歉" in said
    assert ours(bound) == [(BONES, TUESDAY, "stopped")] == theirs(bound)
    assert "挂好了" in bound.tap("换到")
    [old, new] = ours(bound)
    assert (old, new[0], new[2]) == ((BONES, TUESDAY, "moved"), BONES, "booked")
    standing = [(a.department_id, a.day) for a in at_hospital(bound) if a.state in {"booked", "waiting"}]
    assert standing == [new[:2]]


def test_a_stopped_number_can_be_moved_later_from_my_bookings(bound: Talk, hospital: EmbeddedHis) -> None:
    made = book(bound)
    hospital.close_session(session_id=made.session_id, key="desk")
    changes.run()
    assert "医生停诊" in bound("我的预约")
    assert "停诊了" in bound.tap("换个时间")
    assert "挂好了" in bound.tap("换到")
    assert [state for *_, state in ours(bound)] == ["moved", "booked"]


def test_a_stopped_number_can_be_moved_in_words_too(bound: Talk, hospital: EmbeddedHis) -> None:
    made = book(bound)
    hospital.close_session(session_id=made.session_id, key="desk")
    changes.run()
    bound("我的预约")
    assert "改到哪天来骨科" in bound.tap("改时间")
    assert "改到几点" in bound("周五")
    bound("1")
    assert "改好了" in bound("确认改约")
    assert ours(bound) == [(BONES, TUESDAY, "moved"), (BONES, FRIDAY, "booked")]


def test_a_number_that_moves_away_goes_to_who_waits(holder: Talk, waiting: Talk) -> None:
    holder("改到周五")
    holder("1")
    assert "改好了" in holder("确认改约")
    waitlist.run()
    assert "候补的号有了" in pushed(waiting)
    assert "挂好了" in waiting.tap("接受")
    assert theirs(waiting) == [(BONES, TUESDAY, "booked")]


def test_who_moves_a_number_is_not_put_in_line_for_another_one(waiting: Talk) -> None:
    waiting("不等了")
    book(waiting, "挂周五上午骨科")
    assert "没有号了" in waiting("改到明天")
    assert not [label for label in waiting.labels if "候补" in label]
