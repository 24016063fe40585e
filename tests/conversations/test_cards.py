"""Binding a card: the three values in any form, what goes wrong with them, and what can be done with cards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from bot import clock
from bot.db.cards import BindTry
from bot.db.privacy import Consent
from bot.errors import Refused, Unavailable
from tests.conversations.bookings import BONES, book, cards_of, ours, theirs
from tests.conversations.conftest import bind, sms, tell, type_code
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import rows, said_to, send_due, sent_to
from tests.factories import id_number

Patients = list[dict[str, Any]]


def _bound_names(talk: Talk) -> list[str]:
    return [talk.ports.crypto.open(c.name_sealed) for c in cards_of(talk) if c.active]


def _refusals(talk: Talk) -> list[str | None]:
    return [t.refusal for t in rows(talk.ports, BindTry, person_id=talk.person_id)]


@pytest.fixture
def bound(bound_here: Talk) -> Talk:
    """These tests are about the chat in which a card is bound."""
    return bound_here


def test_a_card_is_bound_with_three_answers(talk: Talk, patients: Patients) -> None:
    assert "就诊人姓名" in talk("绑定就诊卡")
    assert "身份证号" in talk(patients[0]["name"])
    assert "手机号" in talk(patients[0]["id_number"])
    assert "短信验证码" in talk(patients[0]["phone"])
    assert "绑好了：闫**（3301**********3883，城乡居民医保）。\n" in talk(sms(talk).code(patients[0]["phone"]))
    assert _bound_names(talk) == ["闫安然"]
    card = cards_of(talk)[0]
    assert talk.ports.his.patient(card.patient_id).id_number == patients[0]["id_number"]
    assert [c.purpose for c in rows(talk.ports, Consent, person_id=talk.person_id)] == [
        *("binding", "reports", "push"),
    ]


def test_all_three_values_in_one_sentence_bind_at_once(talk: Talk, patients: Patients) -> None:
    one = patients[0]
    said = talk(f"我叫{one['name']}，身份证{one['id_number']}，手机{one['phone']}，帮我绑卡")
    assert "短信验证码" in said
    assert "绑好了：闫**" in type_code(talk, one)
    assert _bound_names(talk) == ["闫安然"]


def test_a_wrong_value_in_one_sentence_costs_only_that_value(talk: Talk, patients: Patients) -> None:
    one = patients[0]
    wrong = one["id_number"][:-1] + ("1" if one["id_number"][-1] != "1" else "2")
    said = talk(f"我叫{one['name']}，身份证号{wrong}，手机{one['phone']}，绑定就诊卡")
    assert "身份证号好像不对" in said
    assert "请输入就诊人的身份证号" in said
    assert "短信验证码" in talk(one["id_number"])
    assert "绑好了" in type_code(talk, one)


def test_an_id_number_with_a_wrong_check_digit_is_asked_again(talk: Talk, patients: Patients) -> None:
    one = patients[3]
    talk("我要绑卡")
    talk(one["name"])
    said = talk(one["id_number"][:-1] + ("0" if one["id_number"][-1] != "0" else "1"))
    assert "身份证号好像不对" in said
    assert _refusals(talk) == []
    spaced = f"{one['id_number'][:6]} {one['id_number'][6:14]} {one['id_number'][14:]}"
    assert "手机号" in talk(spaced)
    talk(one["phone"])
    assert "绑好了" in type_code(talk, one)


def test_a_phone_number_with_a_digit_missing_is_asked_again(talk: Talk, patients: Patients) -> None:
    one = patients[4]
    talk("绑就诊卡")
    talk(one["name"])
    talk(one["id_number"])
    assert "手机号好像不对" in talk(one["phone"][:-1])
    talk(f"{one['phone'][:3]} {one['phone'][3:7]} {one['phone'][7:]}")
    assert "绑好了" in type_code(talk, one)
    assert _bound_names(talk) == ["杜伟"]


def test_values_that_do_not_match_the_hospital_get_one_neutral_answer_and_start_again(
    talk: Talk, patients: Patients
) -> None:
    one = patients[0]
    talk("绑定就诊卡")
    talk(one["name"])
    talk(one["id_number"])
    talk("13900001111")
    said = type_code(talk, {"phone": "13900001111"})
    assert "信息没有对上" in said
    assert "就诊人姓名" in said
    assert _refusals(talk) == ["card_mismatch"]
    assert cards_of(talk) == []
    talk(one["name"])
    talk(one["id_number"])
    talk(one["phone"])
    assert "绑好了" in type_code(talk, one)


def test_after_five_failed_tries_the_day_is_over(talk: Talk, patients: Patients) -> None:
    one = patients[0]
    talk("绑定就诊卡")
    for _ in range(5):
        talk(one["name"])
        talk(one["id_number"])
        talk("13900001111")
        assert "信息没有对上" in type_code(talk, {"phone": "13900001111"})
    talk(one["name"])
    talk(one["id_number"])
    assert "今天试的次数太多了" in talk(one["phone"])
    assert cards_of(talk) == []
    assert _refusals(talk) == ["card_mismatch"] * 5


def test_somebody_the_hospital_does_not_know_gets_a_digital_card(talk: Talk) -> None:
    number = id_number()
    talk("我想绑定就诊卡")
    talk("欧阳若兰")
    talk(number)
    talk("13712345678")
    assert "绑好了：欧***" in type_code(talk, {"phone": "13712345678"})
    assert "自费" in talk.said
    assert "刚给他办了一张电子就诊卡" in talk.said
    opened = talk.ports.his.patient(cards_of(talk)[0].patient_id)
    assert (opened.name, opened.id_number) == ("欧阳若兰", number)
    assert opened.card_no


def test_a_question_where_the_name_is_asked_is_answered_and_the_name_asked_again(
    talk: Talk, patients: Patients
) -> None:
    talk("绑卡")
    said = talk("绑卡要多少钱吗")
    assert "就诊人姓名" in said
    said = talk("停车方便吗")
    assert "停车场" in said
    assert "就诊人姓名" in said
    assert "身份证号" in talk(f"我叫{patients[5]['name']}")
    assert cards_of(talk) == []


def test_cancel_where_the_name_is_asked_is_no_name(talk: Talk) -> None:
    talk("绑定就诊卡")
    assert "先停在这儿" in talk("取消")
    assert "没有绑定就诊卡" in talk("查报告")
    assert rows(talk.ports, BindTry, person_id=talk.person_id) == []


def test_back_asks_for_the_value_before(talk: Talk, patients: Patients) -> None:
    talk("绑定就诊卡")
    talk("闫安燃")
    assert "就诊人姓名" in talk("返回")
    assert "已经是第一步了" in talk("上一步")
    talk(patients[0]["name"])
    talk(patients[0]["id_number"])
    talk(patients[0]["phone"])
    assert "绑好了" in type_code(talk, patients[0])


def test_the_same_card_twice_is_said_and_not_bound_again(bound: Talk, patients: Patients) -> None:
    bound("再绑一张卡")
    bound(patients[0]["name"])
    bound(patients[0]["id_number"])
    assert "已经绑定过了" in bound(patients[0]["phone"])
    assert len(cards_of(bound)) == 1


def test_a_second_card_leaves_the_first_one_the_default_until_it_is_switched(bound: Talk, patients: Patients) -> None:
    bind(bound, patients[1])
    assert [c.is_default for c in cards_of(bound)] == [True, False]
    assert "给哪位就诊人办" in bound("换个就诊人")
    assert bound.labels == ["闫**", "钱*", "绑定新的就诊卡"]
    assert "之后默认给钱*办" in bound("2")
    assert [c.is_default for c in cards_of(bound)] == [False, True]


def test_unbinding_asks_once_more_and_takes_the_bookings_out_of_sight(bound: Talk) -> None:
    book(bound)
    assert "要解绑闫**吗" in bound("我要解绑就诊卡")
    kept = next(c for c in bound.choices if "确认解绑" in c["label"])
    assert "什么也没有改动" in bound.tap("先留着")
    assert "什么也没有改动" in bound(kept["label"], menu_id=kept["id"])  # a late tap
    assert "什么也没有改动" in bound(kept["label"])  # and one whose id got lost
    assert cards_of(bound)[0].active == 1
    assert "要解绑闫**吗" in bound("我要解绑就诊卡")
    assert "已经解绑" in bound("确认解绑")
    assert cards_of(bound)[0].active is None
    assert "没有预约" in bound("我的预约")
    assert [state for *_, state in theirs(bound)] == ["booked"]
    assert len(ours(bound)) == 1


# -- the code ----------------------------------------------------------------------------------------------------
def _at_the_code(talk: Talk, patient: dict[str, Any]) -> str:
    """Up to the question for the code; gives the code."""
    talk("绑定就诊卡")
    assert "短信验证码" in tell(talk, patient)
    return sms(talk).code(patient["phone"])


def test_six_bare_digits_are_the_code_and_rasa_sees_none_of_them(
    talk: Talk, patients: Patients, rasa: InProcessRasa
) -> None:
    code = _at_the_code(talk, patients[0])
    assert "绑好了" in talk(code)
    assert code not in said_to(rasa, talk)
    assert patients[0]["phone"] not in said_to(rasa, talk)


@pytest.mark.parametrize("typed", ["验证码是{}", "{} ", "我收到的是{}。"])
def test_a_code_may_stand_among_words(talk: Talk, patients: Patients, typed: str) -> None:
    assert "绑好了" in talk(typed.format(_at_the_code(talk, patients[0])))


def test_a_wrong_code_says_how_many_tries_are_left_and_the_fifth_needs_a_new_one(
    talk: Talk, patients: Patients
) -> None:
    code = _at_the_code(talk, patients[0])
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert "验证码不对，请再看一眼短信，还可以试4次" in talk(wrong)
    assert "短信验证码" in talk.said
    for _ in range(3):
        talk(wrong)
    assert "请点“重发验证码”" in talk(wrong)
    assert "请点“重发验证码”" in talk(code)
    assert cards_of(talk) == []
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert "验证码已经发到" in talk.tap("重发验证码")
        assert "绑好了" in talk(sms(talk).code(patients[0]["phone"]))


def test_something_else_than_a_code_is_answered_and_the_code_asked_again(talk: Talk, patients: Patients) -> None:
    code = _at_the_code(talk, patients[0])
    sent = len(sms(talk).sent)
    said = talk("停车方便吗")
    assert "停车场" in said
    assert "请输入6位短信验证码" in said
    assert "验证码是6位数字" in talk("12345")
    assert len(sms(talk).sent) == sent
    assert "绑好了" in talk(code)


@pytest.mark.parametrize("asked", ["重发", "没收到验证码", "再发一次"])
def test_another_code_is_sent_after_a_minute_and_not_before(talk: Talk, patients: Patients, asked: str) -> None:
    _at_the_code(talk, patients[0])
    said = talk(asked)
    assert "请60秒后再要一个新的" in said
    assert "请输入6位短信验证码" in said
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert "验证码已经发到" in talk(asked)
        assert "绑好了" in talk(sms(talk).code(patients[0]["phone"]))
    assert [m.kind for _, m in sms(talk).sent] == ["code", "code", "card_bound"]


def test_going_back_from_the_code_asks_for_the_phone_and_sends_to_the_new_one(talk: Talk, patients: Patients) -> None:
    talk("绑定就诊卡")
    wrong = patients[0] | {"phone": "13700001111"}
    tell(talk, wrong)
    assert "手机号" in talk("返回")
    assert "验证码已经发到" in talk(patients[0]["phone"])
    assert "绑好了" in type_code(talk, patients[0])


def test_leaving_at_the_code_binds_nothing_and_a_late_code_is_no_word_for_rasa(
    talk: Talk, patients: Patients, rasa: InProcessRasa
) -> None:
    code = _at_the_code(talk, patients[0])
    assert "先停在这儿" in talk("取消")
    talk(code)
    assert cards_of(talk) == []
    assert code not in said_to(rasa, talk)


def test_without_a_gateway_it_is_said_where_to_go(talk: Talk, patients: Patients) -> None:
    sms(talk).failures = [Refused("no_sms")]
    talk("绑定就诊卡")
    assert "请带身份证到服务台绑定" in tell(talk, patients[0])
    assert "短信验证码" not in talk.said.replace("短信验证，", "")
    assert "停车" in talk("停车方便吗")
    assert "手机号" not in talk.said


def test_a_gateway_that_is_down_leaves_the_question_open(talk: Talk, patients: Patients) -> None:
    sms(talk).failures = [Unavailable()]
    talk("绑定就诊卡")
    assert "短信暂时发不出去" in tell(talk, patients[0])
    assert "验证码已经发到" in talk("重发验证码")
    assert "绑好了" in type_code(talk, patients[0])


# -- a child -----------------------------------------------------------------------------------------------------
def _child() -> dict[str, str]:
    return {"name": "闫小小", "id_number": id_number(born=date(2019, 5, 1)), "phone": "18800001000"}


def test_a_child_is_bound_by_a_guardian_who_agrees(talk: Talk) -> None:
    talk("绑定就诊卡")
    talk(_child()["name"])
    assert "您是他的监护人" in talk(_child()["id_number"])
    assert "手机号" in talk("是的")
    talk(_child()["phone"])
    assert "绑好了" in type_code(talk, _child())
    assert "这是谁的卡" not in talk.said
    [card] = cards_of(talk)
    assert card.relation == "child"
    assert {c.purpose for c in rows(talk.ports, Consent)} == {"binding", "reports", "push", f"guardian:{card.ref}"}


def test_who_is_no_guardian_binds_no_child(talk: Talk) -> None:
    talk("绑定就诊卡")
    talk(_child()["name"])
    talk(_child()["id_number"])
    assert "请让孩子的监护人来绑定" in talk.tap("不是")
    assert cards_of(talk) == []
    assert sms(talk).sent == []
    assert "停车" in talk("停车方便吗")


# -- whose card it is ----------------------------------------------------------------------------------------------
MOTHER = {"name": "钱桂英", "id_number": id_number(born=date(1960, 2, 3), serial=22), "phone": "13711110000"}


def test_after_binding_it_is_asked_whose_card_it_is(talk: Talk, patients: Patients) -> None:
    bind(talk, patients[0])
    assert "这是谁的卡" in talk.said
    assert talk.labels == ["本人", "妈妈", "孩子", "配偶", "其他"]
    said = talk.tap("本人")
    assert "记住了，闫**是本人" in said
    assert "我要挂号" in talk.labels
    assert [c.relation for c in cards_of(talk)] == ["self"]


def test_whose_card_it_is_can_be_said_at_the_beginning(talk: Talk) -> None:
    talk("给我妈绑定就诊卡")
    tell(talk, MOTHER)
    assert "绑好了" in type_code(talk, MOTHER)
    assert "这是谁的卡" not in talk.said
    assert [c.relation for c in cards_of(talk)] == ["mother"]


@pytest.fixture
def family(bound: Talk) -> Talk:
    """One's own card and one's mother's."""
    bound.tap("本人")
    bind(bound, MOTHER)
    bound.tap("妈妈")
    return bound


