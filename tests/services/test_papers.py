"""Prescriptions and bills: of bound cards, of three years, whole."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import HisUnavailable, NotFound
from bot.ports import Ports
from bot.services import aftercare, payment, views
from tests.factories import NOW, FakeHis, a_card, a_person, someone


@pytest.fixture
def person(ports: Ports) -> int:
    return a_person(ports)


def test_prescriptions_of_all_cards_newest_first(ports: Ports, his: FakeHis, person: int) -> None:
    one, two = a_card(ports, person, someone("李雷")), a_card(ports, person, someone("韩梅"))
    his.add_prescription(one.patient_id, ordered_at=NOW - timedelta(days=3))
    his.add_prescription(two.patient_id)
    his.add_prescription("yh.n9999")
    assert [each.masked_name for each in aftercare.prescriptions(ports, person_id=person)] == ["韩*", "李*"]
    [mine] = aftercare.prescriptions(ports, person_id=person, card_ref=one.ref)
    assert "奥美拉唑" not in repr(mine)
    said = views.render(ports, person_id=person, replies=[{"view": "prescriptions", "ref": one.ref}])[0]["text"]
    assert "李* 11月20日 消化内科 周明（还没取药）\n奥美拉唑肠溶胶囊 20mg×14粒 ×2盒\n  口服，每次1粒" in said
    assert "韩" not in said


def test_open_bills_first_then_newest(ports: Ports, his: FakeHis, person: int) -> None:
    card = a_card(ports, person)
    his.add_bill(card.patient_id, state="paid")
    his.add_bill(card.patient_id, made_at=NOW - timedelta(days=9))
    his.add_bill(card.patient_id, made_at=NOW - timedelta(days=2), state="refunded")
    found = payment.bills(ports, person_id=person)
    assert [each.paper.state for each in found] == ["open", "paid", "refunded"]
    said = views.render(ports, person_id=person, replies=[{"view": "bills"}])[0]["text"]
    assert "药费 31.60元（待缴）\n奥美拉唑肠溶胶囊 ×2 31.60元" in said
    assert said.index("待缴）") < said.index("已缴") < said.index("已退")


def test_nothing_to_show_is_said(ports: Ports, person: int) -> None:
    a_card(ports, person)
    said = views.render(ports, person_id=person, replies=[{"view": "bills"}, {"view": "prescriptions"}])
    assert [reply["text"] for reply in said] == ["近三年没有查到费用记录。", "近三年没有查到处方。"]


def test_three_years_and_only_ones_own(ports: Ports, his: FakeHis, person: int) -> None:
    card, theirs = a_card(ports, person), a_card(ports, a_person(ports))
    his.add_bill(card.patient_id, made_at=datetime(2023, 11, 22))
    his.add_prescription(card.patient_id, ordered_at=datetime(2023, 11, 22))
    assert payment.bills(ports, person_id=person) == []
    assert aftercare.prescriptions(ports, person_id=person) == []
    for ask in (payment.bills, aftercare.prescriptions):
        for ref in (theirs.ref, "c_0000000000", "", "x"):
            with pytest.raises(NotFound):
                ask(ports, person_id=person, card_ref=ref)


@pytest.mark.parametrize("fault", ["foreign", "doubled"])
def test_a_wrong_paper_spoils_the_list_and_alarms(
    ports: Ports, his: FakeHis, person: int, monkeypatch: pytest.MonkeyPatch, caplog: Any, fault: str
) -> None:
    card = a_card(ports, person)
    for name, made, ask in (
        ("bills", his.add_bill(card.patient_id), payment.bills),
        ("prescriptions", his.add_prescription(card.patient_id), aftercare.prescriptions),
    ):
        other = made if fault == "doubled" else dataclasses.replace(made, id="yh.z", patient_id="yh.n9999")
        monkeypatch.setattr(his, name, lambda *_, _found=(made, other), **__: list(_found))
        caplog.clear()
        with pytest.raises(HisUnavailable):
            ask(ports, person_id=person)
        assert "HIS ALARM" in caplog.text
        assert "奥美拉唑" not in caplog.text


def test_a_hospital_that_gives_more_years_than_asked_for_shows_three(
    ports: Ports, his: FakeHis, person: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = a_card(ports, person)
    old = his.add_bill(card.patient_id, made_at=datetime(2023, 11, 22)), his.add_bill(card.patient_id)
    monkeypatch.setattr(his, "bills", lambda *_, **__: list(old))
    assert [each.paper.id for each in payment.bills(ports, person_id=person)] == [old[1].id]
