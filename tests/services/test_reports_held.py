"""Critical and sensitive results: a doctor first, then the patient; until then nothing of them anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import HisUnavailable, Refused
from bot.his.port import Observation
from bot.ports import Ports
from bot.services import reports, views, withheld
from bot.services.cards import Card
from tests.factories import NOW, FakeHis, a_card, a_person

POTASSIUM = Observation("K", "钾", "6.85", "mmol/L", 3.5, 5.3, "3.50-5.30", "HH")
HIV = Observation("X17", "人类免疫缺陷病毒抗体", "阳性", "", None, None, "阴性", "H")
HELD: list[dict[str, Any]] = [
    {"name": "电解质", "items": (POTASSIUM,)},
    {"name": "电解质", "items": (replace(POTASSIUM, flag="LL"),)},
    {"name": "胸部CT平扫", "kind": "imaging", "items": (), "impression": "请立即就诊", "critical": True},
    {"name": "入院检查", "items": (HIV,)},
    {"name": "入院检查", "items": (replace(HIV, code="TPPA", name="螺旋体"),)},
    {"name": "ｈｉｖ抗体", "items": (replace(HIV, name="抗体"),)},
    {"name": "病理检查", "kind": "imaging", "items": (), "impression": "管状腺瘤"},
    {"name": "尿妊娠试验", "items": (replace(HIV, name="胶体金法"),)},
    {"name": "心理测评", "kind": "imaging", "items": (), "finding": "标准分58"},
]


@pytest.fixture
def person(ports: Ports) -> int:
    return a_person(ports)


@pytest.fixture
def card(ports: Ports, person: int) -> Card:
    return a_card(ports, person)


def said(ports: Ports, person: int, view: str, ref: str) -> str:
    return str(views.render(ports, person_id=person, replies=[{"view": view, "ref": ref}]))


@pytest.mark.parametrize("facts", HELD, ids=lambda facts: facts["name"])
def test_a_held_result_is_nowhere_until_a_doctor_released_it(
    ports: Ports, his: FakeHis, person: int, card: Card, facts: dict[str, Any]
) -> None:
    report = his.add_report(card.patient_id, **facts)
    ref = f"{card.ref}.{report.id}"
    with pytest.raises(Refused, match="report_held"):
        reports.one(ports, person_id=person, ref=ref)
    with pytest.raises(Refused, match="report_held"):
        reports.trend(ports, person_id=person, ref=ref, code="K")
    for view in ("report", "report_explained", "trend_items"):
        words = said(ports, person, view, ref)
        assert "医生看过后会告诉您" in words
        assert not any(secret in words for secret in _secrets(report))
    for view in ("trend", "trend_picture"):
        words = said(ports, person, view, f"{ref}/0")
        assert "医生看过后会告诉您" in words
        assert not any(secret in words for secret in _secrets(report))
    his.all_reports[report.id] = replace(report, released_at=NOW)
    assert reports.one(ports, person_id=person, ref=ref).impression == report.impression
    assert reports.mine(ports, person_id=person)[0].name == report.name


def _secrets(report: Any) -> list[str]:
    values = [text for item in report.items for text in (item.value, item.name) if len(text) > 1]
    return [text for text in (report.name, report.finding, report.impression, *values) if text]


def test_the_list_names_a_held_one_by_its_kind_alone(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    his.add_report(card.patient_id, name="肿瘤标志物")
    his.add_report(card.patient_id, name="头颅CT平扫", kind="imaging", critical=True)
    lines = reports.mine(ports, person_id=person)
    assert [(line.held, line.name, line.discreet) for line in lines] == [
        (True, "检验报告", "检验报告"),
        (True, "检查报告", "检查报告"),
    ]


def test_what_waits_in_the_laboratory_is_no_secret_but_its_name_stays_out_of_rasa(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    his.add_report(card.patient_id, name="传染病筛查", ready_at=None, items=())
    released = {"name": "传染病筛查", "released_at": NOW, "ordered_at": NOW - timedelta(days=9)}
    his.add_report(card.patient_id, **released)
    assert [(line.held, line.name, line.discreet) for line in reports.mine(ports, person_id=person)] == [
        (False, "传染病筛查", "检验报告"),
        (False, "传染病筛查", "检验报告"),
    ]


def test_the_hospital_says_what_it_holds(ports: Ports, his: FakeHis, card: Card) -> None:
    critical = his.add_report(card.patient_id, name="电解质", items=(POTASSIUM,), critical=True)
    delicate = his.add_report(card.patient_id, name="心理测评")
    plain = his.add_report(card.patient_id)
    assert [withheld.held(ports.rules, each) for each in (critical, delicate, plain)] == [True, True, False]
    open_house = {**ports.rules, "held_critical": False, "held_flags": [], "held_words": ["肝功能"]}
    assert [withheld.held(open_house, each) for each in (critical, delicate, plain)] == [False, False, True]


def test_looking_at_a_held_one_is_written_down_as_what_it_was(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    report = his.add_report(card.patient_id, critical=True)
    with pytest.raises(Refused):
        reports.one(ports, person_id=person, ref=f"{card.ref}.{report.id}")
    with ports.transaction() as session:
        rows = session.execute(sa.text("SELECT action, subject, result FROM audit ORDER BY id")).all()
    assert tuple(rows[-1]) == ("reports.read", f"{card.patient_id}/{report.id}", "report_held")
    assert ("reports.read", "ok") not in {(row.action, row.result) for row in rows}


def test_a_preliminary_report_says_so_and_that_it_may_change(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    facts = {
        "kind": "imaging",
        "name": "胸部CT平扫",
        "items": (),
        "finding": "右下肺斑片影",
        "impression": "考虑炎症。",
    }
    early = his.add_report(card.patient_id, status="preliminary", **facts)
    ref = f"{card.ref}.{early.id}"
    words = said(ports, person, "report", ref)
    assert "初步意见：考虑炎症。" in words
    assert "正式报告可能有改动" in words
    assert reports.mine(ports, person_id=person)[0].preliminary
    his.all_reports[early.id] = replace(early, status="final", impression="右肺下叶炎症。")
    words = said(ports, person, "report", ref)
    assert "初步" not in words
    assert "意见：右肺下叶炎症。" in words


def test_a_doubled_report_is_an_alarm(
    ports: Ports, his: FakeHis, person: int, card: Card, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    report = his.add_report(card.patient_id)
    monkeypatch.setattr(his, "reports", lambda *_, **__: [report, report])
    with pytest.raises(HisUnavailable):
        reports.mine(ports, person_id=person)
    assert "HIS ALARM" in caplog.text
    assert "61" not in caplog.text.replace(card.ref, "")
