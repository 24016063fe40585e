from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import BadInput, HisUnavailable, NotFound, PeizhenError, Refused
from bot.ports import Ports
from bot.services import cards, privacy, quotas
from tests.factories import NOW, FakeHis, Someone, a_card, a_person, id_number, prove, someone, together


def bind(ports: Ports, person_id: int, who: Someone, key: str | None = None) -> cards.Card:
    prove(ports, person_id, who.phone)
    facts = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    return cards.bind(ports, person_id=person_id, key=key or uuid4().hex, **facts)


def refusal(ports: Ports, person_id: int, who: Someone, key: str | None = None) -> str:
    with pytest.raises(PeizhenError) as failure:
        bind(ports, person_id, who, key)
    return failure.value.code


def rows(ports: Ports, table: str) -> list[Any]:
    with ports.transaction() as session:
        return list(session.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1")).all())


def test_somebody_the_hospital_knows_is_found_and_bound(ports: Ports, his: FakeHis) -> None:
    who = someone("李雷")
    known = his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    card = bind(ports, a_person(ports), who)
    assert (card.patient_id, card.name, card.masked_name, card.is_default) == (known.id, "李雷", "李*", True)
    assert card.masked_id == f"{who.id_number[:4]}**********{who.id_number[-4:]}"
    assert card.masked_phone == f"{who.phone[:3]}****{who.phone[-4:]}"
    assert (card.card_no, card.sex, card.birth_date) == (known.card_no, known.sex, known.birth_date)
    assert "register_patient" not in his.asked
    assert not card.opened


def test_somebody_new_gets_a_card_at_the_hospital(ports: Ports, his: FakeHis) -> None:
    card = bind(ports, a_person(ports), someone())
    assert his.patient(card.patient_id).card_no == card.card_no
    assert "register_patient" in his.asked
    assert card.opened


def test_nothing_personal_is_stored_in_clear_or_shown_by_repr(ports: Ports) -> None:
    who = someone("欧阳娜娜")
    card = bind(ports, a_person(ports), who)
    stored = repr(rows(ports, "card")) + repr(rows(ports, "bind_try")) + repr(rows(ports, "audit"))
    for secret in (who.name, who.id_number, who.phone, card.card_no):
        assert secret not in stored
        assert secret.encode() not in b"".join(v for row in rows(ports, "card") for v in row if isinstance(v, bytes))
        assert secret not in repr(card)


def test_binding_gives_consent_and_is_audited(ports: Ports) -> None:
    person = a_person(ports)
    card = bind(ports, person, someone())
    with ports.transaction() as session:
        assert privacy.has(session, person_id=person, purpose="binding")
    assert [(row.action, row.subject) for row in rows(ports, "audit")] == [("cards.bind", card.patient_id)]
    assert privacy.verify(ports).whole


def test_every_disagreement_gets_the_same_answer(ports: Ports, his: FakeHis) -> None:
    who, person = someone("李雷"), a_person(ports)
    his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    assert refusal(ports, person, replace(who, name="李雪")) == "card_mismatch"
    assert refusal(ports, person, replace(who, phone="13700000000")) == "card_mismatch"
    assert refusal(ports, person, replace(who, name="李雪", phone="13700000000")) == "card_mismatch"
    assert his.asked == ["find_patient"] * 3  # nor can they be told apart by what is asked, and so by time
    assert cards.mine(ports, person_id=person) == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("name", "头疼", "bad_name"), ("id_number", "123", "bad_id_number"), ("phone", "1", "bad_phone")],
)
def test_what_cannot_be_read_never_reaches_the_hospital(
    ports: Ports, his: FakeHis, field: str, value: str, code: str
) -> None:
    with pytest.raises(BadInput) as failure:
        bind(ports, a_person(ports), replace(someone(), **{field: value}))
    assert failure.value.code == code
    assert his.asked == []


def test_the_sixth_try_of_a_day_is_refused_and_the_next_day_allowed(ports: Ports, his: FakeHis) -> None:
    who, person = someone("李雷"), a_person(ports)
    his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    codes = [refusal(ports, person, replace(who, name="李雪")) for _ in range(6)]
    assert codes == ["card_mismatch"] * 5 + ["too_many_tries"]
    assert refusal(ports, person, who) == "too_many_tries"
    with clock.frozen(NOW + timedelta(hours=15)):  # 23:30 in Shanghai: still the same day
        assert refusal(ports, person, who) == "too_many_tries"
    with clock.frozen(NOW + timedelta(hours=16)):  # 00:30
        assert bind(ports, person, who).name == "李雷"


def test_another_persons_tries_do_not_count(ports: Ports, his: FakeHis) -> None:
    who, guesser = someone("李雷"), a_person(ports)
    his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    for _ in range(5):
        refusal(ports, guesser, replace(who, name="李雪"))
    assert bind(ports, a_person(ports), who)


