"""One visit from the first complaint to the next patient who reads the answer; with both ways to a hospital."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from werkzeug.serving import make_server

from bot import clock, wiring
from bot.db.booking import Booking
from bot.db.consult import Question
from bot.db.faq import FaqEntry
from bot.db.push import Notice
from bot.db.triage import TriageNote
from bot.his.embedded import EmbeddedHis
from bot.his.http import HttpHis
from bot.his.serve import create_app
from bot.ports import Ports
from bot.services import consult, faq
from tests.conversations.conftest import bind, type_code
from tests.conversations.house import Talk
from tests.conversations.visits import answer, doctor_of, editor, newest, patient_id, rows, send_due, sent_to
from tests.factories import published

KEY = "visit:a-secret-that-is-long-enough"


@pytest.fixture
def served(hospital: EmbeddedHis) -> Iterator[HttpHis]:
    """The same hospital behind its HTTP contract, on loopback."""
    server = make_server("127.0.0.1", 0, create_app(hospital, KEY), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    his = HttpHis(f"http://127.0.0.1:{server.server_port}", KEY)
    yield his
    his.close()
    server.shutdown()
    thread.join()


@pytest.fixture(params=["embedded", "http"])
def anyhouse(request: pytest.FixtureRequest, house: Ports, monkeypatch: pytest.MonkeyPatch) -> Ports:
    """The house with its hospital in the process, and with one across the network."""
    if request.param == "embedded":
        return house
    ports = replace(house, his=request.getfixturevalue("served"))
    monkeypatch.setattr(wiring, "ports", lambda: ports)
    return ports


def test_a_whole_visit(anyhouse: Ports, hospital: EmbeddedHis, patients: list[dict[str, Any]]) -> None:
    patient = Talk(anyhouse)
    _finds_a_department(patient)
    _binds_on_the_way_and_books(patient, patients[0])
    _waits_and_is_called(patient, hospital)
    _reads_the_report(patient, hospital)
    _asks_the_doctor(patient, patients[0])
    _gets_the_answer(patient)
    _the_editor_publishes(anyhouse, patients[0])
    _another_patient_finds_it(Talk(anyhouse))


def _finds_a_department(patient: Talk) -> None:
    said = patient("胸口闷两天了")
    for _ in range(3):
        if "不是诊断" not in said:
            said = patient("68岁" if "多大年纪" in said else "女的" if "女士" in said else "没有")
    assert "心血管内科（门诊一号楼3层）：因为您说“胸口闷”" in said
    assert "不是诊断" in said
    [note] = rows(patient.ports, TriageNote)
    assert "yh.k01" in note.departments_json


def _binds_on_the_way_and_books(patient: Talk, known: dict[str, Any]) -> None:
    assert "先绑定就诊卡" in patient.tap("挂心血管内科")
    patient(known["name"])
    patient(known["id_number"])
    assert "短信验证码" in patient(known["phone"])
    said = type_code(patient, known)
    assert "绑好了" in said
    assert "挂心血管内科，哪天来" in said
    assert "几点来" in patient("今天")
    assert "请核对" in patient("10点")
    assert "挂好了" in patient("确认挂号")
    [booked] = rows(patient.ports, Booking)
    held = newest(patient)
    assert (booked.state, booked.number, booked.day) == ("booked", held.number, held.day)
    assert held.patient_id == patient_id(patient)


def _waits_and_is_called(patient: Talk, hospital: EmbeddedHis) -> None:
    [booked] = rows(patient.ports, Booking)
    place = hospital.queue(booked.appointment_id)
    assert f"前面还有{place.ahead}位" in patient("排到几号了")
    held = next(a for a in hospital.appointments(booked.patient_id) if a.id == booked.appointment_id)
    for n in range(place.ahead + 1):
        hospital.call_next(session_id=held.session_id, key=f"desk:{n}")
    assert "轮到您了" in patient.tap("刷新")
    hospital.call_next(session_id=held.session_id, key="desk:out")
    assert "看完了" in patient("现在叫到几号了")


def _reads_the_report(patient: Talk, hospital: EmbeddedHis) -> None:
    assert "还没出来，大约15:30能看" in patient("报告出来了吗")
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 16, 0))):
        assert "血糖与糖化血红蛋白还没出来" not in patient("再看看报告")
        said = patient.tap("血糖与糖化血红蛋白 今天")
        heads = hospital.reports(patient_id(patient), since=date(2026, 11, 23))
        head = next(r for r in heads if r.ready_at is not None)
        full = hospital.report(patient_id=patient_id(patient), report_id=head.id)
    assert all(f"{item.name} {item.value}{item.unit}" in said for item in full.items)


def _asks_the_doctor(patient: Talk, known: dict[str, Any]) -> None:
    assert "想问哪个科室" in patient("问问医生")
    patient("心内科")
    patient(f"我叫{known['name']}，电话{known['phone']}，谭淑芬医生说我有早搏，早搏能喝浓茶和咖啡吗？")
    if "还是要问医生" in patient.labels:
        patient.tap("还是要问医生")
    [question] = rows(patient.ports, Question)
    assert (question.department_id, question.state, question.red_flag) == ("yh.k01", "waiting", False)


def _gets_the_answer(patient: Talk) -> None:
    ports = patient.ports
    doctor = doctor_of(ports, "yh.k01")
    [waiting] = consult.inbox(ports, staff=doctor)
    answer(ports, doctor, waiting.ref, "闫安然您好，早搏发作多的时候浓茶、咖啡先停，少熬夜；不舒服找谭淑芬医生复诊。")
    assert send_due() == 1
    [notice] = sent_to(patient)
    assert "浓茶、咖啡先停" in notice
    assert "不能代替当面就诊" in notice
    assert [n.state for n in rows(ports, Notice)] == ["sent"]


def _the_editor_publishes(ports: Ports, known: dict[str, Any]) -> None:
    who = editor(ports)
    [done] = consult.answered(ports, staff=who)
    draft = faq.draft_from(ports, staff=who, question_ref=done.ref)
    kinds = {r.kind for r in draft.replacements}
    assert {"card_name", "self", "doctor"} <= kinds  # "我叫…，电话…" goes as one clause
    whole = draft.question + draft.answer
    assert not re.search(rf"{known['name']}|{known['phone']}|谭淑芬", whole)
    assert faq.search(ports, text="早搏 浓茶") == []
    kept = faq.save(
        ports,
        staff=who,
        entry_id=draft.id,
        question="早搏能喝浓茶和咖啡吗？",
        answer=draft.answer,
        version=draft.version,
    )
    published(ports, kept)
    assert rows(ports, FaqEntry, id=draft.id)[0].state == "published"


def _another_patient_finds_it(reader: Talk) -> None:
    said = reader("浓茶")
    said += reader("1") if "早搏能喝浓茶" in " ".join(reader.labels) else ""
    assert "浓茶、咖啡先停" in said
    assert "不是针对您的诊断" in said
    assert "闫安然" not in said
    assert "早搏能喝浓茶和咖啡吗" in reader("心脏早搏可以喝咖啡吗")


def test_both_hospitals_are_the_same_one(
    house: Ports, served: HttpHis, patients: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was booked through one way is seen, and cannot be booked twice, through the other."""
    talk = Talk(house)
    bind(talk, patients[0])
    talk("挂今天心内科的号")
    talk("15:00")
    talk("确认")
    ports = replace(house, his=served)
    monkeypatch.setattr(wiring, "ports", lambda: ports)
    across = Talk(ports)
    bind(across, patients[0])
    assert "当天在这个科已经有号了" in across("挂今天心内科的号")
    across("随便哪天，最早的")
    held = newest(talk)
    today = [
        a for a in served.appointments(held.patient_id) if (a.day, a.department_id) == (held.day, held.department_id)
    ]
    assert [a.id for a in today] == [held.id]
