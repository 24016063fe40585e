"""Reports: only one's own, with arrows and ranges, or when they will be there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from bot import clock
from bot.db.privacy import Audit
from bot.errors import NotFound
from bot.his.embedded import EmbeddedHis
from bot.services import callers, reports, views
from tests.conversations.conftest import bind
from tests.conversations.house import Talk
from tests.conversations.visits import patient_id, rows

ARROWS = {"H": " ↑", "L": " ↓", "N": " 正常"}


def _reads(talk: Talk) -> list[str]:
    return [
        row.subject for row in rows(talk.ports, Audit, action="reports.read", result="ok", actor_id=str(talk.person_id))
    ]


def test_the_list_shows_what_is_pending_and_the_newest_that_are_ready(bound: Talk, hospital: EmbeddedHis) -> None:
    said = bound("查报告")
    known = hospital.reports(patient_id(bound), since=date(2023, 11, 23))
    pending = [r for r in known if r.ready_at is None]
    ready = [r for r in known if r.ready_at is not None]
    assert said.count("还没出来") == len(pending) > 0
    assert [label.split()[0] for label in bound.labels] == [r.name for r in ready[:6]]
    assert all("**" in label for label in bound.labels)
    assert rows(bound.ports, Audit, action="reports.list")


def test_a_lab_report_has_an_arrow_and_a_range_on_every_line(bound: Talk, hospital: EmbeddedHis) -> None:
    full = _lab_with(bound, hospital, flags={"H", "N"})
    said = _opened(bound, full)
    for item in full.items:
        assert f"{item.name} {item.value}{item.unit}{ARROWS[item.flag]}（参考 {item.reference}）" in said
    assert "不等于生病，请以医生判断为准" in said
    assert bound.labels == ["看变化", "这些项目是什么意思", "问问医生", "其他报告"]
    assert _reads(bound) == [f"{patient_id(bound)}/{full.id}"]


def test_what_is_out_of_range_stands_first(talk: Talk, patients: list[dict[str, Any]], hospital: EmbeddedHis) -> None:
    full, owner = _anywhere_with(hospital, patients, "L")
    bind(talk, owner)
    said = _opened(talk, full)
    assert " ↓（参考" in said
    marks = re.findall(r"(↑|↓|正常)（参考", said)
    assert marks.index("正常") == sum(i.flag in {"H", "L"} for i in full.items)


def test_an_imaging_report_says_finding_and_impression(bound: Talk, hospital: EmbeddedHis) -> None:
    bound("看看我的检查报告")
    said = bound.tap("颈动脉超声")
    full = _first(bound, hospital, lambda r: r.kind == "imaging")
    assert f"所见：{full.finding}" in said
    assert f"意见：{full.impression}" in said
    assert full.doctor_name in said


def test_a_report_still_in_the_laboratory_says_when(bound: Talk, hospital: EmbeddedHis) -> None:
    said = bound("验血结果出来了没有")
    waiting = [r for r in hospital.reports(patient_id(bound), since=date(2026, 11, 23)) if r.ready_at is None]
    lab = next(r for r in waiting if r.kind == "lab")
    assert lab.expected_at is not None
    assert f"{lab.name}还没出来，大约{clock.local(lab.expected_at):%H:%M}能看" in said
    with pytest.raises(Exception, match="report_not_ready"):
        reports.one(bound.ports, person_id=bound.person_id, ref=f"{_card(bound)}.{lab.id}")


def test_a_report_expected_on_another_day_names_that_day(
    talk: Talk, patients: list[dict[str, Any]], hospital: EmbeddedHis
) -> None:
    later, owner = _expected_after_today(hospital, patients)
    bind(talk, owner)
    day = clock.local(later.expected_at)
    assert f"{day.month}月{day.day}日 周" in talk("报告出来了吗").split(f"{later.name}还没出来")[1].split("能看")[0]


def test_the_pending_report_can_be_read_in_the_afternoon(bound: Talk, hospital: EmbeddedHis) -> None:
    bound("血糖的报告好了吗")
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 16, 5))):
        said = bound("现在呢，报告出来了吗")
        assert "血糖与糖化血红蛋白还没出来" not in said
        assert "糖" in bound("1")


def test_without_a_card_the_way_to_bind_one_is_offered(talk: Talk) -> None:
    assert "还没有绑定就诊卡" in talk("我想看化验单")
    assert "姓名" in talk.tap("绑定就诊卡")


def test_a_new_patient_without_reports_is_told_so(talk: Talk, hospital: EmbeddedHis) -> None:
    new = {"name": "司马相宜", "id_number": "110101199003078515", "phone": "13912340001"}
    hospital.register_patient(**new, key="desk:new")
    bind(talk, new)
    assert "没有查到报告" in talk("我的报告")
    assert _reads(talk) == []


def test_with_two_cards_every_report_says_whose_it_is(bound: Talk, patients: list[dict[str, Any]]) -> None:
    bind(bound, patients[1])
    said = bound("我的报告")
    whose = {label.split()[-1] for label in bound.labels} | set(re.findall(r"(\S+?)的\S+还没出来", said))
    assert whose == {"闫**", "钱*"}
    opened = bound.tap("钱*")
    assert "（钱*" in opened


def test_a_typed_payload_is_plain_text(
    bound: Talk, another: Callable[[], Talk], patients: list[dict[str, Any]]
) -> None:
    ref, secret = _of_somebody_else(another(), patients[1])
    said = bound(f'/show_report{{"report": "{ref}"}}')
    assert secret not in said
    assert "参考" not in said
    assert _reads(bound) == []


def test_a_payload_past_the_door_is_refused_by_the_service(
    bound: Talk, another: Callable[[], Talk], patients: list[dict[str, Any]]
) -> None:
    ports = bound.ports
    ref, secret = _of_somebody_else(another(), patients[1])
    token = callers.token(ports, person_id=bound.person_id, inbox_id=1)
    replies = ports.dialogue.talk(
        conversation="f" * 32, text=f'/show_report{{"report": "{ref}"}}', metadata={"inbox": token}, fresh=False
    )
    assert {"view": "report", "ref": ref}.items() <= replies[0].items()
    drawn = "".join(r["text"] for r in views.render(ports, person_id=bound.person_id, replies=replies))
    assert "没有找到" in drawn
    assert secret not in drawn
    with pytest.raises(NotFound):
        reports.one(ports, person_id=bound.person_id, ref=ref)
    mine_with_his_id = f"{_card(bound)}.{ref.partition('.')[2]}"
    with pytest.raises(NotFound):
        reports.one(ports, person_id=bound.person_id, ref=mine_with_his_id)
    assert _reads(bound) == []


def test_an_old_button_of_an_unbound_card_opens_nothing(bound: Talk) -> None:
    bound("我的报告")
    kept = bound.choices[0]
    bound("解绑就诊卡")
    assert "已经解绑" in bound.tap("确认解绑")
    said = bound(kept["label"], menu_id=kept["id"])
    assert "参考" not in said
    assert _reads(bound) == []


def _card(talk: Talk) -> str:
    return reports.mine(talk.ports, person_id=talk.person_id)[0].card_ref


def _of_somebody_else(other: Talk, patient: dict[str, Any]) -> tuple[str, str]:
    """The ref of another person's report, and a line of it."""
    bind(other, patient)
    line = next(
        r for r in reports.mine(other.ports, person_id=other.person_id) if r.kind == "lab" and r.ready_at is not None
    )
    first = reports.one(other.ports, person_id=other.person_id, ref=line.ref).items[0]
    return line.ref, f"{first.name} {first.value}"