def test_tries_that_the_hospital_did_not_answer_do_not_count(ports: Ports, his: FakeHis) -> None:
    who, person = someone(), a_person(ports)
    his.down = True
    assert {refusal(ports, person, who) for _ in range(8)} == {"his_unavailable"}
    his.down = False
    assert bind(ports, person, who)


def test_the_same_key_gives_the_same_card_and_the_same_refusal(ports: Ports, his: FakeHis) -> None:
    who, person = someone("李雷"), a_person(ports)
    assert bind(ports, person, who, "k1") == bind(ports, person, who, "k1")
    known = someone("韩梅")
    his.add_patient(name=known.name, id_number=known.id_number, phone=known.phone)
    assert refusal(ports, person, replace(known, name="韩雪"), "k2") == "card_mismatch"
    assert refusal(ports, person, known, "k2") == "card_mismatch"
    assert refusal(ports, a_person(ports), who, "k1") == "not_found"


def test_a_lost_answer_is_found_by_the_same_key(ports: Ports, his: FakeHis) -> None:
    who, person = someone(), a_person(ports)
    his.lose_answers = 1
    assert refusal(ports, person, who, "k") == "his_unavailable"
    card = bind(ports, person, who, "k")
    assert [c.patient_id for c in cards.mine(ports, person_id=person)] == [card.patient_id]


def test_a_card_is_bound_once_and_ten_at_most(ports: Ports) -> None:
    person, who = a_person(ports), someone()
    bind(ports, person, who)
    assert refusal(ports, person, who) == "card_bound"
    for _ in range(9):
        a_card(ports, person)
    assert refusal(ports, person, someone()) == "card_limit"
    assert len(cards.mine(ports, person_id=person)) == 10


def test_two_people_may_bind_the_same_patient(ports: Ports) -> None:
    who = someone()
    one, two = bind(ports, a_person(ports), who), bind(ports, a_person(ports), who)
    assert one.patient_id == two.patient_id
    assert one.ref != two.ref


