"""Reports that an asker shows to his doctor: by his yes alone, through the report service, hidden again at once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.db.privacy import Audit
from bot.errors import NotFound, Refused
from bot.his.port import Observation
from bot.ports import Ports
from bot.services import cards, consult_beside, consult_reports, consult_story, privacy
from tests.factories import RULES, FakeHis, a_card, a_person, a_staff
from tests.services.asked import answer, ask

SUGAR = Observation("GLU", "葡萄糖", "7.8", "mmol/L", 3.9, 6.1, "3.9-6.1", "H")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def asker(ports: Ports, his: FakeHis) -> tuple[int, str, str]:
    """(person, question, report)"""
    person = a_person(ports)
    card = a_card(ports, person)
    report = his.add_report(card.patient_id, items=(SUGAR,), name="空腹血糖")
    return person, ask(ports, person).ref, f"{card.ref}.{report.id}"


def give(ports: Ports, asker: tuple[int, str, str], **changes: Any) -> None:
    person, ref, report = asker
    consult_reports.give(ports, **{"person_id": person, "ref": ref, "report_ref": report, **changes})


def read(ports: Ports, ref: str, number: int = 1, **where: Any) -> Any:
    return consult_reports.one(ports, staff=a_staff(ports, **where), ref=ref, number=number)


def test_nothing_is_shown_that_was_not_given(ports: Ports, asker: tuple[int, str, str]) -> None:
    with pytest.raises(NotFound):
        read(ports, asker[1])
    assert consult_beside.beside(ports, staff=a_staff(ports), ref=asker[1]).reports == ()


def test_a_report_that_was_given_is_read_and_written_down(ports: Ports, asker: tuple[int, str, str]) -> None:
    give(ports, asker)
    give(ports, asker)
    [shown] = consult_beside.beside(ports, staff=a_staff(ports), ref=asker[1]).reports
    assert read(ports, asker[1], shown.number).items == (SUGAR,)
    assert consult_story.story(ports, person_id=asker[0], ref=asker[1]).reports == 1
    with ports.transaction() as session:
        look = session.execute(sa.select(Audit).where(Audit.action == "consult.shown_report")).scalars().all()[-1]
    assert (look.actor_kind, look.about, look.result) == ("staff", f"person/{asker[0]}", "ok")
    assert asker[2] in look.subject


def test_taken_back_it_is_gone_at_once_and_given_again_it_is_there(ports: Ports, asker: tuple[int, str, str]) -> None:
    give(ports, asker)
    for _ in range(2):
        consult_reports.take_back(ports, person_id=asker[0], ref=asker[1], report_ref=asker[2])
        with pytest.raises(NotFound):
            read(ports, asker[1])
    give(ports, asker)
    assert read(ports, asker[1]).items == (SUGAR,)


@pytest.mark.parametrize("purpose", ["reports", "consult"])
def test_a_consent_taken_back_hides_it(ports: Ports, asker: tuple[int, str, str], purpose: str) -> None:
    give(ports, asker)
    privacy.refuse(ports, person_id=asker[0], purpose=purpose)
    with pytest.raises(NotFound):
        read(ports, asker[1])


def test_a_card_that_was_let_go_hides_it(ports: Ports, asker: tuple[int, str, str]) -> None:
    give(ports, asker)
    cards.unbind(ports, person_id=asker[0], ref=asker[2].partition(".")[0])
    with pytest.raises(NotFound):
        read(ports, asker[1])


def test_another_department_and_other_roles_read_nothing(ports: Ports, asker: tuple[int, str, str]) -> None:
    give(ports, asker)
    with pytest.raises(NotFound):
        read(ports, asker[1], department_id="yh.d02")
    with pytest.raises(Refused):
        read(ports, asker[1], role="editor")


def test_nobody_gives_anothers_report_or_to_anothers_question(
    ports: Ports, his: FakeHis, asker: tuple[int, str, str]
) -> None:
    thief = a_person(ports)
    own = a_card(ports, thief)
    report = his.add_report(own.patient_id, items=(SUGAR,), name="血糖")
    for changes in (
        {"person_id": thief},
        {"person_id": thief, "report_ref": f"{own.ref}.{report.id}"},
        {"report_ref": f"{own.ref}.{report.id}"},
        {"report_ref": "x"},
        {"ref": "q_0000000000"},
    ):
        with pytest.raises(NotFound):
            give(ports, asker, **changes)
    assert consult_beside.beside(ports, staff=a_staff(ports), ref=asker[1]).reports == ()


def test_as_many_as_the_rules_allow(ports: Ports, his: FakeHis, asker: tuple[int, str, str]) -> None:
    card_ref = asker[2].partition(".")[0]
    patient = cards.one(ports, person_id=asker[0], ref=card_ref).patient_id
    more = [his.add_report(patient, items=(SUGAR,), name=f"第{n}份") for n in range(RULES["reports_per_question"])]
    for report in more:
        give(ports, asker, report_ref=f"{card_ref}.{report.id}")
    with pytest.raises(Refused) as refusal:
        give(ports, asker)
    assert refusal.value.code == "many_reports"
    found = consult_reports.choices(ports, person_id=asker[0], ref=asker[1])
    assert sorted(one.given for one in found) == [False, True, True, True]


def test_a_report_can_go_with_a_further_question_too(ports: Ports, asker: tuple[int, str, str]) -> None:
    answer(ports, a_staff(ports), asker[1])
    give(ports, asker)
    assert read(ports, asker[1]).items == (SUGAR,)
