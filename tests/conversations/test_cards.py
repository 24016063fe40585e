"""Binding a card: the three values in any form, what goes wrong with them, and what can be done with cards."""

from __future__ import annotations

from typing import Any

from bot.db.cards import BindTry
from bot.db.privacy import Consent
from tests.conversations.bookings import book, cards_of, ours, theirs
from tests.conversations.conftest import bind, sms, type_code
from tests.conversations.house import Talk
from tests.conversations.visits import rows
from tests.factories import id_number

Patients = list[dict[str, Any]]


def _bound_names(talk: Talk) -> list[str]:
    return [talk.ports.crypto.open(c.name_sealed) for c in cards_of(talk) if c.active]


def _refusals(talk: Talk) -> list[str | None]:
    return [t.refusal for t in rows(talk.ports, BindTry, person_id=talk.person_id)]


def test_a_card_is_bound_with_three_answers(talk: Talk, patients: Patients) -> None:
    assert "就诊人姓名" in talk("绑定就诊卡")
    assert "身份证号" in talk(patients[0]["name"])
    assert "手机号" in talk(patients[0]["id_number"])
    assert "短信验证码" in talk(patients[0]["phone"])
    assert "绑好了：闫**（3301**********3883，城乡居民医保）" in talk(sms(talk).code(patients[0]["phone"]))
    assert _bound_names(talk) == ["闫安然"]
    card = cards_of(talk)[0]
    assert talk.ports.his.patient(card.patient_id).id_number == patients[0]["id_number"]
    assert [c.purpose for c in rows(talk.ports, Consent, person_id=talk.person_id)] == ["binding"]


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
    assert "要解绑闫**吗" in bound(kept["label"], menu_id=kept["id"])  # a late tap is only asked again
    assert cards_of(bound)[0].active == 1
    assert "已经解绑" in bound("确认解绑")
    assert cards_of(bound)[0].active is None
    assert "没有预约" in bound("我的预约")
    assert [state for *_, state in theirs(bound)] == ["booked"]
    assert len(ours(bound)) == 1
