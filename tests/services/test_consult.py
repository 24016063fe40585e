from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import BadInput, Conflict, HisUnavailable, NotFound, Refused
from bot.ports import Ports
from bot.push import outbox
from bot.services import cards, consult, desk, desk_deadlines, privacy
from bot.services.staff import Staff
from tests.factories import NOW, FakeHis, a_card, a_person, a_staff, someone, together

TEXT = "膝盖疼了两周，上下楼梯更明显，需要拍片吗？"


def ask(ports: Ports, person_id: int | None = None, **changes: Any) -> consult.Question:
    facts: dict[str, Any] = {
        "person_id": person_id or a_person(ports),
        "department_id": "yh.d01",
        "doctor_id": None,
        "text": TEXT,
        "red_flag": False,
        "key": uuid4().hex,
    }
    return consult.ask(ports, **facts | changes)


def count(ports: Ports, table: str) -> int:
    with ports.transaction() as session:
        return int(session.scalar(sa.text(f"SELECT count(*) FROM {table}")))


@pytest.mark.parametrize("text", ["", "疼", "    \n  ", "？？？？？？", "12345", "疼" * 2001, "\x00\x00\x00\x00\x00"])
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as failure:
        consult.parse_question(text)
    assert failure.value.code == "bad_question"


def test_a_question_keeps_its_words() -> None:
    assert consult.parse_question(f" {TEXT}\n") == TEXT
    assert len(consult.parse_question("疼" * 2000)) == 2000


# -- the patient's side --------------------------------------------------------------------------------------
def test_a_question_waits_for_its_department_with_a_time(ports: Ports) -> None:
    person = a_person(ports)
    asked = ask(ports, person)
    assert (asked.state, asked.department_name, asked.text) == ("waiting", "骨科", TEXT)
    assert asked.due_at == desk_deadlines.due(ports, at=NOW, department="骨科")
    assert consult.mine(ports, person_id=person) == [asked]
    assert TEXT.encode() not in _stored(ports)


def test_the_same_key_asks_once(ports: Ports) -> None:
    person = a_person(ports)
    assert ask(ports, person, key="k") == ask(ports, person, key="k", text="另外一个完全不同的问题")
    with pytest.raises(NotFound):
        ask(ports, a_person(ports), key="k")
    assert count(ports, "question") == 1


def test_departments_and_doctors_must_exist_and_belong_together(ports: Ports, his: FakeHis) -> None:
    for changes in ({"department_id": "yh.x"}, {"doctor_id": "yh.x"}, {"doctor_id": "yh.p03"}):
        with pytest.raises(NotFound):
            ask(ports, **changes)
    assert ask(ports, doctor_id="yh.p02").doctor_id == "yh.p02"
    his.down = True
    with pytest.raises(HisUnavailable):
        ask(ports)


def test_others_questions_and_unknown_ones_are_one_answer(ports: Ports) -> None:
    ref, thief = ask(ports).ref, a_person(ports)
    for wanted in (ref, "q_0000000000", "", "x" * 9999):
        for call in (consult.mine_one, consult.withdraw):
            with pytest.raises(NotFound) as failure:
                call(ports, person_id=thief, ref=wanted)
            assert failure.value.facts == {}
    assert consult.mine(ports, person_id=thief) == []


def test_a_question_can_be_withdrawn_until_it_is_answered(ports: Ports) -> None:
    person, doctor = a_person(ports), a_staff(ports)
    asked = ask(ports, person)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    assert consult.withdraw(ports, person_id=person, ref=asked.ref).state == "withdrawn"
    assert consult.withdraw(ports, person_id=person, ref=asked.ref).state == "withdrawn"
    assert consult.inbox(ports, staff=doctor) == []
    with pytest.raises(NotFound):
        consult.answer(ports, staff=doctor, ref=asked.ref, text="可以先拍片")
    other = ask(ports, person)
    _answered(ports, doctor, other.ref)
    with pytest.raises(Refused) as failure:
        consult.withdraw(ports, person_id=person, ref=other.ref)
    assert failure.value.code == "not_cancellable"


