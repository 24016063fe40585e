from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from bot.errors import BadInput, Conflict, HisUnavailable, NotFound, Refused
from bot.ports import Ports
from bot.services import consult, faq
from bot.services.staff import Staff
from tests.factories import FakeHis, a_card, a_person, a_staff, published, signed, someone, together

QUESTION = "我叫李雷，身份证{id}，电话13900001111，找过林晓燕大夫，膝盖疼要不要拍片？"
ANSWER = "李雷你好，可以先拍片，拍完来找陈建国看。"


def line(entry_id: str = "e1", question: str = "感冒多久能好", answer: str = "一般一周左右。", **more: Any) -> str:
    return json.dumps({"id": entry_id, "question": question, "answer": answer, **more}, ensure_ascii=False)


def answered(ports: Ports) -> str:
    """A question full of people, answered by a doctor; gives its ref."""
    person, who, doctor = a_person(ports), someone("李雷"), a_staff(ports)
    a_card(ports, person, who)
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False}
    text = QUESTION.format(id=who.id_number)
    asked = consult.ask(ports, person_id=person, text=text, key=uuid4().hex, **facts)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    consult.answer(ports, staff=doctor, ref=asked.ref, text=ANSWER)
    return asked.ref


@pytest.fixture
def editor(ports: Ports) -> Staff:
    return a_staff(ports, "editor")


@pytest.fixture
def entry(ports: Ports, editor: Staff) -> faq.Entry:
    return faq.draft_from(ports, staff=editor, question_ref=answered(ports))


def found(ports: Ports, text: str) -> list[str]:
    return [hit.question for hit in faq.search(ports, text=text)]


# -- from a question to an entry -----------------------------------------------------------------------------
def test_a_draft_has_no_people_and_says_what_was_replaced(entry: faq.Entry) -> None:
    assert entry.question == "找过医生，膝盖疼要不要拍片？"
    assert entry.answer == "患者你好，可以先拍片，拍完来找医生看。"
    assert {r.kind for r in entry.replacements} == {"self", "card_name", "doctor"}
    assert {r.before for r in entry.replacements} >= {"李雷", "陈建国"}
    assert len(set(entry.replacements)) == len(entry.replacements)
    assert (entry.state, entry.version, entry.department_name) == ("draft", 1, "骨科")


def test_one_question_makes_one_entry(ports: Ports, editor: Staff) -> None:
    ref = answered(ports)
    first = faq.draft_from(ports, staff=editor, question_ref=ref)
    assert faq.draft_from(ports, staff=editor, question_ref=ref) == first
    assert len(faq.drafts(ports, staff=editor)) == 1


def test_others_write_while_a_draft_is_cleaned(ports: Ports, editor: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    ref, cleaned = answered(ports), faq.cleaned

    def slowly(*args: Any, **facts: Any) -> Any:
        with ThreadPoolExecutor() as elsewhere:
            elsewhere.submit(a_person, ports).result()  # raises when it waited for this draft in vain
        return cleaned(*args, **facts)

    monkeypatch.setattr(faq, "cleaned", slowly)
    assert faq.draft_from(ports, staff=editor, question_ref=ref).state == "draft"


def test_no_draft_of_what_is_not_answered_or_not_there(ports: Ports, editor: Staff) -> None:
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False}
    asked = consult.ask(ports, person_id=a_person(ports), text="膝盖疼怎么办", key="k", **facts)
    for ref in (asked.ref, "q_0000000000"):
        with pytest.raises(NotFound):
            faq.draft_from(ports, staff=editor, question_ref=ref)


def test_without_the_directory_nothing_is_drafted(ports: Ports, his: FakeHis, editor: Staff) -> None:
    ref = answered(ports)
    his.down = True
    with pytest.raises(HisUnavailable):
        faq.draft_from(ports, staff=editor, question_ref=ref)
    his.down = False
    assert faq.drafts(ports, staff=editor) == []


