"""Whom one can ask, the rules of asking online, and sending a question by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import clock
from bot.errors import BadInput, ConfigError, Refused
from bot.his.port import Price
from bot.ports import Ports
from bot.services import asking, asking_rules, experts, flagged, recommended
from tests.factories import NOW, FakeHis, a_card, a_person, a_staff, id_number, someone
from tests.services.asked import TEXT, URGENT, answer, ask, row

SEEN = {"seen": "yes"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def send(ports: Ports, person: int, **changes: Any) -> Any:
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "text": TEXT, "said": SEEN, "key": "k"}
    return asking.send(ports, person_id=person, **facts | changes)


# -- the rules ------------------------------------------------------------------------------------------------
def test_who_was_never_there_says_whether_he_was_seen(ports: Ports) -> None:
    person = a_person(ports)
    assert asking.needs(ports, person_id=person, department_id="yh.d01") == ("seen",)
    for said in ({}, {"seen": "no"}):
        with pytest.raises(Refused) as refusal:
            send(ports, person, said=said)
        assert refusal.value.code == "first_visit"
    assert send(ports, person).state == "waiting"


def test_a_visit_that_the_hospital_knows_spares_the_question(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = a_person(ports)
    card = a_card(ports, person)
    slot = his.slots(first=clock.today(), last=clock.today(), department_id="yh.d01")[0]
    visit = replace(his.book(slot_id=slot.id, patient_id=card.patient_id, key="v"), state="done")
    monkeypatch.setattr(his, "appointments", lambda _patient: [visit])
    assert asking.needs(ports, person_id=person, department_id="yh.d01") == ()
    assert asking.needs(ports, person_id=person, department_id="yh.d02") == ("seen",)
    monkeypatch.setattr(his, "appointments", lambda _patient: [replace(visit, state="missed")])
    assert asking.needs(ports, person_id=person, department_id="yh.d01") == ("seen",)
    old = replace(visit, day=visit.day - timedelta(days=900))
    monkeypatch.setattr(his, "appointments", lambda _patient: [old])
    assert asking.needs(ports, person_id=person, department_id="yh.d01") == ("seen",)


def test_a_silent_hospital_knows_of_no_visit_and_he_is_asked(ports: Ports, his: FakeHis) -> None:
    person = a_person(ports)
    a_card(ports, person)
    his.down = True
    assert asking.needs(ports, person_id=person, department_id="yh.d01") == ("seen",)


def test_for_a_small_child_the_guardian_asks(ports: Ports) -> None:
    for years, wanted in ((5, ("seen", "guardian")), (6, ("seen",))):
        person = a_person(ports)
        born = NOW.date().replace(year=NOW.year - years)
        a_card(ports, person, someone("李小雷", id_number=id_number(born=born, serial=years)), guardian=True)
        assert asking.needs(ports, person_id=person, department_id="yh.d01") == wanted
        if "guardian" in wanted:
            with pytest.raises(Refused) as refusal:
                send(ports, person, key=f"a{years}")
            assert refusal.value.code == "guardian_asks"
        assert send(ports, person, said={"seen": "yes", "guardian": "yes"}, key=f"b{years}").state == "waiting"


def test_a_hospital_may_ask_nobody(ports: Ports) -> None:
    open_house = replace(ports, rules={**ports.rules, "first_visit": "open"})
    assert asking.needs(open_house, person_id=a_person(ports), department_id="yh.d01") == ()


def test_what_sounds_urgent_goes_out_at_once_and_on_top(ports: Ports) -> None:
    person = a_person(ports)
    asked = send(ports, person, text=URGENT, said={})
    assert row(ports, asked.ref).red_flag
    assert send(ports, person, text="另外一个问题，同一个钥匙", said={}) == asked


def test_a_flag_that_stands_puts_the_next_question_on_top(ports: Ports) -> None:
    person = a_person(ports)
    flagged.heard(ports, person_id=person, text=URGENT)
    assert row(ports, send(ports, person).ref).red_flag


def test_the_hours_are_said_as_people_say_them(ports: Ports) -> None:
    assert asking.hours(ports) == "工作日 08:00–12:00、14:00–17:30"
    rules = {**ports.rules, "answering_hours": [{"days": [6, 7], "from": "09:00", "until": "12:00"}]}
    assert asking.hours(replace(ports, rules=rules)) == "周六、日 09:00–12:00"
    assert asking_rules.hours(replace(ports, rules={**rules, "answering_hours": []})) == ""


@pytest.mark.parametrize("length", [4, 2001, 10_000])
def test_too_long_and_too_short_is_refused_and_nothing_is_kept(ports: Ports, length: int) -> None:
    with pytest.raises(BadInput):
        send(ports, a_person(ports), text="疼" * length)


# -- whom -----------------------------------------------------------------------------------------------------
def test_a_doctor_is_shown_with_his_promise_and_for_free(ports: Ports) -> None:
    [chen, lin] = experts.of_department(ports, department_id="yh.d01")
    assert (chen.doctor.name, chen.doctor.title, chen.doctor.specialty) == ("陈建国", "主任医师", "膝关节")
    assert (chen.fee_fen, chen.answers, lin.why) == (0, "明天早上9点前回答", "")


def test_the_price_is_the_hospitals_own_by_title(ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        Price("c1", "图文咨询 主任医师", "exam", "", "次", 5000, "yh"),
        Price("c2", "图文咨询", "exam", "", "次", 2000, "yh"),
    ]
    monkeypatch.setattr(his, "prices", lambda **_: listed)
    assert [e.fee_fen for e in experts.of_department(ports, department_id="yh.d01")] == [5000, 2000]


def test_the_usual_time_is_measured_where_there_were_enough_answers(ports: Ports) -> None:
    doctor, person = a_staff(ports, doctor_id="yh.p01"), a_person(ports)
    hours = (1, 2, 3, 4, 30)
    for number, after in enumerate(hours):
        ref = ask(ports, person, key=f"t{number}").ref
        with clock.frozen(NOW + timedelta(hours=after)):
            answer(ports, doctor, ref)
    with clock.frozen(NOW + timedelta(hours=40)):
        found = {e.doctor.id: e.answers for e in experts.of_department(ports, department_id="yh.d01")}
        assert found["yh.p01"] == "一般3小时内回答"
        assert found["yh.p02"].endswith("前回答")
        assert experts.departments(ports)[0].answers == "一般3小时内回答"
        assert experts.departments(ports)[1].answers.endswith("前回答")


def test_this_months_experts_stand_on_top_and_who_left_is_left_out(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommended, "known", lambda: {"2026-11": {"yh.p02": "脊柱", "yh.gone": "走了"}})
    assert [(e.doctor.id, e.why) for e in experts.this_month(ports)] == [("yh.p02", "脊柱")]
    assert [e.doctor.id for e in experts.of_department(ports, department_id="yh.d01")] == ["yh.p02", "yh.p01"]
    with clock.frozen(NOW + timedelta(days=30)):
        assert experts.this_month(ports) == []


def test_the_list_that_comes_with_the_product_can_be_read() -> None:
    assert recommended.read(recommended.FILE)


@pytest.mark.parametrize(
    "text",
    [
        "- a list",
        "'2026-13': []",
        "'2026-11': {doctor: x}",
        "'2026-11': [{doctor: yh.d1}]",
        "'2026-11': [{doctor: 7, why: x}]",
        "'2026-11': [{doctor: yh.d1, why: ''}]",
        "'2026-11': [{doctor: yh.d1, why: x, stars: 5}]",
        "'2026-11': [{doctor: yh.d1, why: x}, {doctor: yh.d1, why: y}]",
    ],
)
def test_a_list_that_cannot_be_read_stops_the_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "experts.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        recommended.read(file)
