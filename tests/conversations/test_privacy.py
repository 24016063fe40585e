"""我的数据: what is kept, taking a consent back at once, agreeing again, erasing it all."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.db.privacy import Consent
from bot.services import mydata
from tests.conversations.bookings import book, cards_of
from tests.conversations.conftest import bind
from tests.conversations.house import Talk
from tests.conversations.visits import rows


def test_my_data_says_what_is_kept_and_offers_each_way(bound: Talk) -> None:
    said = bound("我的数据")
    assert "就诊卡1张" in said
    assert "保存就诊卡、查报告、发消息提醒" in said
    assert bound.labels == ["不再保存就诊卡", "不再查报告", "不要主动发消息", "删除我的数据", "回到菜单"]


def test_reports_are_refused_kindly_after_taking_the_consent_back_and_come_back_with_one_tap(bound: Talk) -> None:
    bound("我的数据")
    assert "不再给您看报告" in bound.tap("不再查报告")
    assert "先要您同意" in bound("查报告")
    assert bound.labels == ["同意", "先不了"]
    assert "记下您的同意" in bound.tap("同意")
    bound.tap("查报告")
    assert any("**" in label for label in bound.labels)


def test_a_report_tapped_after_taking_the_consent_back_is_not_drawn(bound: Talk) -> None:
    bound("查报告")
    label = bound.labels[0]
    bound("我的数据")
    bound.tap("不再查报告")
    bound("查报告")
    assert label not in bound.labels


def test_pushes_are_switched_off_and_on(bound: Talk) -> None:
    bound("我的数据")
    assert "不主动发消息" in bound.tap("不要主动发消息")
    bound.tap("重新同意")
    push = [c for c in rows(bound.ports, Consent, person_id=bound.person_id) if c.purpose == "push"]
    assert [c.withdrawn_at is None for c in push] == [False, True]


def test_taking_binding_back_asks_once_and_lets_the_card_go(bound: Talk) -> None:
    bound("我的数据")
    assert "所有就诊卡都会解绑" in bound.tap("不再保存就诊卡")
    assert "什么也没有改动" in bound.tap("先留着")
    bound("我的数据")
    bound.tap("不再保存就诊卡")
    assert "都解绑了" in bound.tap("确认收回")
    assert [c.active for c in cards_of(bound)] == [None]


def test_a_question_waits_for_a_new_yes(bound: Talk) -> None:
    mydata.agree(bound.ports, person_id=bound.person_id, purpose="consult")
    bound("我的数据")
    assert "提问也撤回了" in bound.tap("不再问医生")
    assert "先要您同意" in bound("问医生")
    bound.tap("同意")
    assert "先要您同意" not in bound.tap("问医生")
    assert len(bound.labels) > 3, "the form is open and offers departments"


def test_after_a_booking_he_is_asked_whether_we_may_tell_when_the_words_are_new(bound: Talk) -> None:
    with bound.ports.transaction() as session:
        session.execute(sa.delete(Consent).where(Consent.purpose == "push"))
    book(bound)
    assert "要我发消息提醒您吗" in "".join(str(reply.get("text")) for reply in bound.replies)
    bound.tap("同意发消息提醒我")
    assert not mydata.unasked(bound.ports, person_id=bound.person_id, purpose="push")


def test_erasing_asks_once_and_everything_is_gone(talk: Talk, patients: list[dict[str, Any]]) -> None:
    bind(talk, patients[0])
    before = talk.person_id
    talk("删除我的数据")
    assert "找不回来" in talk.tap("删除我的数据")
    assert "已经删除" in talk.tap("确认删除")
    assert talk("我的预约")
    assert talk.person_id != before
    assert cards_of(talk) == []


def test_my_data_in_the_middle_of_a_form_is_answered_and_the_form_goes_on(bound: Talk) -> None:
    asked = bound("我要挂号")
    said = bound("我的数据")
    assert "就诊卡1张" in said
    assert said.endswith(asked.splitlines()[-1])