def test_a_number_for_my_mother_is_booked_with_her_card(family: Talk) -> None:
    assert "几点来" in family("给我妈挂明天上午骨科的号")
    assert "就诊人：钱**" in family("1")
    assert "挂好了" in family("确认挂号")
    assert theirs(family, 0) == []
    assert [department for department, *_ in theirs(family, 1)] == [BONES]


@pytest.mark.parametrize(("said", "name"), [("换成我妈", "钱**"), ("换我自己", "闫**"), ("给桂英挂", "钱**")])
def test_the_patient_is_changed_in_the_middle_of_booking(family: Talk, said: str, name: str) -> None:
    family("挂明天上午骨科的号")
    family("1")
    if "几点来" in family.said:
        family("1")
    before = family.said
    assert "请核对" in before
    answer = family(said)
    assert f"就诊人：{name}" in answer


@pytest.mark.parametrize(
    ("said", "name"), [("换成我妈", "钱**"), ("切换到我妈的卡", "钱**"), ("换成我自己的卡", "闫**")]
)
def test_the_patient_is_changed_outside_of_booking(family: Talk, said: str, name: str) -> None:
    assert f"之后默认给{name}办" in family(said)


def test_a_mother_whose_card_is_not_bound_is_not_booked_with_mine(bound: Talk) -> None:
    bound.tap("本人")
    assert "还没有绑定母亲的就诊卡" in bound("给我妈挂明天上午骨科的号")
    assert bound.labels == ["闫**", "绑定新的就诊卡"]
    assert "就诊人姓名" in bound.tap("绑定新的就诊卡")
    tell(bound, MOTHER)
    assert "骨科，明天" in type_code(bound, MOTHER)  # the booking goes on, with her card
    assert "就诊人：钱**" in bound("1")
    assert [c.relation for c in cards_of(bound)] == ["self", "mother"]


