"""The library that patients leaf through, and what stands beside a doctor's question."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot.db.privacy import Audit
from bot.errors import NotFound, Refused
from bot.ports import Ports
from bot.services import consult, faq, faq_library, faq_similar
from bot.services.staff import Staff
from tests.factories import a_person, a_staff, published
from tests.services.test_faq import line


@pytest.fixture(autouse=True)
def _entries(ports: Ports) -> None:
    lines = [
        line("e1", "膝盖疼要拍片吗", "先看医生。", department="骨科"),
        line("e2", "膝关节手术后多久能走", "一般第二天。", department="骨科"),
        line("e3", "高血压能吃党参吗", "先问医生。", department="心血管内科"),
    ]
    faq.import_lines(ports, lines=lines)


@pytest.fixture
def doctor(ports: Ports) -> Staff:
    return a_staff(ports)


def ask(ports: Ports, text: str) -> str:
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False}
    return consult.ask(ports, person_id=a_person(ports), text=text, key=uuid4().hex, **facts).ref


def publish_answer(ports: Ports, doctor: Staff, text: str, answer: str) -> tuple[str, int]:
    """A question of a patient, answered by the doctor, published by an editor; gives its ref and the entry's id."""
    ref, editor = ask(ports, text), a_staff(ports, "editor")
    consult.claim(ports, staff=doctor, ref=ref)
    consult.answer(ports, staff=doctor, ref=ref, text=answer)
    draft = faq.draft_from(ports, staff=editor, question_ref=ref)
    published(ports, draft)
    return ref, draft.id


def titles(entries: list[faq_library.Shown]) -> list[str]:
    return [entry.title for entry in entries]


def test_the_shelves_are_departments_and_the_doctors_who_answered(ports: Ports, doctor: Staff) -> None:
    publish_answer(ports, doctor, "肩膀疼能打球吗", "先休息两周。")
    assert [(c.name, c.entries) for c in faq_library.departments(ports)] == [("骨科", 3), ("心血管内科", 1)]
    assert [(c.name, c.entries) for c in faq_library.doctors(ports)] == [(doctor.name, 1)]


def test_a_keyword_a_department_and_a_doctor_narrow_down(ports: Ports, doctor: Staff) -> None:
    publish_answer(ports, doctor, "膝盖疼能打球吗", "先休息两周。")
    assert set(titles(faq_library.look(ports, wanted="膝盖"))) == {"膝盖疼要拍片吗", "膝盖疼能打球吗"}
    assert titles(faq_library.look(ports, wanted="高血压", department="骨科")) == []
    assert titles(faq_library.look(ports, department="心血管内科")) == ["高血压能吃党参吗"]
    assert titles(faq_library.look(ports, wanted="膝盖", doctor=doctor.name)) == ["膝盖疼能打球吗"]
    assert len(faq_library.look(ports)) == 4


def test_an_entry_says_who_signed_it_and_when_it_is_read_again(ports: Ports, doctor: Staff) -> None:
    _, entry_id = publish_answer(ports, doctor, "膝盖疼能打球吗", "先休息两周。")
    entry = faq_library.read(ports, entry_id=entry_id, wanted="打球")
    assert (entry.signed_by, entry.department_name) == (doctor.name, "骨科")
    assert entry.review_on is not None
    assert entry.published_at is not None
    assert [words for words, asked in entry.question if asked] == ["打球"]


def test_drafts_and_what_was_recalled_stand_on_no_shelf(ports: Ports, doctor: Staff) -> None:
    _, entry_id = publish_answer(ports, doctor, "膝盖疼能打球吗", "先休息两周。")
    faq.recall(ports, staff=a_staff(ports, "editor"), entry_id=entry_id)
    assert "膝盖疼能打球吗" not in titles(faq_library.look(ports))
    assert faq_library.doctors(ports) == []
    with pytest.raises(NotFound):
        faq_library.read(ports, entry_id=entry_id)


@pytest.mark.parametrize("wanted", ["股票", "？？", "😀", "' OR 1=1 --", "x" * 10_000])
def test_nothing_that_fits_is_an_empty_shelf(ports: Ports, wanted: str) -> None:
    assert faq_library.look(ports, wanted=wanted) == []


def test_similar_answers_leave_out_the_one_made_of_this_question(ports: Ports, doctor: Staff) -> None:
    ref, entry_id = publish_answer(ports, doctor, "膝盖疼要不要拍片子看看", "要拍。")
    beside = faq_similar.similar(ports, staff=doctor, ref=ref)
    assert titles(beside) == ["膝盖疼要拍片吗"]
    assert entry_id not in [entry.id for entry in beside]
    assert any(asked for _, asked in beside[0].question)


def test_only_who_may_open_a_question_sees_what_is_like_it_and_the_look_is_written_down(
    ports: Ports, doctor: Staff
) -> None:
    ref = ask(ports, "膝盖疼要不要拍片子看看")
    with pytest.raises(NotFound):
        faq_similar.similar(ports, staff=a_staff(ports, department_id="yh.d02"), ref=ref)
    with pytest.raises(Refused):
        faq_similar.similar(ports, staff=a_staff(ports, "finance"), ref=ref)
    faq_similar.similar(ports, staff=doctor, ref=ref)
    with ports.transaction() as session:
        looks = session.scalars(sa.select(Audit.action).where(Audit.subject == ref)).all()
    assert "faq.similar" in looks