def test_a_published_entry_is_found_at_once_and_a_recalled_one_never_again(
    ports: Ports, editor: Staff, entry: faq.Entry
) -> None:
    assert found(ports, "膝盖疼") == []
    with pytest.raises(NotFound):
        faq.one(ports, entry_id=entry.id)
    live = published(ports, entry)
    assert (live.state, live.version, live.review_on is not None) == ("published", 2, True)
    assert found(ports, "膝盖疼要拍片吗") == [entry.question]
    assert faq.one(ports, entry_id=entry.id).answer == entry.answer
    changed = faq.save(ports, staff=editor, entry_id=entry.id, question="肩膀疼要拍片吗", answer="先看医生", version=2)
    assert changed.pending
    assert found(ports, "肩膀疼") == []  # until it is signed, and published by another
    assert found(ports, "膝盖疼要拍片吗") == [entry.question]
    changed = published(ports, changed)
    assert found(ports, "肩膀疼") == ["肩膀疼要拍片吗"]
    assert found(ports, "膝盖") == []
    faq.recall(ports, staff=editor, entry_id=entry.id, version=changed.version)
    assert found(ports, "肩膀疼") == []
    with pytest.raises(NotFound):
        faq.one(ports, entry_id=entry.id)
    assert faq.one(ports, entry_id=entry.id, staff=editor).state == "recalled"


def test_a_stale_version_is_a_conflict_that_names_the_current_one(
    ports: Ports, editor: Staff, entry: faq.Entry
) -> None:
    faq.save(ports, staff=editor, entry_id=entry.id, question="甲", answer="乙", version=1)
    for call in (
        lambda: faq.save(ports, staff=editor, entry_id=entry.id, question="丙", answer="丁", version=1),
        lambda: faq.publish(ports, staff=editor, entry_id=entry.id, version=1),
        lambda: faq.recall(ports, staff=editor, entry_id=entry.id, version=2),
    ):
        with pytest.raises(Conflict) as failure:
            call()
        assert failure.value.facts == {"version": 2}
    assert faq.one(ports, entry_id=entry.id, staff=editor).question == "甲"


@pytest.mark.parametrize(("question", "answer"), [("", "a"), ("q", " "), ("q" * 2001, "a"), ("q", "a" * 20_001)])
def test_empty_and_endless_words_are_refused(
    ports: Ports, editor: Staff, entry: faq.Entry, question: str, answer: str
) -> None:
    with pytest.raises(BadInput):
        faq.save(ports, staff=editor, entry_id=entry.id, question=question, answer=answer, version=1)


def test_who_may_do_what(ports: Ports, entry: faq.Entry) -> None:
    head, stranger = (
        a_staff(ports, "head", department_id="yh.d01"),
        a_staff(ports, "head", department_id="yh.d02"),
    )
    doctor, finance = a_staff(ports), a_staff(ports, "finance")
    assert [e.id for e in faq.drafts(ports, staff=head)] == [entry.id]
    assert faq.drafts(ports, staff=stranger) == []
    with pytest.raises(NotFound):
        faq.publish(ports, staff=stranger, entry_id=entry.id, version=1)
    with pytest.raises(Refused):
        faq.publish(ports, staff=doctor, entry_id=entry.id, version=1)
    with pytest.raises(NotFound):
        faq.save(ports, staff=doctor, entry_id=entry.id, question="甲", answer="乙", version=1)
    for call in (faq.drafts, faq.published):
        with pytest.raises(Refused):
            call(ports, staff=finance)
    signed(ports, entry)
    assert faq.publish(ports, staff=head, entry_id=entry.id, version=1).state == "published"


def test_a_doctor_drafts_from_his_department_and_cannot_touch_it_once_published(ports: Ports, editor: Staff) -> None:
    doctor = a_staff(ports)
    mine = faq.draft_from(ports, staff=doctor, question_ref=answered(ports))
    saved = faq.save(ports, staff=doctor, entry_id=mine.id, question="膝盖疼", answer="拍片", version=1)
    signed(ports, saved)
    live = faq.publish(ports, staff=editor, entry_id=mine.id, version=saved.version)
    with pytest.raises(Conflict):
        faq.save(ports, staff=doctor, entry_id=mine.id, question="甲", answer="乙", version=live.version)