def test_a_card_never_said_whose_is_asked_about_once(bound: Talk) -> None:
    bind(bound, MOTHER)
    assert "哪一张是母亲的卡" in bound("换成我妈")
    assert "默认给钱**办" in bound.tap("钱**")
    assert "默认给钱**办" in bound("换成我妈")


# -- who else holds it -----------------------------------------------------------------------------------------------
def test_the_other_who_bound_my_card_is_seen_and_cut(
    bound: Talk, patients: Patients, another: Callable[[], Talk]
) -> None:
    bound.tap("本人")
    assert "没有别的微信" in bound("谁绑定了我的卡")
    other = another()
    bind(other, patients[0])
    send_due()
    assert "有人刚刚用短信验证码绑定了闫**的就诊卡" in sent_to(bound)[-1]
    assert "还有这些微信" in bound("谁绑定了我的卡")
    assert bound.labels[0].startswith("闫** 11月23日绑定")
    assert "要解除这个微信对闫**的绑定吗" in bound("1")
    assert "已经解除" in bound.tap("确认解除")
    assert "没有绑定就诊卡" in other("查报告")
    send_due()
    assert "已经被另一位持卡人解除绑定" in sent_to(other)[-1]
    assert "没有别的微信" in bound("谁绑定了我的卡")


def test_a_holder_that_is_kept_stays(bound: Talk, patients: Patients, another: Callable[[], Talk]) -> None:
    other = another()
    bind(other, patients[0])
    bound("谁绑了我的就诊卡")
    bound("1")
    assert "什么也没有改动" in bound.tap("先留着")
    assert cards_of(other)[0].active == 1
