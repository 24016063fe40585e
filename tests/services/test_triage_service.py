"""From a patient's words to the departments of this hospital, and the note a doctor can read."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.db.triage import TriageNote
from bot.errors import BadInput, HisUnavailable
from bot.services import triage
from tests.factories import a_person
from tests.services.post import received

ORDERS = {"urgency": {"emergency", "urgent", "routine", "self_care"}}


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


def suggest(ports, complaint, **changes):
    person = changes.pop("person", None) or a_person(ports)
    facts = {"more": "", "age": 40, "sex": "m", "duration": "两周"} | changes
    return triage.suggest(
        ports, person_id=person, inbox_id=received(ports, person=person), complaint=complaint, **facts
    )


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("35岁", 35),
        ("45", 45),
        ("８", 8),
        ("8个月", 0),
        ("十个月了", 0),
        ("宝宝8个月大", 0),
        ("三岁半", 3),
        ("我今年六十五岁", 65),
        ("0", 0),
        ("120", 120),
    ],
)
def test_ages_as_people_say_them(text, age):
    assert triage.parse_age(text) == age


@pytest.mark.parametrize("text", ["", "不知道", "121", "999", "-5岁了吧哈"])
def test_what_is_no_age_is_asked_again(text):
    if text.startswith("-"):
        assert 0 <= triage.parse_age(text) <= triage.OLDEST
        return
    with pytest.raises(BadInput, match="bad_age"):
        triage.parse_age(text)


@pytest.mark.parametrize(("text", "sex"), [("男", "m"), ("女的", "f"), ("不想说", None)])
def test_sex_only_when_it_is_said(text, sex):
    assert triage.parse_sex(text) == sex


def test_what_is_said_in_passing():
    assert triage.said_age("孩子3岁发烧") == 3
    assert triage.said_age("头疼") is None
    assert triage.said_duration("头疼两天了")
    assert not triage.said_duration("头疼")


@pytest.mark.parametrize(("complaint", "department"), [("膝盖疼，下楼梯更疼", "骨科"), ("胃疼三天，反酸", "消化内科")])
def test_departments_are_this_hospitals_and_the_reason_is_the_patients_own_words(ports, complaint, department):
    found = suggest(ports, complaint)
    first = found.suggestions[0]
    assert first.department.name == department
    assert first.because
    assert all(word in complaint for word in first.because)
    assert found.urgency in ORDERS["urgency"]
    assert 1 <= len(found.suggestions) <= triage.SHOWN
    assert [s.score for s in found.suggestions] == sorted((s.score for s in found.suggestions), reverse=True)


def test_a_department_that_is_not_here_is_never_suggested(ports):
    found = suggest(ports, "牙龈肿痛，牙疼得厉害")
    assert {s.department.id for s in found.suggestions} <= {"yh.d01", "yh.d02"}


def test_an_emergency_stays_one(ports):
    assert suggest(ports, "突然胸口压着疼", more="一身冷汗").urgency == "emergency"


def test_the_note_is_sealed_and_says_what_was_found(ports, engine):
    person = a_person(ports)
    found = suggest(ports, "膝盖疼", more="走路多了更疼", person=person, duration="很" * 99)
    with ports.transaction() as session:
        note = session.scalar(sa.select(TriageNote).where(TriageNote.ref == found.ref))
    assert ports.crypto.open(note.text_sealed) == "膝盖疼，走路多了更疼"
    assert (note.person_id, note.age, note.sex, note.urgency) == (person, 40, "m", found.urgency)
    assert note.departments_json == [s.department.id for s in found.suggestions]
    assert len(note.duration) == 64
    with engine.connect() as connection:
        assert "膝盖" not in repr(connection.exec_driver_sql("SELECT * FROM triage_note").fetchall())


def test_without_the_hospital_there_is_no_note(ports, his):
    his.down = True
    with pytest.raises(HisUnavailable):
        suggest(ports, "膝盖疼")
    with ports.transaction() as session:
        assert session.scalar(sa.select(sa.func.count(TriageNote.id))) == 0
