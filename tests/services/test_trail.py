"""The audit trail as it is looked through, on both databases; the page is asked in tests/web/test_console_trail.py."""

from __future__ import annotations

from datetime import date

import pytest

from bot.errors import BadInput
from bot.ports import Ports
from bot.services import audit, trail
from bot.services.staff import Staff
from tests.factories import a_person, a_staff


@pytest.fixture
def auditor(ports: Ports) -> Staff:
    return a_staff(ports, "auditor", username="watch", name="审计员")


@pytest.fixture
def doctor(ports: Ports) -> Staff:
    made = a_staff(ports, username="chen", name="陈建国")
    person = a_person(ports)
    looks = [
        ("staff", made.id, "consult.read", "q_0123456789", "ok"),
        ("staff", made.id, "consult.read", "q_1", "not_found"),
    ]
    looks.append(("person", person, "reports.read", "c_0123456789.yh.r1", "ok"))
    with ports.transaction() as session:
        for kind, actor, action, subject, result in looks:
            facts = {"actor_kind": kind, "actor_id": actor, "action": action, "subject": subject, "result": result}
            audit.record(session, **facts, about="person/1", at=ports.now())
    return made


@pytest.mark.usefixtures("doctor")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, 3),
        ({"who": "chen"}, 2),
        ({"who": "陈建国"}, 2),
        ({"who": "person/1"}, 1),
        ({"what": "consult."}, 2),
        ({"about": "q_"}, 2),
        ({"about": "person/1", "outcome": "refused"}, 1),
        ({"since": "2026-11-23", "until": "2026-11-23"}, 3),
        ({"until": "2026-11-22"}, 0),
    ],
)
def test_it_is_looked_through(ports: Ports, auditor: Staff, wanted: dict[str, str], found: int) -> None:
    rows = trail.looks(ports, staff=auditor, wanted=trail.parse(**wanted))
    assert len(rows) == found


def test_names_stand_beside_staff_and_nobody_else(ports: Ports, auditor: Staff, doctor: Staff) -> None:
    rows = trail.looks(ports, staff=auditor, wanted=trail.parse())
    assert [row.name for row in rows] == ["", "陈建国", "陈建国"]
    assert rows[1].actor == f"staff/{doctor.id}"
    older = trail.looks(ports, staff=auditor, wanted=trail.parse(what="consult"), before=rows[1].id)
    assert [row.id for row in older] == [rows[2].id]


def test_looking_and_exporting_are_written_down(ports: Ports, auditor: Staff) -> None:
    trail.looks(ports, staff=auditor, wanted=trail.parse())
    assert [row.action for row in trail.exported(ports, staff=auditor, wanted=trail.parse())] == ["audit.read"]
    assert trail.looks(ports, staff=auditor, wanted=trail.parse())[0].action == "audit.export"


@pytest.mark.parametrize("wrong", [{"since": "1.1."}, {"outcome": "all"}, {"who": "x" * 161}])
def test_what_cannot_be_looked_for(wrong: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="bad_search"):
        trail.parse(**wrong)


def test_days_are_the_hospitals() -> None:
    assert trail.parse(since="2026-11-23").since == date(2026, 11, 23)