def test_the_wrong_patient_from_the_hospital_is_never_bound(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = his.add_patient(name="张三丰", id_number=someone().id_number, phone="13711112222")
    monkeypatch.setattr(his, "find_patient", lambda **_: other)
    person = a_person(ports)
    with pytest.raises(HisUnavailable):
        bind(ports, person, someone())
    assert cards.mine(ports, person_id=person) == []
    assert "another patient" in caplog.text
    assert "张三丰" not in caplog.text


def test_others_cards_and_unknown_ones_are_one_answer(ports: Ports) -> None:
    mine, other = a_person(ports), a_person(ports)
    ref = a_card(ports, other).ref
    for call in (cards.one, cards.choose, cards.unbind):
        answers = []
        for wanted in (ref, "c_0000000000", "", "x" * 5000, "c_'; DROP TABLE card"):
            with pytest.raises(NotFound) as failure:
                call(ports, person_id=mine, ref=wanted)
            answers.append((failure.value.code, failure.value.facts))
        assert answers == [("not_found", {})] * 5
    assert cards.one(ports, person_id=other, ref=ref).ref == ref


def test_choosing_and_unbinding_move_the_default(ports: Ports) -> None:
    person = a_person(ports)
    one, two = a_card(ports, person), a_card(ports, person)
    assert cards.default(ports, person_id=person).ref == one.ref
    assert cards.choose(ports, person_id=person, ref=two.ref).is_default
    assert [c.ref for c in cards.mine(ports, person_id=person)] == [two.ref, one.ref]
    cards.unbind(ports, person_id=person, ref=two.ref)
    assert cards.default(ports, person_id=person).ref == one.ref
    cards.unbind(ports, person_id=person, ref=one.ref)
    with pytest.raises(Refused) as failure:
        cards.default(ports, person_id=person)
    assert failure.value.code == "no_card"
    with ports.transaction() as session:
        assert not privacy.has(session, person_id=person, purpose="binding")


def test_an_unbound_card_is_gone_at_once_and_can_be_bound_again(ports: Ports) -> None:
    person, who = a_person(ports), someone()
    card = bind(ports, person, who, "k")
    cards.unbind(ports, person_id=person, ref=card.ref)
    with pytest.raises(NotFound):
        cards.one(ports, person_id=person, ref=card.ref)
    with pytest.raises(NotFound):
        bind(ports, person, who, "k")
    again = bind(ports, person, who)
    assert (again.patient_id, again.ref != card.ref) == (card.patient_id, True)


def test_twenty_guesses_at_once_count_as_many(postgres_ports: Ports) -> None:
    ports, who = postgres_ports, someone("李雷")
    his, person = ports.his, a_person(ports)
    assert isinstance(his, FakeHis)
    his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    wrong = replace(who, name="李雪")
    codes = [error.code for error in together(20, lambda _: bind(ports, person, wrong))]
    assert sorted(codes) == ["card_mismatch"] * 5 + ["too_many_tries"] * 15


def test_twenty_bindings_at_once_make_one_card(postgres_ports: Ports) -> None:
    ports, who, person = postgres_ports, someone(), a_person(postgres_ports)
    results = together(20, lambda _: bind(ports, person, who, "same"))
    assert {result.ref for result in results} == {cards.default(ports, person_id=person).ref}
    assert len(cards.mine(ports, person_id=person)) == 1


def test_a_hospital_that_overlooks_the_phone_binds_nothing(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    who = someone("李雷")
    known = his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    monkeypatch.setattr(his, "find_patient", lambda **_: known)
    person, mine = a_person(ports), replace(who, phone="13711112222")
    assert refusal(ports, person, mine) == "his_unavailable"
    assert cards.mine(ports, person_id=person) == []
    assert "another patient" in caplog.text


# -- the phone, the child, whose card it is ------------------------------------------------------------------------
def test_nobody_is_asked_about_before_the_phone_is_proven(ports: Ports, his: FakeHis) -> None:
    """Known or not, right or wrong: without a code there is one answer, and the hospital hears nothing."""
    known, unknown = someone("李雷"), someone("韩梅梅")
    his.add_patient(name=known.name, id_number=known.id_number, phone=known.phone)
    his.asked.clear()
    for who in (known, unknown, replace(known, name="李雪"), replace(known, phone="13700000000")):
        facts = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
        with pytest.raises(Refused, match="code_needed"):
            cards.bind(ports, person_id=a_person(ports), key=uuid4().hex, **facts)
    assert his.asked == []
    assert rows(ports, "bind_try") == []


def test_one_proof_binds_one_card(ports: Ports) -> None:
    person, mother, child = a_person(ports), someone("李雷"), someone("韩梅")
    bind(ports, person, mother)
    facts = {"name": child.name, "id_number": child.id_number, "phone": mother.phone}
    with pytest.raises(Refused, match="code_needed"):
        cards.bind(ports, person_id=person, key="second", **facts)


def test_a_failed_binding_leaves_the_proof_for_the_next_try(ports: Ports, his: FakeHis) -> None:
    who, person = someone("李雷"), a_person(ports)
    his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    assert refusal(ports, person, replace(who, name="李雪")) == "card_mismatch"
    facts = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    assert cards.bind(ports, person_id=person, key="again", **facts)


def test_a_code_is_not_sent_for_a_binding_that_cannot_be(ports: Ports) -> None:
    person, who = a_person(ports), someone()
    bind(ports, person, who)
    sent = len(ports.sms.sent)  # type: ignore[attr-defined]
    facts = {"person_id": person, "id_number": who.id_number, "phone": who.phone, "key": "k"}
    with pytest.raises(Refused, match="card_bound"):
        cards.send_code(ports, **facts)
    assert len(ports.sms.sent) == sent  # type: ignore[attr-defined]


def test_a_child_needs_a_guardian_who_agrees(ports: Ports) -> None:
    child = someone("李小小", id_number=id_number(born=NOW.date() - timedelta(days=13 * 365)))
    person = a_person(ports)
    assert refusal(ports, person, child) == "guardian_needed"
    card = a_card(ports, person, child, guardian=True, relation="self")
    assert card.relation == "child"
    with ports.transaction() as session:
        assert privacy.has(session, person_id=person, purpose=f"guardian:{card.ref}")
    guardian = f"guardian:{card.ref}"
    versions = {row.purpose: row.version for row in rows(ports, "consent")}
    assert versions == dict.fromkeys(("binding", "reports", "push", guardian), "1")
    cards.unbind(ports, person_id=person, ref=card.ref)
    ended = {row.purpose for row in rows(ports, "consent") if row.withdrawn_at}
    assert ended == {"binding", guardian}


def test_from_the_fourteenth_birthday_on_nobody_else_has_to_agree(ports: Ports) -> None:
    today = clock.local(NOW).date()
    born = today.replace(year=today.year - 14)
    assert not cards.needs_guardian(ports, id_number=id_number(born=born, serial=1))
    assert cards.needs_guardian(ports, id_number=id_number(born=born + timedelta(days=1), serial=1))


def test_the_kind_of_card_is_the_hospitals(ports: Ports, his: FakeHis) -> None:
    who = someone("李雷")
    facts = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    his.add_patient(**facts, card_kind="province_insurance")
    assert bind(ports, a_person(ports), who).kind == "province_insurance"
    assert bind(ports, a_person(ports), someone()).kind == "self_pay"


def test_an_id_number_is_tried_ten_times_a_day_by_whomever(ports: Ports, his: FakeHis) -> None:
    who = someone("李雷")
    his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    wrong = replace(who, name="李雪")
    for _ in range(2):
        guesser = a_person(ports)
        assert [refusal(ports, guesser, wrong) for _ in range(5)] == ["card_mismatch"] * 5
    assert refusal(ports, a_person(ports), who) == "too_many_tries"
    with pytest.raises(Refused, match="too_many_tries"):
        cards.send_code(ports, person_id=a_person(ports), id_number=who.id_number, phone=who.phone, key="k")
    assert bind(ports, a_person(ports), someone())
    with clock.frozen(NOW + timedelta(hours=16)):
        assert bind(ports, a_person(ports), who)


def test_many_failures_of_many_people_raise_one_alarm(
    ports: Ports, his: FakeHis, caplog: pytest.LogCaptureFixture
) -> None:
    ports = replace(ports, rules={**ports.rules, "bind_failures_alarm": 3})
    for _ in range(5):
        who = someone("李雷")
        his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
        refusal(ports, a_person(ports), replace(who, name="李雪"))
    assert cards.failures_today(ports) == 5
    assert caplog.text.count("ALARM") == 1
    actions = [row.action for row in rows(ports, "audit")]
    assert (actions.count("cards.bind_failed"), actions.count("cards.alarm")) == (5, 1)


def test_forty_people_guessing_one_number_at_once_get_ten_tries(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = _guess_together(postgres_ports, monkeypatch)
    assert sorted(codes) == ["card_mismatch"] * 10 + ["too_many_tries"] * 30


def test_control_without_the_condition_on_the_count_all_forty_are_let_in(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = quotas.take
    monkeypatch.setattr(quotas, "take", lambda session, **facts: take(session, **facts | {"limit": quotas.NO_LIMIT}))
    assert _guess_together(postgres_ports, monkeypatch) == ["card_mismatch"] * 40


def _guess_together(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The worst order: every one of the forty looked at the count before anybody had taken a try."""
    who, his = someone("李雷"), ports.his
    assert isinstance(his, FakeHis)
    his.add_patient(name=who.name, id_number=who.id_number, phone=who.phone)
    people, wrong = [a_person(ports) for _ in range(40)], replace(who, name="李雪")
    monkeypatch.setattr(quotas, "used", lambda session, **facts: 0)
    return [error.code for error in together(40, lambda n: bind(ports, people[n], wrong))]


def test_a_person_word_finds_the_card_of_that_relation(ports: Ports) -> None:
    person = a_person(ports)
    kin = {"李雷": "self", "王秀兰": "mother", "李小明": "child"}
    ids = {"李雷": id_number(serial=11), "王秀兰": id_number(serial=22), "李小明": id_number(serial=33)}
    for name, relation in kin.items():
        a_card(ports, person, someone(name, id_number=ids[name]), relation=relation)
    mine = cards.mine(ports, person_id=person)
    found = {
        word: [c.name for c in cards.matching(mine, word)] for word in ("本人", "母亲", "父亲", "儿子", "女儿", "孩子")
    }
    assert found == {
        "本人": ["李雷"],
        "母亲": ["王秀兰"],
        "父亲": [],
        "儿子": ["李小明"],
        "女儿": [],
        "孩子": ["李小明"],
    }


def test_a_card_never_said_whose_is_a_candidate_for_its_sex_alone(ports: Ports) -> None:
    person = a_person(ports)
    a_card(ports, person, someone("王秀兰", id_number=id_number(serial=44)))
    mine = cards.mine(ports, person_id=person)
    assert [len(cards.candidates(mine, word)) for word in ("母亲", "父亲", "孩子", "丈夫")] == [1, 0, 1, 0]
    cards.set_relation(ports, person_id=person, ref=mine[0].ref, relation="mother")
    assert cards.candidates(cards.mine(ports, person_id=person), "母亲") == []


def test_a_person_has_one_card_of_his_own_the_one_said_last(ports: Ports) -> None:
    person = a_person(ports)
    one, two = a_card(ports, person, relation="self"), a_card(ports, person)
    cards.set_relation(ports, person_id=person, ref=two.ref, relation="self")
    assert {c.ref: c.relation for c in cards.mine(ports, person_id=person)} == {one.ref: None, two.ref: "self"}
    with pytest.raises(Refused):
        cards.set_relation(ports, person_id=person, ref=two.ref, relation="boss")
    with pytest.raises(NotFound):
        cards.set_relation(ports, person_id=a_person(ports), ref=two.ref, relation="self")
