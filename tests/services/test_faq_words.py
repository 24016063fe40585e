"""What an editor writes and what nobody found: nothing personal stays without a second look, nothing hidden at all."""

from __future__ import annotations

import pytest

from bot.errors import BadInput, Conflict, Refused
from bot.faq.invisible import visible
from bot.ports import Ports
from bot.services import faq, faq_bringing, faq_drafting, faq_misses
from bot.services.faq_words import SecondLook
from bot.services.staff import Staff
from tests.factories import a_card, a_person, a_staff, someone
from tests.services.curating import a_draft, answered


@pytest.fixture
def editor(ports: Ports) -> Staff:
    return a_staff(ports, "editor")


def test_a_draft_keeps_nothing_to_know_anybody_by(ports: Ports, editor: Staff) -> None:
    ref, _doctor = answered(ports)
    draft = faq.draft_from(ports, staff=editor, question_ref=ref)
    whole = draft.question + draft.answer
    for personal in ("李雷", "林晓燕", "陈建国", "桂花路", "88号", "幺三九", "2024", "3月5日"):
        assert personal not in whole
    assert {"place", "phone", "day", "doctor", "card_name"} <= {mark.kind for mark in draft.replacements}
    marked = [
        part for parts in faq_drafting.source(ports, staff=editor, entry_id=draft.id) for part in parts if part.mark
    ]
    assert {mark.before for mark in draft.replacements} <= {part.text for part in marked}


def test_an_undone_replacement_needs_a_second_look_and_is_counted(ports: Ports, editor: Staff) -> None:
    draft = a_draft(ports, editor)
    words = {"entry_id": draft.id, "version": 1, "question": "膝盖疼", "answer": "可以找王建国医生看。"}
    with pytest.raises(SecondLook) as refused:
        faq.save(ports, staff=editor, **words)
    assert [mark.before for mark in refused.value.marks] == ["王建国"]
    assert faq.save(ports, staff=editor, looked=True, **words).kept == 1


def test_the_askers_name_and_any_id_number_never_stay(ports: Ports, editor: Staff) -> None:
    ref, _doctor = answered(ports)
    draft = faq.draft_from(ports, staff=editor, question_ref=ref)
    for text in ("李雷的膝盖", "身份证110101199003070011"):
        with pytest.raises(SecondLook) as refused:
            faq.save(ports, staff=editor, entry_id=draft.id, version=1, question=text, answer="好", looked=True)
        assert refused.value.final


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("一\r\n二\r三", "一\n二\n三"),
        ("正\u202e常\u2066的", "正常的"),
        ("零\u200b宽\ufeff", "零宽"),
        (
            "家\U0001f468\u200d\U0001f469\u200d\U0001f467庭\U0001f600",
            "家\U0001f468\u200d\U0001f469\u200d\U0001f467庭\U0001f600",
        ),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_what_is_not_seen_is_not_stored(written: str, stored: str) -> None:
    assert visible(written) == stored


def test_twenty_thousand_characters_are_taken_and_one_more_is_not(ports: Ports, editor: Staff) -> None:
    draft = a_draft(ports, editor)
    words = {"entry_id": draft.id, "version": 1, "question": "长文"}
    with pytest.raises(BadInput, match="bad_entry"):
        faq.save(ports, staff=editor, answer="好" * 20_001, **words)
    assert len(faq.save(ports, staff=editor, answer="好" * 20_000, **words).answer) == 20_000


def test_an_entry_may_have_tags_and_moves_to_another_department(ports: Ports, editor: Staff) -> None:
    draft = a_draft(ports, editor)
    placed = faq_drafting.place(
        ports, staff=editor, entry_id=draft.id, version=1, department_id="", tags="饮食，运动 饮食"
    )
    assert (placed.tags, placed.department_id) == ("饮食 运动", None)
    with pytest.raises(BadInput):
        faq_drafting.place(ports, staff=editor, entry_id=draft.id, version=2, department_id="", tags="长" * 17)
    with pytest.raises(BadInput):
        faq_drafting.create(ports, staff=editor, question="甲乙", answer="丙", department_id="yh.none")


# -- what nobody found -----------------------------------------------------------------------------------------------
def missed(ports: Ports, *texts: str) -> None:
    person = a_person(ports)
    a_card(ports, person, someone("李雷"))
    for text in texts:
        assert faq_misses.note(ports, person_id=person, text=text)


