"""What doctors do at a question beside answering: ask back, refuse, hand on, note, keep a draft, answer again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.consult import Question
from bot.db.desk import QuestionDraft, QuestionMove, QuestionNote
from bot.db.push import Notice
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import (
    consult,
    desk_back,
    desk_beside,
    desk_drafts,
    desk_moves,
    desk_notes,
    desk_overdue,
    desk_phrases,
    desk_turns,
    export,
    notice_inbox,
    views,
)
from bot.services.staff import Staff
from tests.factories import NOW, a_person, a_staff, together

ELSEWHERE = {"department_id": "yh.d02", "reason": "属于消化内科"}


def ask(ports: Ports, person: int | None = None, **changes: Any) -> str:
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": uuid4().hex}
    return consult.ask(ports, person_id=person or a_person(ports), text="膝盖疼要拍片吗？", **facts | changes).ref


def held(ports: Ports, **changes: Any) -> tuple[Staff, str]:
    doctor, ref = a_staff(ports), ask(ports, **changes)
    consult.claim(ports, staff=doctor, ref=ref)
    return doctor, ref


def row(ports: Ports, ref: str) -> Any:
    with ports.transaction() as session:
        return session.scalars(sa.select(Question).where(Question.ref == ref)).one()


def told(ports: Ports, ref: str) -> list[str]:
    """What the patient reads of each notice about this question, in their order."""
    with ports.transaction() as session:
        kept = session.scalars(sa.select(Notice).where(Notice.person_id == _asker(session, ref)).order_by(Notice.id))
        payloads = [(notice.person_id, ports.crypto.open(notice.payload_sealed)) for notice in kept]
    drawn = [views.render(ports, person_id=who, replies=[json.loads(payload)]) for who, payload in payloads]
    return [str(replies[0]["text"]) for replies in drawn]


def _asker(session: Any, ref: str) -> int:
    return int(session.scalar(sa.select(Question.person_id).where(Question.ref == ref)))


# -- asking back and refusing ---------------------------------------------------------------------------------
def test_a_question_back_waits_for_its_patient_who_reads_it(ports: Ports) -> None:
    doctor, ref = held(ports)
    for _ in range(2):  # a double click
        desk_back.ask_back(ports, staff=doctor, ref=ref, text="疼多久了？夜里疼吗？")
    assert row(ports, ref).state == "asked_back"
    [said] = told(ports, ref)
    assert "疼多久了？夜里疼吗？" in said
    assert doctor.name in said
    assert "120" in said
    with ports.transaction() as session:
        person = _asker(session, ref)
    [message] = notice_inbox.mine(ports, person_id=person)
    assert "疼多久了" in message.text


def test_after_the_reply_it_is_claimed_and_answered_as_any_other(ports: Ports) -> None:
    doctor, ref = held(ports)
    desk_back.ask_back(ports, staff=doctor, ref=ref, text="疼多久了？")
    with pytest.raises(Conflict):
        consult.claim(ports, staff=doctor, ref=ref)
    with ports.transaction() as session:
        assert desk_turns.replied(ports, session, session.scalars(sa.select(Question)).one())
    assert consult.inbox(ports, staff=doctor)[0].mine
    consult.claim(ports, staff=doctor, ref=ref)
    consult.answer(ports, staff=doctor, ref=ref, text="先不用拍片。")
    assert row(ports, ref).state == "answered"


def test_a_further_answer_is_a_turn_and_is_told_as_the_first_was(ports: Ports) -> None:
    doctor, ref = held(ports)
    consult.answer(ports, staff=doctor, ref=ref, text="先不用拍片。")
    first = row(ports, ref).answered_at
    with clock.frozen(NOW + timedelta(hours=2)):
        with ports.transaction() as session:
            assert desk_turns.reopen(ports, session, session.scalars(sa.select(Question)).one())
        consult.claim(ports, staff=doctor, ref=ref)
        for _ in range(2):
            consult.answer(ports, staff=doctor, ref=ref, text="可以游泳。")
    opened = consult.open_one(ports, staff=doctor, ref=ref)
    assert (opened.answer, [turn.text for turn in opened.turns]) == ("先不用拍片。", ["可以游泳。"])
    assert row(ports, ref).answered_at == first
    assert ["可以游泳。" in said for said in told(ports, ref)] == [True, True]  # drawn now: the newest answer


def test_a_refusal_says_why_in_the_rules_own_words(ports: Ports) -> None:
    doctor, ref = held(ports)
    for _ in range(2):
        desk_back.refuse(ports, staff=doctor, ref=ref, reason="first_visit", words="挂骨科就行。")
    assert row(ports, ref).state == "refused"
    [said] = told(ports, ref)
    assert ports.rules["refusal_reasons"]["first_visit"]["says"] in said
    assert "挂骨科就行。" in said
    assert ports.rules["refusal_reasons"]["first_visit"]["label"] not in said


@pytest.mark.parametrize(("reason", "words"), [("", ""), ("x", ""), ("examine", "长" * 501)])
def test_a_refusal_needs_a_reason_of_the_list(ports: Ports, reason: str, words: str) -> None:
    doctor, ref = held(ports)
    with pytest.raises(BadInput):
        desk_back.refuse(ports, staff=doctor, ref=ref, reason=reason, words=words)
    assert row(ports, ref).state == "claimed"


@pytest.mark.parametrize("text", ["", "？", "长" * 501, " \n "])
def test_what_is_no_question_back_is_not_sent(ports: Ports, text: str) -> None:
    doctor, ref = held(ports)
    with pytest.raises(BadInput):
        desk_back.ask_back(ports, staff=doctor, ref=ref, text=text)


def test_whoever_does_not_hold_it_does_none_of_it(ports: Ports) -> None:
    _, ref = held(ports)
    other, stranger = a_staff(ports), a_staff(ports, department_id="yh.d02")
    acts: list[Any] = [
        lambda who: desk_back.ask_back(ports, staff=who, ref=ref, text="疼多久了？"),
        lambda who: desk_back.refuse(ports, staff=who, ref=ref, reason="examine"),
        lambda who: desk_moves.reassign(ports, staff=who, ref=ref, **ELSEWHERE),
    ]
    for act in acts:
        with pytest.raises(Conflict):
            act(other)
        with pytest.raises(NotFound):
            act(stranger)
        with pytest.raises(Refused):
            act(a_staff(ports, role="editor"))
    assert (row(ports, ref).state, told(ports, ref)) == ("claimed", [])


# -- handing on ------------------------------------------------------------------------------------------------
def test_another_department_gets_it_with_its_deadline_and_the_patient_is_told(ports: Ports) -> None:
    doctor, ref = held(ports)
    due = row(ports, ref).due_at
    desk_moves.reassign(ports, staff=doctor, ref=ref, **ELSEWHERE)
    after = row(ports, ref)
    assert (after.state, after.department_name, after.doctor_id, after.due_at) == ("waiting", "消化内科", None, due)
    [said] = told(ports, ref)
    assert "转给消化内科" in said
    assert "属于消化内科" not in said
    with pytest.raises(NotFound):
        consult.open_one(ports, staff=doctor, ref=ref)
    [theirs] = consult.inbox(ports, staff=a_staff(ports, department_id="yh.d02"))
    assert theirs.ref == ref


def test_another_doctor_of_the_department_is_nothing_to_tell(ports: Ports) -> None:
    doctor, ref = held(ports)
    desk_moves.reassign(ports, staff=doctor, ref=ref, department_id="yh.d01", doctor_id="yh.p02", reason="看脊柱")
    assert (row(ports, ref).doctor_id, told(ports, ref)) == ("yh.p02", [])
    beside = desk_beside.beside(ports, staff=doctor, ref=ref)
    assert [(move.by, move.reason) for move in beside.moves] == [(doctor.name, "看脊柱")]


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"reason": "长" * 201}, {"department_id": "yh.x"}, {"doctor_id": "yh.p01"}]
)
def test_it_goes_nowhere_without_a_reason_or_to_nobody(ports: Ports, wrong: dict[str, str]) -> None:
    doctor, ref = held(ports)
    with pytest.raises((BadInput, NotFound)):
        desk_moves.reassign(ports, staff=doctor, ref=ref, **ELSEWHERE | wrong)
    assert row(ports, ref).department_id == "yh.d01"


def test_what_is_late_becomes_the_whole_departments_once(ports: Ports) -> None:
    ref, plain = ask(ports, doctor_id="yh.p01"), ask(ports)
    busy, held_ref = a_staff(ports), ask(ports, doctor_id="yh.p02")
    assert desk_overdue.sweep(ports) == 0
    with clock.frozen(row(ports, ref).due_at):
        consult.claim(ports, staff=busy, ref=held_ref)
        assert (desk_overdue.sweep(ports), desk_overdue.sweep(ports)) == (1, 0)
    after = row(ports, ref)
    assert (after.doctor_id, after.state, after.escalated_at) == (None, "waiting", after.due_at)
    assert row(ports, held_ref).doctor_id == "yh.p02"
    assert row(ports, plain).escalated_at is None
    with ports.transaction() as session:
        assert session.scalars(sa.select(QuestionMove)).one().staff_id is None


def test_rules_may_leave_it_with_its_doctor(ports: Ports) -> None:
    ref = ask(ports, doctor_id="yh.p01")
    with clock.frozen(row(ports, ref).due_at):
        assert desk_overdue.sweep(replace(ports, rules={**ports.rules, "overdue_to_department": False})) == 0


# -- notes ----------------------------------------------------------------------------------------------------------
def test_notes_are_colleagues_own_and_sealed(ports: Ports) -> None:
    doctor, ref = held(ports)
    for _ in range(2):
        desk_notes.add(ports, staff=doctor, ref=ref, text="上周来过，脾气急", key="k")
    colleague = a_staff(ports)
    assert [note.text for note in desk_beside.beside(ports, staff=colleague, ref=ref).notes] == ["上周来过，脾气急"]
    with ports.transaction() as session:
        assert "脾气".encode() not in session.scalars(sa.select(QuestionNote.text_sealed)).one()
    with pytest.raises(NotFound):
        desk_notes.add(ports, staff=a_staff(ports, department_id="yh.d02"), ref=ref, text="看看", key="k")


def test_no_patient_ever_sees_a_note(ports: Ports) -> None:
    person = a_person(ports)
    doctor, ref = held(ports, person=person)
    desk_notes.add(ports, staff=doctor, ref=ref, text="密密的备注", key="k")
    consult.answer(ports, staff=doctor, ref=ref, text="先不用拍片。")
    every = [{"view": name, "ref": ref} for name in views.VIEWS]
    shown = [views.render(ports, person_id=person, replies=[one]) for one in every]
    desk_drafts.save(ports, staff=doctor, ref=ref, text="密密的备注，草稿", version=0)
    shown.append([export.everything(ports, person_id=person)])
    shown.append([consult.mine(ports, person_id=person), notice_inbox.mine(ports, person_id=person)])
    assert "密密的备注" not in repr(shown)


# -- drafts ---------------------------------------------------------------------------------------------------------
def test_a_draft_is_sealed_his_own_and_goes_with_the_answer(ports: Ports) -> None:
    doctor, ref = held(ports)
    saved = desk_drafts.save(ports, staff=doctor, ref=ref, text="先不用", version=0)
    assert (saved.text, saved.version, saved.saved_at) == ("先不用", 1, NOW)
    assert desk_drafts.own(ports, staff=a_staff(ports), ref=ref).text == ""
    with ports.transaction() as session:
        assert "先不用".encode() not in session.scalars(sa.select(QuestionDraft.text_sealed)).one()
    consult.answer(ports, staff=doctor, ref=ref, text="先不用拍片。")
    assert desk_drafts.own(ports, staff=doctor, ref=ref).version == 0


def test_two_tabs_never_overwrite_each_other_silently(ports: Ports) -> None:
    doctor, ref = held(ports)
    for version, text in enumerate(["一", "一二"]):
        desk_drafts.save(ports, staff=doctor, ref=ref, text=text, version=version)
    for stale in (0, 1, 7):
        with pytest.raises(Conflict):
            desk_drafts.save(ports, staff=doctor, ref=ref, text="别的", version=stale)
    assert desk_drafts.save(ports, staff=doctor, ref=ref, text="一二", version=0).version == 2  # the very same text
    assert desk_drafts.own(ports, staff=doctor, ref=ref).text == "一二"


def test_ten_tabs_at_once_and_one_is_kept(postgres_ports: Ports) -> None:
    doctor, ref = held(postgres_ports)
    results = together(
        10, lambda n: desk_drafts.save(postgres_ports, staff=doctor, ref=ref, text=f"第{n}份", version=0)
    )
    assert sum(isinstance(result, desk_drafts.Draft) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 9


def test_whoever_writes_goes_on_holding(ports: Ports) -> None:
    doctor, ref = held(ports)
    with clock.frozen(NOW + timedelta(minutes=14)):
        desk_drafts.save(ports, staff=doctor, ref=ref, text="写到一半", version=0)
    with clock.frozen(NOW + timedelta(minutes=20)), pytest.raises(Conflict):
        consult.claim(ports, staff=a_staff(ports), ref=ref)


# -- phrases --------------------------------------------------------------------------------------------------------
def test_phrases_are_ones_own_or_the_departments(ports: Ports) -> None:
    doctor, colleague, stranger = a_staff(ports), a_staff(ports), a_staff(ports, department_id="yh.d02")
    own = desk_phrases.add(ports, staff=doctor, code="fz", text="请来门诊复诊。")
    shared = desk_phrases.add(ports, staff=doctor, code="fz", text="请挂骨科复诊。", shared=True)
    assert desk_phrases.of(ports, staff=doctor) == [own, shared]
    assert desk_phrases.of(ports, staff=colleague) == [shared]
    assert desk_phrases.of(ports, staff=stranger) == []
    with pytest.raises(NotFound):
        desk_phrases.remove(ports, staff=colleague, ref=own.ref)
    changed = desk_phrases.change(ports, staff=colleague, ref=shared.ref, version=1, code="fz2", text="请挂骨科。")
    assert (changed.code, changed.version) == ("fz2", 2)
    with pytest.raises(Conflict):  # read before the colleague changed it
        desk_phrases.change(ports, staff=doctor, ref=shared.ref, version=1, code="fz3", text="请挂骨科。")
    desk_phrases.remove(ports, staff=doctor, ref=shared.ref)
    assert desk_phrases.of(ports, staff=colleague) == []


def test_a_short_word_is_one_phrases(ports: Ports) -> None:
    doctor = a_staff(ports)
    first, second = (desk_phrases.add(ports, staff=doctor, code=code, text="请复诊。") for code in ("a", "b"))
    with pytest.raises(Conflict):
        desk_phrases.add(ports, staff=doctor, code="a", text="别的话。")
    with pytest.raises(Conflict):
        desk_phrases.change(ports, staff=doctor, ref=second.ref, version=1, code="a", text="别的话。")
    assert desk_phrases.of(ports, staff=doctor) == [first, second]
    for code, text in (("", "请复诊。"), ("a b", "请复诊。"), ("长" * 17, "请复诊。"), ("c", ""), ("c", "长" * 501)):
        with pytest.raises(BadInput):
            desk_phrases.add(ports, staff=doctor, code=code, text=text)
