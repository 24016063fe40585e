"""Reports beyond one look: what is held, what is preliminary, over the years, in plain words, and the word that it came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.db.privacy import Audit
from bot.his.embedded import EmbeddedHis
from bot.jobs import changes as job
from tests.conversations.conftest import bind
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import patient_id, rows, said_to, send_due, sent_to

KIDNEY, WELL, PREGNANT = 10, 12, 7  # places among the demo's patients: see special.csv
People = list[dict[str, Any]]


def reports_of(talk: Talk, hospital: EmbeddedHis) -> list[Any]:
    who = patient_id(talk)
    heads = hospital.reports(who, since=date(2023, 11, 23))
    return [hospital.report(patient_id=who, report_id=head.id) for head in heads]


def pictures(talk: Talk) -> list[bytes]:
    return [reply["image"] for openid, reply in talk.ports.push.sent if openid == talk.openid and "image" in reply]


def _sent_later() -> int:
    """One run of the outbox ten seconds from now."""
    with clock.frozen(clock.now() + timedelta(seconds=10)):
        return send_due()


def test_a_critical_result_waits_for_the_doctor(
    talk: Talk, patients: People, hospital: EmbeddedHis, rasa: InProcessRasa
) -> None:
    bind(talk, patients[KIDNEY])
    held = next(r for r in reports_of(talk, hospital) if r.critical)
    said = talk("我的报告")
    assert "有1份结果，医生看过后会告诉您" in said
    assert "人工" in said
    assert not any(label.startswith("电解质 11月22日") for label in talk.labels)
    assert "6.85" not in said
    hospital.release(held.id)
    assert "医生看过后会告诉您" not in talk("我的报告")
    assert "钾 6.85mmol/L ↑↑（参考 3.50-5.30）" in talk.tap("电解质 11月22日")
    assert "6.85" not in said_to(rasa, talk)


def test_a_sensitive_name_never_reaches_rasa(
    talk: Talk, patients: People, hospital: EmbeddedHis, rasa: InProcessRasa
) -> None:
    bind(talk, patients[PREGNANT])
    said = talk("我的报告")
    assert "医生看过后会告诉您" not in said
    delicate = {r.name for r in reports_of(talk, hospital)} & {"传染病筛查", "人绒毛膜促性腺激素"}
    assert len(delicate) == 2
    memory = said_to(rasa, talk)
    assert not any(name in memory for name in delicate)
    bind(talk, patients[WELL])
    assert "有1份结果，医生看过后会告诉您" in talk("我的报告")
    assert not any(word in said_to(rasa, talk) for word in ("传染病", "梅毒", "HIV"))


def test_a_preliminary_opinion_says_that_it_may_change(talk: Talk, patients: People, hospital: EmbeddedHis) -> None:
    at = clock.utc(datetime(2026, 11, 23, 16, 20))
    with clock.frozen(at):
        early, owner = _preliminary(hospital, patients)
        bind(talk, owner)
        talk("我的报告")
        assert any("（初步）" in label for label in talk.labels)
        said = talk.tap("（初步）")
        assert f"初步意见：{early.impression}" in said
        assert "正式报告可能有改动" in said


def _preliminary(hospital: EmbeddedHis, patients: People) -> tuple[Any, dict[str, Any]]:
    for known in patients:
        who = hospital.find_patient(**{name: known[name] for name in ("name", "id_number", "phone")})
        assert who is not None
        for head in hospital.reports(who.id, since=date(2026, 11, 23)):
            if head.status == "preliminary":
                return hospital.report(patient_id=who.id, report_id=head.id), known
    raise AssertionError("nobody has a preliminary report at this hour")


def test_one_item_over_the_years_in_words_and_as_a_picture(
    bound: Talk, hospital: EmbeddedHis, rasa: InProcessRasa
) -> None:
    bound("我的报告")
    bound.tap("血糖与糖化血红蛋白")
    assert "想看哪一项" in bound.tap("看变化")
    assert set(bound.labels) == {"空腹血糖", "糖化血红蛋白"}
    said = bound.tap("糖化血红蛋白")
    measured = [
        (report, line)
        for report in reports_of(bound, hospital)
        for line in report.items
        if line.code == "HBA1C" and report.ready_at
    ]
    assert len(measured) > 6
    for report, line in measured[:6]:
        assert f"{clock.local(report.ready_at):%Y-%m-%d} {line.value}%" in said
    [link] = [reply["link"]["url"] for reply in bound.replies if reply.get("link")]
    assert link.startswith("http://localhost:8000/h5/reports/c_")
    assert not any(secret in link for secret in ("HBA1C", "糖", measured[0][1].value))
    assert send_due() == 0  # the words come first
    assert _sent_later() == 1
    [picture] = pictures(bound)
    assert picture.startswith(b"\x89PNG")
    assert "糖化血红蛋白" not in said_to(rasa, bound).replace("血糖与糖化血红蛋白", "the report's own name")
    assert "想看哪一项" in bound.tap("看别的项目")


def test_asked_for_twice_by_one_message_the_picture_goes_out_once(bound: Talk) -> None:
    bound("我的报告")
    bound.tap("血脂")
    bound.tap("看变化")
    bound.tap("总胆固醇")
    assert [_sent_later() for _ in range(2)] == [1, 0]
    assert len(pictures(bound)) == 1


def test_a_card_unbound_before_the_picture_leaves_stops_it(bound: Talk) -> None:
    bound("我的报告")
    bound.tap("血脂")
    bound.tap("看变化")
    bound.tap("总胆固醇")
    bound("解绑就诊卡")
    assert "已经解绑" in bound.tap("确认解绑")
    assert _sent_later() == 1
    assert pictures(bound) == []


def test_what_is_out_of_range_is_explained_in_plain_words(bound: Talk, hospital: EmbeddedHis) -> None:
    bound("我的报告")
    bound.tap("血糖与糖化血红蛋白")
    said = bound.tap("这些项目是什么意思")
    assert "糖化血红蛋白 ↑：过去两三个月血糖的平均水平" in said
    assert "不是说您得了什么病，请以医生判断为准" in said


@pytest.mark.parametrize(
    ("asked", "item"),
    [("白细胞高是什么意思", "白细胞计数"), ("尿酸四百八算高吗", "血尿酸"), ("甲功里TSH高是什么", "促甲状腺激素")],
)
def test_an_item_is_explained_without_a_card(talk: Talk, asked: str, item: str) -> None:
    said = talk(asked)
    assert said.startswith(f"{item}：")
    assert "偏高（↑）：" in said
    assert "请以医生判断为准" in said
    assert talk.labels == ["问医生", "查报告"]


def test_a_report_that_came_out_is_told_without_a_word_of_it(
    bound: Talk, another: Callable[[], Talk], patients: People, hospital: EmbeddedHis
) -> None:
    other = another()
    other("你好")
    assert job.run() == 0
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 16, 25))):
        came = [r for r in reports_of(bound, hospital) if r.ready_at and r.ready_at > clock.now() - timedelta(hours=6)]
        assert came
        assert [job.run() for _ in range(2)] == [len(came), 0]
        send_due()
        said = sent_to(bound)
    assert said == ["您有新的报告可以看了。"] * len(came)
    assert sent_to(other) == []


def test_prescriptions_and_bills_are_read_from_the_hospital(
    bound: Talk, hospital: EmbeddedHis, rasa: InProcessRasa
) -> None:
    [newest, *_] = hospital.prescriptions(patient_id(bound), since=date(2023, 11, 23))
    said = bound("我的处方")
    assert "最近的处方" in said
    for item in newest.items:
        assert f"{item.name} {item.spec} ×{item.quantity}{item.unit}" in said
        assert item.usage in said
    bills = bound("看看我的账单")
    [bill, *_] = sorted(hospital.bills(patient_id(bound), since=date(2023, 11, 23)), key=lambda b: b.state != "open")
    assert f"{bill.fen / 100:.2f}元" in bills
    assert not any(item.name in said_to(rasa, bound) for item in newest.items)
    actions = {row.action for row in rows(bound.ports, Audit)}
    assert {"aftercare.prescriptions", "payment.bills"} <= actions


@pytest.mark.parametrize("wish", ["我的处方", "看看我的账单", "处方在手机上能看吗", "查一下费用账单"])
def test_without_a_card_papers_ask_for_one(talk: Talk, wish: str) -> None:
    assert "还没有绑定就诊卡" in talk(wish)