def test_questions_that_found_nothing_are_read_only_without_people(ports: Ports, editor: Staff) -> None:
    missed(ports, "李雷能喝浓茶吗，电话13900001111", "陈建国医生让我少喝浓茶是为什么")
    assert faq_misses.waiting(ports, staff=editor) == []  # not before they are cleaned
    assert faq_misses.clean_fresh(ports) == 2
    said = " ".join(miss.text for group in faq_misses.waiting(ports, staff=editor) for miss in group.misses)
    for personal in ("李雷", "13900001111", "陈建国"):
        assert personal not in said


def test_alike_ones_stand_together_the_most_asked_first(ports: Ports, editor: Staff) -> None:
    missed(ports, "骨折多久能走路", "早搏能喝浓茶吗", "早搏能喝浓茶吗", "早搏可以喝浓茶吗")
    faq_misses.clean_fresh(ports)
    first, second = faq_misses.waiting(ports, staff=editor)
    assert ([miss.text for miss in first.misses], first.times) == (["早搏能喝浓茶吗", "早搏可以喝浓茶吗"], 3)
    assert second.times == 1


def test_one_draft_is_written_for_a_group_and_nobody_writes_it_twice(ports: Ports, editor: Staff) -> None:
    missed(ports, "早搏能喝浓茶吗", "早搏可以喝浓茶吗")
    faq_misses.clean_fresh(ports)
    [group] = faq_misses.waiting(ports, staff=editor)
    refs = [miss.ref for miss in group.misses]
    draft = faq_misses.write(ports, staff=editor, refs=refs)
    assert (draft.state, draft.question) == ("draft", group.misses[0].text)
    assert faq_misses.waiting(ports, staff=editor) == []
    with pytest.raises(Conflict):
        faq_misses.write(ports, staff=editor, refs=refs)
    faq.discard(ports, staff=editor, entry_id=draft.id, version=draft.version)
    assert len(faq_misses.waiting(ports, staff=editor)) == 1


@pytest.mark.parametrize("text", ["", "?", "12345678", "好", "a" * 301])
def test_what_is_no_question_is_not_kept(ports: Ports, text: str) -> None:
    assert not faq_misses.note(ports, person_id=a_person(ports), text=text)


# -- a file ----------------------------------------------------------------------------------------------------------
GOOD = '{"id": "e1", "question": "能喝茶吗", "answer": "少喝。"}'


def test_a_file_is_looked_at_first_and_brought_in_as_drafts(ports: Ports, editor: Staff) -> None:
    faq.import_lines(ports, lines=[GOOD])
    text = '{"id": "e1", "question": "能喝茶吗", "answer": "别喝浓的。"}\n{"id": "e2", "question": "能吃鱼吗", "answer": "能。"}'
    assert [line.does for line in faq_bringing.preview(ports, staff=editor, text=text)] == ["changed", "fresh"]
    assert faq_bringing.bring(ports, staff=editor, text=text) == {"fresh": 1, "changed": 1, "same": 0}
    [live] = faq.published(ports, staff=editor)
    assert (live.pending, live.answer, faq.one(ports, entry_id=live.id).answer) == (True, "别喝浓的。", "少喝。")
    assert [draft.question for draft in faq.drafts(ports, staff=editor)] == ["能吃鱼吗"]
    assert faq.search(ports, text="能吃鱼吗") == []


def test_a_file_with_bad_lines_is_refused_whole_and_each_is_named(ports: Ports, editor: Staff) -> None:
    with pytest.raises(BadInput) as refused:
        faq_bringing.bring(ports, staff=editor, text=f"{GOOD}\n{{\n{GOOD}\n[]")
    assert [number for number, _ in refused.value.facts["lines"]] == [2, 3, 4]
    assert faq.drafts(ports, staff=editor) == []


def test_a_file_that_names_people_needs_a_second_look(ports: Ports, editor: Staff) -> None:
    text = '{"id": "e1", "question": "找谁看", "answer": "找王建国医生，电话13900001111。"}'
    [line] = faq_bringing.preview(ports, staff=editor, text=text)
    assert line.personal == ("13900001111", "王建国") or set(line.personal) == {"13900001111", "王建国"}
    with pytest.raises(BadInput, match="second_look"):
        faq_bringing.bring(ports, staff=editor, text=text)
    assert faq_bringing.bring(ports, staff=editor, text=text, looked=True)["fresh"] == 1


def test_only_editors_bring_files(ports: Ports) -> None:
    with pytest.raises(Refused):
        faq_bringing.preview(ports, staff=a_staff(ports, "head", department_id="yh.d01"), text=GOOD)
