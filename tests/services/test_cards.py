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
from bot.services import cards, privacy
from tests.factories import NOW, FakeHis, Someone, a_card, a_person, someone, together


def bind(ports: Ports, person_id: int, who: Someone, key: str | None = None) -> cards.Card:
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


def test_somebody_new_gets_a_card_at_the_hospital(ports: Ports, his: FakeHis) -> None:
    card = bind(ports, a_person(ports), someone())
    assert his.patient(card.patient_id).card_no == card.card_no
    assert "register_patient" in his.asked


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