# -- who sees what -------------------------------------------------------------------------------------------
def test_red_flags_first_then_the_oldest(ports: Ports) -> None:
    refs = []
    for minutes, red in ((0, False), (1, False), (2, True), (3, True)):
        with clock.frozen(NOW + timedelta(minutes=minutes)):
            refs.append(ask(ports, red_flag=red).ref)
    seen = consult.inbox(ports, staff=a_staff(ports))
    assert [w.ref for w in seen] == [refs[2], refs[3], refs[0], refs[1]]


def test_the_list_shows_the_patient_masked_and_as_old_as_today(ports: Ports) -> None:
    person = a_person(ports)
    card = a_card(ports, person, someone("李雷"))
    ask(ports, person)
    line = consult.inbox(ports, staff=a_staff(ports))[0]
    assert (line.masked_name, line.age, line.sex) == ("李*", 36, card.sex)
    assert line.text == TEXT[:40]
    assert TEXT not in repr(line)
    cards.unbind(ports, person_id=person, ref=card.ref)
    assert consult.inbox(ports, staff=a_staff(ports))[0].masked_name is None


@pytest.mark.parametrize(
    ("role", "where", "sees"),
    [
        ("doctor", {"department_id": "yh.d01", "doctor_id": "yh.p01"}, {"bones", "to_lin"}),
        ("doctor", {"department_id": "yh.d02", "doctor_id": "yh.p03"}, {"stomach"}),
        ("doctor", {"department_id": "yh.d02", "doctor_id": "yh.p02"}, {"stomach", "to_lin"}),
        ("doctor", {"department_id": None, "doctor_id": None}, set()),
        ("head", {"department_id": "yh.d01"}, {"bones", "to_lin"}),
        ("head", {"department_id": "yh.d02", "doctor_id": "yh.p02"}, {"stomach"}),
    ],
)
def test_each_sees_his_department_and_what_is_addressed_to_him(
    ports: Ports, role: str, where: dict[str, Any], sees: set[str]
) -> None:
    refs = {
        "bones": ask(ports).ref,
        "to_lin": ask(ports, doctor_id="yh.p02").ref,
        "stomach": ask(ports, department_id="yh.d02").ref,
    }
    member = a_staff(ports, role, **where)
    assert {w.ref for w in consult.inbox(ports, staff=member)} == {refs[name] for name in sees}
    for name, ref in refs.items():
        if name in sees:
            assert consult.open_one(ports, staff=member, ref=ref).text == TEXT
            continue
        for call in (consult.open_one, consult.claim, consult.release):
            with pytest.raises(NotFound):
                call(ports, staff=member, ref=ref)
        with pytest.raises(NotFound):
            consult.answer(ports, staff=member, ref=ref, text="可以先拍片")


@pytest.mark.parametrize("role", ["editor", "finance", "operator", "auditor"])
def test_other_roles_see_no_question(ports: Ports, role: str) -> None:
    member, ref = a_staff(ports, role, department_id="yh.d01"), ask(ports).ref
    for call in (
        lambda: consult.inbox(ports, staff=member),
        lambda: consult.open_one(ports, staff=member, ref=ref),
        lambda: consult.claim(ports, staff=member, ref=ref),
        lambda: consult.answer(ports, staff=member, ref=ref, text="可以先拍片"),
    ):
        with pytest.raises(Refused):
            call()


def test_every_opening_is_audited(ports: Ports) -> None:
    asked, doctor = ask(ports), a_staff(ports)
    consult.open_one(ports, staff=doctor, ref=asked.ref)
    consult.open_one(ports, staff=doctor, ref=asked.ref)
    with ports.transaction() as session:
        seen = session.execute(sa.text("SELECT actor_id, subject FROM audit WHERE action='consult.open'")).all()
    assert seen == [(str(doctor.id), asked.ref)] * 2
    assert privacy.verify(ports).whole


