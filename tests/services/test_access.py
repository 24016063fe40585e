"""Who saw what: one look is one row, whoever looked and however it ended."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from bot.db.privacy import Audit
from bot.errors import BadInput, HisUnavailable, NotFound, PeizhenError, Refused
from bot.ports import Ports
from bot.services import access, audit, booking, cards, consult, faq, mydata, queue, reports, reveal, vault
from bot.services.answered import answered
from bot.services.staff import Staff
from tests.factories import FakeHis, a_card, a_person, a_staff, someone

ACCESSES = 1000


def trail(ports: Ports) -> list[Any]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Audit).order_by(Audit.id)))


class Ward:
    """Two people with a card, a booking, a report and a question each, a doctor for them and one who is not."""

    def __init__(self, ports: Ports, his: FakeHis) -> None:
        self.ports, self.people = ports, [a_person(ports), a_person(ports)]
        self.cards = [a_card(ports, person, someone("李雷")) for person in self.people]
        slots = booking.offers(ports, department_id="yh.d01", day=ports.now().date())
        self.bookings = [
            booking.book(ports, person_id=p, card_ref=c.ref, slot_id=slots[0].slot_id, key=f"b{p}").ref
            for p, c in zip(self.people, self.cards, strict=True)
        ]
        self.reports = [f"{c.ref}.{his.add_report(c.patient_id).id}" for c in self.cards]
        self.questions = [self._ask(person) for person in self.people]
        self.doctor = a_staff(ports)
        self.stranger = a_staff(ports, department_id="yh.d02", doctor_id="yh.p03")
        self.editor = a_staff(ports, "editor")

    def _ask(self, person: int) -> str:
        facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": f"q{person}"}
        return consult.ask(self.ports, person_id=person, text="膝盖疼要拍片吗？", **facts).ref

    def looks(self) -> list[tuple[str, str, Callable[[], object]]]:
        """(action, result, one look): every reading service, right and wrong, and tries to change what is not his."""
        ports, (me, other) = self.ports, self.people
        mine: dict[str, Any] = {"person_id": me}

        def by(staff: Staff) -> dict[str, Any]:
            return {"staff": staff}

        return [
            ("cards.list", "ok", lambda: cards.mine(ports, **mine)),
            ("cards.read", "ok", lambda: cards.one(ports, **mine, ref=self.cards[0].ref)),
            ("cards.read", "not_found", lambda: cards.one(ports, **mine, ref=self.cards[1].ref)),
            ("cards.read", "ok", lambda: cards.default(ports, **mine)),
            ("bookings.list", "ok", lambda: booking.mine(ports, **mine)),
            ("bookings.read", "ok", lambda: booking.one(ports, **mine, ref=self.bookings[0])),
            ("bookings.read", "not_found", lambda: booking.one(ports, **mine, ref=self.bookings[1])),
            ("queue.look", "ok", lambda: queue.mine(ports, **mine)),
            ("reports.list", "ok", lambda: reports.mine(ports, **mine)),
            ("reports.list", "not_found", lambda: reports.mine(ports, **mine, card_ref=self.cards[1].ref)),
            ("reports.read", "ok", lambda: reports.one(ports, **mine, ref=self.reports[0])),
            ("reports.read", "not_found", lambda: reports.one(ports, **mine, ref=self.reports[1])),
            ("reports.read", "not_found", lambda: reports.one(ports, **mine, ref="李雷 110101199003070011")),
            ("consult.list", "ok", lambda: consult.mine(ports, **mine)),
            ("consult.read", "ok", lambda: consult.mine_one(ports, **mine, ref=self.questions[0])),
            ("consult.read", "not_found", lambda: consult.mine_one(ports, person_id=other, ref=self.questions[0])),
            ("mydata.look", "ok", lambda: mydata.overview(ports, **mine)),
            ("consult.inbox", "ok", lambda: consult.inbox(ports, **by(self.doctor))),
            ("consult.inbox", "refused", lambda: consult.inbox(ports, **by(self.editor))),
            ("consult.open", "ok", lambda: consult.open_one(ports, **by(self.doctor), ref=self.questions[0])),
            ("consult.open", "not_found", lambda: consult.open_one(ports, **by(self.stranger), ref=self.questions[0])),
            ("consult.answered", "ok", lambda: answered(ports, **by(self.editor))),
            ("consult.claim", "not_found", lambda: consult.claim(ports, **by(self.stranger), ref=self.questions[0])),
            ("consult.answer", "conflict", lambda: self._answer(self.doctor)),
            ("cards.unbind", "not_found", lambda: cards.unbind(ports, **mine, ref=self.cards[1].ref)),
            ("cards.choose", "not_found", lambda: cards.choose(ports, **mine, ref=self.cards[1].ref)),
            ("bookings.cancel", "not_found", lambda: booking.cancel(ports, **mine, ref=self.bookings[1], key="c")),
            ("consult.withdraw", "not_found", lambda: consult.withdraw(ports, **mine, ref=self.questions[1])),
            ("faq.draft", "not_found", lambda: faq.draft_from(ports, **by(self.editor), question_ref="q_0000000000")),
            ("consult.reveal", "ok", lambda: self._reveal(self.doctor, "call_back")),
            ("consult.reveal", "bad_reason", lambda: self._reveal(self.doctor, "just curious")),
            ("consult.reveal", "not_found", lambda: self._reveal(self.stranger, "emergency")),
        ]

    def _answer(self, staff: Staff) -> object:
        return consult.answer(self.ports, staff=staff, ref=self.questions[0], text="没有先接下就回答。")

    def _reveal(self, staff: Staff, reason: str) -> object:
        return reveal.identity(self.ports, staff=staff, ref=self.questions[0], reason=reason)


@pytest.fixture
def ward(ports: Ports, his: FakeHis) -> Ward:
    return Ward(ports, his)


def test_a_thousand_looks_are_a_thousand_rows(ward: Ward, ports: Ports) -> None:
    before, chance, looks = len(trail(ports)), random.Random(7), ward.looks()
    script = looks + [chance.choice(looks) for _ in range(ACCESSES - len(looks))]
    for _action, _result, look in script:
        with suppress(PeizhenError):
            look()
    rows = trail(ports)[before:]
    assert len(rows) == ACCESSES
    assert [(row.action, row.result) for row in rows] == [(action, result) for action, result, _ in script]
    assert all(row.actor_id and row.at and row.reason and row.subject for row in rows)
    assert audit.verify(ports).whole


def test_the_row_says_who_whose_what_and_why(ward: Ward, ports: Ports) -> None:
    before = len(trail(ports))
    with audit.tracing("http/abc"):
        ward._reveal(ward.doctor, "call_back")
    reports.one(ports, person_id=ward.people[0], ref=ward.reports[0])
    revealed, read = trail(ports)[before:]
    assert (revealed.actor_kind, revealed.actor_id) == ("staff", str(ward.doctor.id))
    assert (revealed.about, revealed.subject) == (f"person/{ward.people[0]}", ward.questions[0])
    assert (revealed.reason, revealed.trace) == ("call_back", "http/abc")
    assert (read.about, read.reason) == (f"person/{ward.people[0]}", "own")
    assert read.subject.startswith(ward.cards[0].patient_id)


def test_no_name_and_no_number_gets_into_the_trail(ward: Ward, ports: Ports) -> None:
    for _action, _result, look in ward.looks():
        with suppress(PeizhenError):
            look()
    text = repr([{c.name: getattr(row, c.name) for c in Audit.__table__.c} for row in trail(ports)])
    assert "李雷" not in text
    assert "110101" not in text
    assert "膝盖" not in text


def test_a_look_that_cannot_be_written_down_shows_nothing(
    ward: Ward, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "record", lambda *_, **__: (_ for _ in ()).throw(ConnectionError))
    with pytest.raises(ConnectionError):
        reports.one(ports, person_id=ward.people[0], ref=ward.reports[0])


def test_what_is_looked_at_inside_a_look_is_part_of_it(ward: Ward, ports: Ports) -> None:
    before = len(trail(ports))
    queue.mine(ports, person_id=ward.people[0])
    assert [row.action for row in trail(ports)[before:]] == ["queue.look"]


def test_what_only_the_program_reads_is_no_look(ward: Ward, ports: Ports) -> None:
    before = len(trail(ports))
    vault.hide(ports, person_id=ward.people[0], text="李雷想挂号", expects=None)
    with access.unseen():
        cards.mine(ports, person_id=ward.people[0])
    assert len(trail(ports)) == before


def test_one_message_that_is_worked_on_twice_is_one_look(ward: Ward, ports: Ports) -> None:
    before = len(trail(ports))
    for _ in range(2):
        with audit.tracing("inbox/9"):
            booking.mine(ports, person_id=ward.people[0])
    assert len(trail(ports)) == before + 1


def test_a_silent_hospital_is_written_down_too(ward: Ward, ports: Ports, his: FakeHis) -> None:
    his.down = True
    with pytest.raises(HisUnavailable):
        reports.mine(ports, person_id=ward.people[0])
    assert trail(ports)[-1].result == "his_unavailable"


def test_rows_held_back_are_written_only_when_something_was_shown(ward: Ward, ports: Ports) -> None:
    before = len(trail(ports))
    with access.deferred(ports) as write:
        queue.mine(ports, person_id=ward.people[0])
    assert len(trail(ports)) == before
    with access.deferred(ports) as write:
        queue.mine(ports, person_id=ward.people[0])
        write()
    assert len(trail(ports)) == before + 1


def test_revealing_shows_the_whole_for_a_reason_of_the_list(ward: Ward, ports: Ports) -> None:
    shown: Any = ward._reveal(ward.doctor, "emergency")
    assert shown.name == "李雷"
    assert (len(shown.id_number), len(shown.phone)) == (18, 11)
    assert "李雷" not in repr(shown)
    for reason in ("", "because 李雷", "EMERGENCY"):
        with pytest.raises(BadInput, match="bad_reason"):
            ward._reveal(ward.doctor, reason)
    with pytest.raises(Refused):
        ward._reveal(ward.editor, "emergency")
    cards.unbind(ports, person_id=ward.people[0], ref=ward.cards[0].ref)
    with pytest.raises(NotFound):
        ward._reveal(ward.doctor, "emergency")
