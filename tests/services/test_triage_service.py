"""From a patient's words to the departments of this hospital, and the note a doctor can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from bot.db.triage import TriageNote
from bot.errors import BadInput, HisUnavailable
from bot.services import cards, previsit, triage
from bot.services.complaint import Answer, Complaint, told_by
from bot.services.next_places import next_places
from bot.triage.names import STANDARD
from bot.triage.nearest import NEAREST, nearest
from tests.factories import Someone, a_card, a_person, id_number
from tests.services.post import received

LEVELS = {"emergency", "urgent", "routine", "self_care"}


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


def suggest(ports, words, *answers, person=None, **changes):
    person = person or a_person(ports)
    told = Complaint(words, tuple(Answer(*each) for each in answers), months=480, sex="m")
    return triage.suggest(ports, person_id=person, inbox_id=received(ports, person=person), complaint=told, **changes)


def note(ports, found):
    with ports.transaction() as session:
        return session.scalar(sa.select(TriageNote).where(TriageNote.ref == found.ref))


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


@pytest.mark.parametrize("text", ["", "不知道", "121", "999"])
def test_what_is_no_age_is_asked_again(text):
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
    assert (first.department.name, first.instead_of) == (department, "")
    assert first.because
    assert all(word in complaint for word in first.because)
    assert found.urgency in LEVELS
    assert 1 <= len(found.suggestions) <= triage.SHOWN
    assert [s.score for s in found.suggestions] == sorted((s.score for s in found.suggestions), reverse=True)


def test_a_department_that_is_not_here_is_its_nearest_with_an_honest_word(ports, his):
    here = {d.standard_name for d in his.departments()}
    assert "口腔科" not in here
    found = suggest(ports, "牙龈肿痛，牙疼得厉害")
    if nearest("口腔科", here) is None:
        assert all(s.department.standard_name in here for s in found.suggestions)
    else:
        assert found.suggestions[0].instead_of == "口腔科"


def test_every_standard_department_has_its_nearest_and_never_itself():
    assert set(NEAREST) == set(STANDARD)
    for name, others in NEAREST.items():
        assert name not in others
        assert set(others) <= set(STANDARD)
    assert nearest("口腔科", {"耳鼻咽喉科", "全科医学科"}) == "耳鼻咽喉科"
    assert nearest("眼科", {"骨科"}) is None


def test_an_emergency_stays_one_and_what_was_reached_is_never_lowered(ports):
    assert suggest(ports, "突然胸口压着疼，一身冷汗").urgency == "emergency"
    assert suggest(ports, "胸口疼", ("chest_sweat", "yes")).urgency == "emergency"
    assert suggest(ports, "膝盖疼", level="urgent").urgency == "urgent"
    assert suggest(ports, "膝盖疼", level="routine").urgency == "routine"


def test_the_note_is_sealed_and_holds_the_page_with_what_was_denied(ports, engine):
    person = a_person(ports)
    found = suggest(
        ports, "咳嗽一周，没有发烧", ("气短", "no"), ("age", "adult"), ("痰中带血", "有一点血丝"), person=person
    )
    kept = note(ports, found)
    assert ports.crypto.open(kept.text_sealed) == "咳嗽一周，没有发烧"
    assert (kept.person_id, kept.sex, kept.urgency) == (person, "m", found.urgency)
    assert kept.departments_json == [s.department.id for s in found.suggestions]
    page = previsit.loaded(ports.crypto.open(kept.summary_sealed))
    assert (page.person, page.duration) == ("男，14到49岁", "约7天")
    assert ("有没有气短、上楼喘？", "没有") in page.answers
    assert ("痰里有没有血丝？", "有一点血丝") in page.answers
    assert "咳嗽" in page.findings
    assert {"发烧", "气短"} <= set(page.denied)
    with engine.connect() as connection:
        assert "咳嗽" not in repr(connection.exec_driver_sql("SELECT * FROM triage_note").fetchall())


def test_without_the_hospital_there_is_no_note(ports, his):
    his.down = True
    with pytest.raises(HisUnavailable):
        suggest(ports, "膝盖疼")
    with ports.transaction() as session:
        assert session.scalar(sa.select(sa.func.count(TriageNote.id))) == 0


def test_whose_card_it_is_says_age_and_sex_and_never_takes_a_word_back(ports):
    person = a_person(ports)
    card = a_card(ports, person, Someone("王大伯", id_number(born=date(1954, 3, 10), serial=7), "13900000007"))
    told = told_by(ports, person_id=person, words="发烧了", card_ref=card.ref)
    assert (told.story.months, told.story.sex) == (told.months, card.sex)
    assert told.story.age == told.months // 12
    said = told_by(ports, person_id=person, words="我35岁，发烧了", card_ref=card.ref)
    assert said.story.age == 35
    cards.unbind(ports, person_id=person, ref=card.ref)
    assert told_by(ports, person_id=person, words="发烧了", card_ref=card.ref).story.age is None
    assert told_by(ports, person_id=a_person(ports), words="发烧了", card_ref=card.ref).story.age is None


def test_the_next_places_are_the_first_of_the_next_two_days(ports, his):
    places = next_places(ports, department_id="yh.d01", most=3)
    assert 1 <= len(places) <= 3
    assert places == sorted(places, key=lambda offer: offer.start)
    assert len({offer.slot_id for offer in places}) == len(places)
    assert len({offer.day for offer in places}) <= 2
    assert all(offer.left > 0 for offer in places)
    assert (
        next_places(
            replace(ports, rules={**ports.rules, "days_ahead": 0, "same_day_until_minutes": 99999}),
            department_id="yh.d01",
            most=3,
        )
        == []
    )