# -- claiming and answering ----------------------------------------------------------------------------------
def test_a_claimed_question_belongs_to_one_doctor_for_a_while(ports: Ports) -> None:
    asked, one, two = ask(ports), a_staff(ports), a_staff(ports, name="林晓燕")
    held = consult.claim(ports, staff=one, ref=asked.ref)
    assert (held.state, held.held_by_me, held.claim_until) == ("claimed", True, NOW + timedelta(minutes=15))
    seen = consult.inbox(ports, staff=two)[0]
    assert (seen.holder, seen.held_by_me) == ("陈建国", False)
    for call in (consult.claim, consult.release):
        with pytest.raises(Conflict):
            call(ports, staff=two, ref=asked.ref)
    with pytest.raises(Conflict):
        consult.answer(ports, staff=two, ref=asked.ref, text="可以先拍片")
    with clock.frozen(NOW + timedelta(minutes=16)):
        assert consult.claim(ports, staff=two, ref=asked.ref).held_by_me
        with pytest.raises(Conflict):
            consult.answer(ports, staff=one, ref=asked.ref, text="可以先拍片")


def test_a_released_question_is_open_again(ports: Ports) -> None:
    asked, one, two = ask(ports), a_staff(ports), a_staff(ports)
    consult.claim(ports, staff=one, ref=asked.ref)
    assert consult.release(ports, staff=one, ref=asked.ref).state == "waiting"
    assert consult.claim(ports, staff=two, ref=asked.ref).held_by_me


def test_an_answer_reaches_the_patient_by_a_notice_of_the_same_transaction(ports: Ports) -> None:
    person, doctor = a_person(ports), a_staff(ports)
    asked = ask(ports, person)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    consult.answer(ports, staff=doctor, ref=asked.ref, text=" 可以先拍片 ")
    seen = consult.mine_one(ports, person_id=person, ref=asked.ref)
    assert (seen.state, seen.answer, seen.answered_by, seen.answered_at) == (
        "answered",
        "可以先拍片",
        "陈建国",
        NOW,
    )
    notice = outbox.claim_due(ports, limit=10, worker="w")[0]
    assert (notice.person_id, notice.kind) == (person, "answer")
    assert notice.payload == {"view": "answer", "ref": asked.ref}
    assert "拍片" not in json.dumps(notice.payload, ensure_ascii=False)


