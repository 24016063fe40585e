"""Nobody publishes alone: a doctor signs these words, and whoever wrote them does not put them out."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.db.faq_history import FaqVersion
from bot.errors import Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import faq, faq_rows, faq_signing, faq_versions
from bot.services.staff import Staff
from tests.factories import a_staff, published, signed, together
from tests.services.curating import a_draft, answered


@pytest.fixture
def editor(ports: Ports) -> Staff:
    return a_staff(ports, "editor", name="编辑甲")


def test_unsigned_words_are_not_published(ports: Ports, editor: Staff) -> None:
    draft = a_draft(ports, editor)
    with pytest.raises(Refused, match="unsigned"):
        faq.publish(ports, staff=a_staff(ports, "editor"), entry_id=draft.id, version=draft.version)


def test_the_writer_does_not_publish_his_own(ports: Ports, editor: Staff) -> None:
    draft = signed(ports, a_draft(ports, editor))
    with pytest.raises(Refused, match="own_entry"):
        faq.publish(ports, staff=editor, entry_id=draft.id, version=draft.version)
    assert faq.search(ports, text="膝盖疼要拍片吗") == []


def test_the_database_too_refuses_a_publisher_who_wrote_it(ports: Ports, editor: Staff) -> None:
    draft = a_draft(ports, editor)
    with pytest.raises(IntegrityError), ports.transaction() as session:
        session.execute(sa.update(FaqVersion).where(FaqVersion.entry_id == draft.id).values(published_by=editor.id))


def test_a_changed_word_ends_the_signature(ports: Ports, editor: Staff) -> None:
    draft = signed(ports, a_draft(ports, editor))
    words = {"question": draft.question, "answer": "先冷敷。"}
    changed = faq.save(ports, staff=editor, entry_id=draft.id, version=draft.version, **words)
    assert (changed.signed_by, changed.signed_at) == (None, None)


def test_a_signature_under_words_that_changed_meanwhile_is_none(ports: Ports, editor: Staff) -> None:
    draft = a_draft(ports, editor)
    head = a_staff(ports, "head", department_id="yh.d01")
    faq.save(ports, staff=editor, entry_id=draft.id, version=1, question="肩膀疼", answer="别提重物。")
    with pytest.raises(Conflict):
        faq_signing.sign(ports, staff=head, entry_id=draft.id, version=1)


def test_the_doctor_who_answered_signs_and_another_cannot(ports: Ports, editor: Staff) -> None:
    ref, doctor = answered(ports)
    draft = faq.draft_from(ports, staff=editor, question_ref=ref)
    colleague = a_staff(ports, doctor_id="yh.p09")
    assert [e.id for e in faq_signing.waiting(ports, staff=doctor)] == [draft.id]
    assert faq_signing.waiting(ports, staff=colleague) == []
    with pytest.raises(NotFound):
        faq_signing.sign(ports, staff=colleague, entry_id=draft.id, version=1)
    first = faq_signing.sign(ports, staff=doctor, entry_id=draft.id, version=1)
    assert faq_signing.sign(ports, staff=doctor, entry_id=draft.id, version=1) == first
    assert faq_signing.waiting(ports, staff=doctor) == []


@pytest.mark.parametrize("role", ["editor", "finance", "operator", "auditor", "service"])
def test_nobody_but_doctors_signs(ports: Ports, editor: Staff, role: str) -> None:
    draft = a_draft(ports, editor)
    with pytest.raises(Refused):
        faq_signing.sign(ports, staff=a_staff(ports, role), entry_id=draft.id, version=1)


def test_new_words_of_a_published_entry_wait_while_the_old_ones_stay(ports: Ports, editor: Staff) -> None:
    live = published(ports, a_draft(ports, editor))
    words = {"question": live.question, "answer": "先休息两天。"}
    pending = faq.save(ports, staff=editor, entry_id=live.id, version=live.version, **words)
    assert (pending.pending, faq.one(ports, entry_id=live.id).answer) == (True, "先来门诊看看。")
    published(ports, pending)
    assert faq.one(ports, entry_id=live.id).answer == "先休息两天。"


def test_a_published_entry_is_not_published_again(ports: Ports, editor: Staff) -> None:
    live = published(ports, a_draft(ports, editor))
    with pytest.raises(Conflict):
        faq.publish(ports, staff=a_staff(ports, "editor"), entry_id=live.id, version=live.version)


def race(ports: Ports, publisher: Staff, writer: Staff, **changed: Any) -> list[Any]:
    """Ten publish what was signed while ten change it: whatever comes first, nothing unsigned gets out."""
    draft = signed(ports, a_draft(ports, writer))

    def go(n: int) -> Any:
        if n % 2:
            return faq.publish(ports, staff=publisher, entry_id=draft.id, version=draft.version)
        words = {"question": f"改了{n}", "answer": "没有人签过的字", **changed}
        return faq.save(ports, staff=writer, entry_id=draft.id, version=draft.version, **words)

    results = together(20, go)
    live = (
        [faq.one(ports, entry_id=draft.id).answer]
        if any(isinstance(r, faq.Entry) and r.state == "published" for r in results)
        else []
    )
    return [*live, sum(isinstance(result, faq.Entry) for result in results)]


def test_of_publishing_and_changing_at_once_one_wins(postgres_ports: Ports) -> None:
    ports = postgres_ports
    second, writer = a_staff(ports, "editor"), a_staff(ports, "editor")
    *live, won = race(ports, second, writer)
    assert won == 1
    assert live in ([], ["先来门诊看看。"])


def test_without_the_guards_unsigned_words_of_ones_own_get_out(
    ports: Ports, editor: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same step without its conditions publishes what `test_unsigned…` says it must not."""
    real = faq_rows.apply
    unguarded = lambda p, s, c, *_guards, **more: real(p, s, c, **more)  # noqa: E731
    monkeypatch.setattr(faq_rows, "apply", unguarded)
    monkeypatch.setattr(faq_versions, "published", lambda *_: None)
    draft = a_draft(ports, editor)
    assert faq.publish(ports, staff=editor, entry_id=draft.id, version=draft.version).state == "published"