def test_twenty_editors_save_and_one_wins(postgres_ports: Ports) -> None:
    ports, editor = postgres_ports, a_staff(postgres_ports, "editor")
    entry = faq.draft_from(ports, staff=editor, question_ref=answered(ports))

    def save(n: int) -> faq.Entry:
        return faq.save(ports, staff=editor, entry_id=entry.id, question=f"甲{n}", answer="乙", version=1)

    results = together(20, save)
    assert sum(isinstance(result, faq.Entry) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 19


# -- searching -----------------------------------------------------------------------------------------------
def test_hits_carry_what_is_shown(ports: Ports) -> None:
    faq.import_lines(ports, lines=[line(department="呼吸内科")])
    hit = faq.search(ports, text="感冒几天能好")[0]
    assert (hit.external_id, hit.question, hit.answer, hit.department_name) == (
        "e1",
        "感冒多久能好",
        "一般一周左右。",
        "呼吸内科",
    )
    assert hit.score > 0


@pytest.mark.parametrize("text", ["", " ", "？？", "😀", "\x00", "来一首唐诗", "量子计算机"])
def test_what_fits_nothing_finds_nothing(ports: Ports, text: str) -> None:
    faq.import_lines(ports, lines=[line(), line("e2", "高血压怎么吃", "少盐。")])
    assert faq.search(ports, text=text) == []


# -- importing -----------------------------------------------------------------------------------------------
def test_the_same_id_twice_updates(ports: Ports) -> None:
    assert faq.import_lines(ports, lines=[line(), line("e2", "高血压怎么吃")]) == 2
    assert faq.import_lines(ports, lines=[line(answer="多喝水。"), "", line("e3"), line("e3", "发烧怎么办")]) == 3
    entries = {e.external_id: e for e in faq.published(ports, staff=a_staff(ports, "editor"))}
    assert {k: (e.question, e.answer, e.version) for k, e in entries.items()} == {
        "e1": ("感冒多久能好", "多喝水。", 2),
        "e2": ("高血压怎么吃", "一般一周左右。", 1),
        "e3": ("发烧怎么办", "一般一周左右。", 1),
    }


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("{", "not JSON"),
        ("[1]", "not an object"),
        ('{"id": "x", "question": "q"}', "no answer"),
        (line(""), "id is empty"),
        (line("x", "  "), "question is empty"),
        (line("x", "q", ""), "answer is empty"),
        ('{"id": 1, "question": "q", "answer": "a"}', "id is not a text"),
        ('{"id": "x", "question": null, "answer": "a"}', "question is not a text"),
        (line("x", "q\u0000"), "question is not a text"),
        ('{"id": "x", "question": "\\ud800", "answer": "a"}', "question is not a text"),
        (line("x", department=3), "department is not a text"),
        (line("x" * 65), "id is longer than 64 characters"),
        (line("x", "q" * 2001), "question is longer than 2000 characters"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_imported(ports: Ports, bad: str, why: str) -> None:
    with pytest.raises(BadInput) as failure:
        faq.import_lines(ports, lines=[line(), "", bad, line("e9")])
    assert failure.value.facts == {"line": 3, "why": why}
    assert faq.search(ports, text="感冒") == []


def test_thousands_of_lines_are_taken_in_one_go(ports: Ports) -> None:
    lines = [line(f"n{n}", f"第{n}号问题的说明") for n in range(1500)]
    assert faq.import_lines(ports, lines=iter(lines)) == 1500
    assert faq.import_lines(ports, lines=iter(lines)) == 1500
    assert faq.search(ports, text="第1234号问题的说明", top=1)[0].external_id == "n1234"


def test_a_draft_can_be_discarded_and_its_question_used_again(ports: Ports, editor: Staff) -> None:
    ref = answered(ports)
    draft = faq.draft_from(ports, staff=editor, question_ref=ref)
    with pytest.raises(Conflict):
        faq.discard(ports, staff=editor, entry_id=draft.id, version=draft.version + 1)
    faq.discard(ports, staff=editor, entry_id=draft.id, version=draft.version)
    assert faq.drafts(ports, staff=editor) == []
    with pytest.raises(NotFound):
        faq.discard(ports, staff=editor, entry_id=draft.id, version=draft.version)
    assert faq.draft_from(ports, staff=editor, question_ref=ref).state == "draft"


def test_what_was_published_once_cannot_be_discarded(ports: Ports, editor: Staff, entry: faq.Entry) -> None:
    shown = published(ports, entry)
    with pytest.raises(Conflict):
        faq.discard(ports, staff=editor, entry_id=entry.id, version=shown.version)
    assert faq.one(ports, entry_id=entry.id).state == "published"


def test_an_imported_entry_bears_the_hospitals_own_name_of_the_department(ports: Ports, editor: Staff) -> None:
    [named] = [d for d in ports.his.departments() if d.standard_name][:1]
    line = {"id": "n1", "question": "怎么办", "answer": "这样办", "department": named.standard_name}
    faq.import_lines(ports, lines=[json.dumps(line, ensure_ascii=False)])
    assert [e.department_name for e in faq.published(ports, staff=editor)] == [named.name]