def test_no_answer_without_its_notice(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, doctor = ask(ports), a_staff(ports)
    consult.claim(ports, staff=doctor, ref=asked.ref)

    def broken(*_: Any, **__: Any) -> bool:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(desk.outbox, "enqueue", broken)
        with pytest.raises(RuntimeError):
            consult.answer(ports, staff=doctor, ref=asked.ref, text="可以先拍片")
    assert (count(ports, "answer"), consult.inbox(ports, staff=doctor)[0].state) == (0, "claimed")


def test_an_answer_needs_a_claim_and_the_same_twice_is_one(ports: Ports) -> None:
    asked, doctor = ask(ports), a_staff(ports)
    with pytest.raises(Conflict):
        consult.answer(ports, staff=doctor, ref=asked.ref, text="可以先拍片")
    first = _answered(ports, doctor, asked.ref)
    assert consult.answer(ports, staff=doctor, ref=asked.ref, text="可以先拍片") == first
    with pytest.raises(Conflict):
        consult.answer(ports, staff=doctor, ref=asked.ref, text="换一句话再答")
    assert (count(ports, "answer"), count(ports, "notice")) == (1, 1)


@pytest.mark.parametrize("text", ["", " ", "好", "好" * 2001])
def test_what_is_no_answer_is_refused(ports: Ports, text: str) -> None:
    asked, doctor = ask(ports), a_staff(ports)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    with pytest.raises(BadInput):
        consult.answer(ports, staff=doctor, ref=asked.ref, text=text)


def test_answered_questions_are_listed_cleaned_for_those_who_edit(ports: Ports) -> None:
    person, doctor = a_person(ports), a_staff(ports)
    a_card(ports, person, someone("李雷"))
    asked = ask(ports, person, text="我是李雷，电话13900001111，膝盖疼怎么办")
    _answered(ports, doctor, asked.ref, "请来找陈建国医生复查")
    line = consult.answered(ports, staff=a_staff(ports, "editor"))[0]
    assert (line.ref, line.department_name, line.entry_id) == (asked.ref, "骨科", None)
    assert not {"李雷", "13900001111", "陈建国"} & {part for part in (line.text, line.answer) if part}
    for secret in ("李雷", "13900001111", "陈建国"):
        assert secret not in line.text + line.answer
    assert consult.answered(ports, staff=a_staff(ports, "head", department_id="yh.d02")) == []
    with pytest.raises(Refused):
        consult.answered(ports, staff=a_staff(ports, "finance"))


# -- races, on PostgreSQL ------------------------------------------------------------------------------------
def test_twenty_doctors_claim_and_one_has_it(postgres_ports: Ports) -> None:
    doctors = [a_staff(postgres_ports) for _ in range(20)]
    for _ in range(5):
        asked = ask(postgres_ports)
        results = together(20, _claimer(postgres_ports, doctors, asked.ref))
        assert sum(isinstance(result, desk.Waiting) for result in results) == 1
        assert sum(isinstance(result, Conflict) for result in results) == 19


def test_control_reading_before_writing_lets_several_have_it(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard is the condition in the UPDATE: without it the same race has many winners."""
    real = desk._step

    def unguarded(session: Any, staff: Staff, ref: str, *_conditions: Any, **values: Any) -> None:
        real(session, staff, ref, **values)

    monkeypatch.setattr(desk, "_step", unguarded)
    doctors = [a_staff(postgres_ports) for _ in range(20)]
    results = together(20, _claimer(postgres_ports, doctors, ask(postgres_ports).ref))
    assert sum(isinstance(result, desk.Waiting) for result in results) > 1


def test_the_same_question_at_once_is_asked_once(postgres_ports: Ports) -> None:
    person = a_person(postgres_ports)
    results = together(20, lambda _: ask(postgres_ports, person, key="k"))
    assert len({result.ref for result in results}) == 1
    assert count(postgres_ports, "question") == 1


def _claimer(ports: Ports, doctors: list[Staff], ref: str) -> Any:
    return lambda n: consult.claim(ports, staff=doctors[n], ref=ref)


def _answered(ports: Ports, doctor: Staff, ref: str, text: str = "可以先拍片") -> consult.Answer:
    consult.claim(ports, staff=doctor, ref=ref)
    return consult.answer(ports, staff=doctor, ref=ref, text=text)


def _stored(ports: Ports) -> bytes:
    with ports.transaction() as session:
        return b"".join(session.scalars(sa.text("SELECT text_sealed FROM question")))


def test_a_doctor_sees_his_own_answers_with_whether_they_arrived(ports: Ports) -> None:
    doctor, colleague = a_staff(ports), a_staff(ports)
    person = a_person(ports)
    for number in (1, 2):
        asked = consult.ask(
            ports,
            person_id=person,
            department_id=doctor.department_id,
            doctor_id=None,
            text=f"第{number}个问题，膝盖疼要不要拍片",
            red_flag=False,
            key=f"mine-{number}",
        )
        consult.claim(ports, staff=doctor, ref=asked.ref)
        consult.answer(ports, staff=doctor, ref=asked.ref, text=f"第{number}个回答")
    mine = consult.given(ports, staff=doctor)
    assert [one.answer for one in mine] == ["第2个回答", "第1个回答"]
    assert mine[0].text.startswith("第2个问题")
    assert [one.delivery for one in mine] == ["waiting", "waiting"]
    assert consult.given(ports, staff=colleague) == []
    with pytest.raises(Refused):
        consult.given(ports, staff=a_staff(ports, role="editor"))