def _first(talk: Talk, hospital: EmbeddedHis, fits: Callable[[Any], bool]) -> Any:
    for head in hospital.reports(patient_id(talk), since=date(2023, 11, 23)):
        full = hospital.report(patient_id=patient_id(talk), report_id=head.id)
        if full.ready_at is not None and fits(full):
            return full
    raise AssertionError("no such report")


def _lab_with(talk: Talk, hospital: EmbeddedHis, *, flags: set[str]) -> Any:
    return _first(talk, hospital, lambda r: r.kind == "lab" and flags <= {i.flag for i in r.items})


def _anywhere_with(hospital: EmbeddedHis, patients: list[dict[str, Any]], flag: str) -> tuple[Any, dict[str, Any]]:
    """A ready panel among the newest six of some demo patient with this flag and a normal line."""
    for known in patients:
        who = hospital.find_patient(name=known["name"], id_number=known["id_number"], phone=known["phone"])
        assert who is not None
        heads = [r for r in hospital.reports(who.id, since=date(2023, 11, 23)) if r.ready_at is not None][:6]
        for head in heads:
            full = hospital.report(patient_id=who.id, report_id=head.id)
            if {flag, "N"} <= {i.flag for i in full.items}:
                return full, known
    raise AssertionError("no such report in the demo")


def _expected_after_today(hospital: EmbeddedHis, patients: list[dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
    for known in patients:
        who = hospital.find_patient(name=known["name"], id_number=known["id_number"], phone=known["phone"])
        assert who is not None
        for head in hospital.reports(who.id, since=date(2026, 11, 1)):
            if head.ready_at is None and head.expected_at and clock.local(head.expected_at).date() > clock.today():
                return head, known
    raise AssertionError("no such report in the demo")


def _opened(talk: Talk, full: Any) -> str:
    """Open one report from the list by its button."""
    talk("我的报告")
    day = clock.local(full.ready_at)
    return talk.tap(f"{full.name} {day.month}月{day.day}日")
