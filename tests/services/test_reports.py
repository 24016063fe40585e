from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import HisUnavailable, NotFound, Refused
from bot.ports import Ports
from bot.services import cards, privacy, reports
from tests.factories import NOW, FakeHis, a_card, a_person, someone, together


@pytest.fixture
def person(ports: Ports) -> int:
    return a_person(ports)


def audited(ports: Ports) -> list[tuple[str, str]]:
    with ports.transaction() as session:
        rows = session.execute(sa.text("SELECT action, subject FROM audit WHERE result = 'ok' ORDER BY id"))
        return [(row.action, row.subject) for row in rows if row.action.startswith("reports")]


def test_reports_of_all_cards_newest_first_without_results(ports: Ports, his: FakeHis, person: int) -> None:
    one, two = a_card(ports, person, someone("李雷")), a_card(ports, person, someone("韩梅"))
    his.add_report(one.patient_id, ordered_at=NOW - timedelta(days=9))
    newest = his.add_report(two.patient_id, ordered_at=NOW - timedelta(days=1))
    his.add_report("yh.n9999")
    lines = reports.mine(ports, person_id=person)
    assert [line.masked_name for line in lines] == ["韩*", "李*"]
    assert lines[0].ref == f"{two.ref}.{newest.id}"
    assert [line.card_ref for line in reports.mine(ports, person_id=person, card_ref=one.ref)] == [one.ref]
    assert audited(ports) == [
        ("reports.list", f"{one.patient_id},{two.patient_id}"),
        ("reports.list", one.patient_id),
    ]


def test_one_whole_report(ports: Ports, his: FakeHis, person: int) -> None:
    card = a_card(ports, person, someone("李雷"))
    report = his.add_report(card.patient_id, finding="所见", impression="意见")
    full = reports.one(ports, person_id=person, ref=f"{card.ref}.{report.id}")
    assert (full.items, full.finding, full.impression, full.doctor_name) == (
        report.items,
        "所见",
        "意见",
        "周明",
    )
    assert full.line == reports.mine(ports, person_id=person)[0]
    assert ("reports.read", f"{card.patient_id}/{report.id}") in audited(ports)
    assert "'61'" not in repr(full)
    assert "丙氨酸" not in repr(full)
    assert privacy.verify(ports).whole


def test_a_report_that_is_not_ready_says_when(ports: Ports, his: FakeHis, person: int) -> None:
    card, soon = a_card(ports, person), NOW + timedelta(hours=3)
    report = his.add_report(card.patient_id, ready_at=None, expected_at=soon)
    assert reports.mine(ports, person_id=person)[0].expected_at == soon
    with pytest.raises(Refused) as failure:
        reports.one(ports, person_id=person, ref=f"{card.ref}.{report.id}")
    assert (failure.value.code, failure.value.facts) == ("report_not_ready", {"expected_at": soon})


def test_three_years_and_not_a_day_more(ports: Ports, his: FakeHis, person: int) -> None:
    card = a_card(ports, person)
    his.add_report(card.patient_id, ordered_at=datetime(2023, 11, 23, 0, 30))
    old = his.add_report(card.patient_id, ordered_at=datetime(2023, 11, 22, 0, 30))
    assert len(reports.mine(ports, person_id=person)) == 1
    with pytest.raises(NotFound):
        reports.one(ports, person_id=person, ref=f"{card.ref}.{old.id}")


def test_others_reports_and_unknown_ones_are_one_answer(ports: Ports, his: FakeHis, person: int) -> None:
    mine, other = a_card(ports, person), a_person(ports)
    theirs = a_card(ports, other)
    report = his.add_report(theirs.patient_id)
    refs = [
        f"{theirs.ref}.{report.id}",
        f"{mine.ref}.{report.id}",
        f"{mine.ref}.yh.r9999",
        f"c_0000000000.{report.id}",
        report.id,
        "",
        mine.ref,
        f"{mine.ref}.",
        f"{mine.ref}.{'x' * 999}",
        f"{mine.ref}.../../etc/passwd",
        f"{mine.ref}.{report.id}\n",
    ]
    for ref in refs:
        with pytest.raises(NotFound) as failure:
            reports.one(ports, person_id=person, ref=ref)
        assert (failure.value.code, failure.value.facts) == ("not_found", {})
    with pytest.raises(NotFound):
        reports.mine(ports, person_id=person, card_ref=theirs.ref)
    assert audited(ports) == []


def test_unbinding_ends_access_at_once(ports: Ports, his: FakeHis, person: int) -> None:
    card = a_card(ports, person)
    ref = f"{card.ref}.{his.add_report(card.patient_id).id}"
    assert reports.one(ports, person_id=person, ref=ref)
    cards.unbind(ports, person_id=person, ref=card.ref)
    with pytest.raises(NotFound):
        reports.one(ports, person_id=person, ref=ref)


@pytest.mark.parametrize("change", [{"patient_id": "yh.n9999"}, {"id": "yh.r9999"}])
def test_what_is_not_the_report_asked_for_is_never_shown(
    ports: Ports, his: FakeHis, person: int, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    card = a_card(ports, person)
    report = his.add_report(card.patient_id)
    wrong = replace(report, **change)
    monkeypatch.setattr(his, "report", lambda **_: wrong)
    monkeypatch.setattr(his, "reports", lambda *_, **__: [report, replace(report, patient_id="yh.n9999")])
    with pytest.raises(HisUnavailable):
        reports.one(ports, person_id=person, ref=f"{card.ref}.{report.id}")
    with pytest.raises(HisUnavailable):
        reports.mine(ports, person_id=person)
    assert audited(ports) == []


def test_ten_cards_switched_at_random_by_many_tabs_never_mix(postgres_ports: Ports) -> None:
    ports, his, person = postgres_ports, postgres_ports.his, a_person(postgres_ports)
    assert isinstance(his, FakeHis)
    bound = [a_card(ports, person) for _ in range(10)]
    held = {card.ref: his.add_report(card.patient_id, doctor_name=card.patient_id) for card in bound}

    def tab(seed: int) -> int:
        chance, wrong = random.Random(seed), 0
        for _ in range(10):
            card = chance.choice(bound)
            cards.choose(ports, person_id=person, ref=card.ref)
            full = reports.one(ports, person_id=person, ref=f"{card.ref}.{held[card.ref].id}")
            wrong += full.doctor_name != card.patient_id
        return wrong

    assert together(10, tab) == [0] * 10
    assert sum(card.is_default for card in cards.mine(ports, person_id=person)) == 1
