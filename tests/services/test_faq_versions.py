"""Nothing that was ever written is lost: versions, what each changed, going back, merging."""

from __future__ import annotations

import pytest

from bot.errors import BadInput, Conflict, NotFound
from bot.ports import Ports
from bot.services import faq, faq_merging, faq_versions
from bot.services.staff import Staff
from tests.factories import a_staff, published
from tests.services.curating import a_draft


@pytest.fixture
def editor(ports: Ports) -> Staff:
    return a_staff(ports, "editor", name="编辑甲")


def test_each_version_says_who_wrote_signed_and_published_it(ports: Ports, editor: Staff) -> None:
    live = published(ports, a_draft(ports, editor))
    faq.save(ports, staff=editor, entry_id=live.id, version=live.version, question="膝盖疼", answer="先休息。")
    new, old = faq_versions.history(ports, staff=editor, entry_id=live.id)
    assert (old.origin, old.written_by, old.signed_by, old.published_by) == ("draft", "编辑甲", "科主任", "另一位编辑")
    assert (new.answer, new.origin, new.signed_by, new.published_by) == ("先休息。", "edit", None, None)


def test_going_back_writes_a_new_version(ports: Ports, editor: Staff) -> None:
    draft = a_draft(ports, editor)
    changed = faq.save(ports, staff=editor, entry_id=draft.id, version=1, question="肩膀疼", answer="别提重物。")
    back = faq_versions.restore(ports, staff=editor, entry_id=draft.id, number=1, version=changed.version)
    assert (back.question, back.version) == ("膝盖疼要拍片吗", changed.version + 1)
    found = faq_versions.history(ports, staff=editor, entry_id=draft.id)
    assert [version.origin for version in found] == ["restore", "edit", "draft"]
    with pytest.raises(NotFound):
        faq_versions.restore(ports, staff=editor, entry_id=draft.id, number=99, version=back.version)
    with pytest.raises(Conflict):
        faq_versions.restore(ports, staff=editor, entry_id=draft.id, number=1, version=1)


def test_what_came_from_a_file_keeps_its_first_words_too(ports: Ports, editor: Staff) -> None:
    faq.import_lines(ports, lines=['{"id": "e1", "question": "能喝茶吗", "answer": "少喝。"}'])
    [entry] = faq.published(ports, staff=editor)
    faq.save(ports, staff=editor, entry_id=entry.id, version=entry.version, question="能喝茶吗", answer="别喝浓的。")
    found = faq_versions.history(ports, staff=editor, entry_id=entry.id)
    assert [(version.origin, version.answer) for version in found] == [("edit", "别喝浓的。"), ("import", "少喝。")]


def test_a_comparison_names_what_came_and_went() -> None:
    pieces = faq_versions.compared("少喝浓茶", "少喝咖啡和浓茶")
    assert [(p.text, p.change) for p in pieces] == [("少喝", "same"), ("咖啡和", "added"), ("浓茶", "same")]
    long = "一行字\n" * 5000
    assert [p.change for p in faq_versions.compared(long, long + "末行\n")] == ["same", "added"]


def test_questions_that_are_much_the_same_are_proposed(ports: Ports, editor: Staff) -> None:
    live = published(ports, a_draft(ports, editor, "感冒了能不能喝酒"))
    draft = a_draft(ports, editor, "感冒能喝酒吗")
    a_draft(ports, editor, "骨折以后多久能走路")
    [near] = faq_merging.similar(ports, staff=editor, entry_id=draft.id)
    assert near.entry.id == live.id
    assert near.share >= ports.rules["faq_similar"]


def test_a_merged_entry_leads_to_the_one_that_stays(ports: Ports, editor: Staff) -> None:
    stays, goes = (published(ports, a_draft(ports, editor, q)) for q in ("感冒能喝酒吗", "感冒了能不能喝酒"))
    words = {"question": stays.question, "answer": "不要喝，尤其在吃药的时候。"}
    both = {"entry_id": goes.id, "version": goes.version, "into_id": stays.id, "into_version": stays.version}
    merged = faq_merging.merge(ports, staff=editor, **both, **words)
    assert merged.pending
    assert faq.one(ports, entry_id=goes.id).id == stays.id
    assert [hit.id for hit in faq.search(ports, text="感冒能喝酒吗")] == [stays.id]
    for entry_id in (goes.id, stays.id):
        assert faq_versions.history(ports, staff=editor, entry_id=entry_id)[-1].origin == "draft"


def test_a_merge_over_somebodys_change_changes_nothing(ports: Ports, editor: Staff) -> None:
    stays, goes = a_draft(ports, editor, "感冒能喝酒吗"), a_draft(ports, editor, "感冒了能不能喝酒")
    faq.save(ports, staff=editor, entry_id=stays.id, version=1, question="感冒能喝酒吗", answer="不能。")
    both = {"entry_id": goes.id, "version": 1, "into_id": stays.id, "into_version": 1}
    with pytest.raises(Conflict):
        faq_merging.merge(ports, staff=editor, question="感冒喝酒", answer="别喝。", **both)
    assert faq.one(ports, entry_id=goes.id, staff=editor).state == "draft"
    with pytest.raises(BadInput):
        faq_merging.merge(ports, staff=editor, question="甲", answer="乙", **(both | {"into_id": goes.id}))
