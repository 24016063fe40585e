"""Figures of what was asked and answered: who sees which, and nobody in them; on both engines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.db.consult import Answer, Question, QuestionTurn
from bot.db.privacy import Audit
from bot.db.push import Notice
from bot.errors import BadInput, Refused
from bot.ports import Ports
from bot.services import insight, staff
from bot.services.insight import Overview
from bot.services.staff import Staff
from tests.factories import Someone, a_card, a_person, id_number
from tests.web.talked import said

HOME = "yh.d01"
numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _hours(ports: Ports) -> Iterator[None]:
    """Noon in Shanghai, so that hours before now are today."""
    with clock.frozen(clock.utc(clock.local(clock.wire()).replace(hour=12))):
        yield


@pytest.fixture
def people(ports: Ports) -> list[int]:
    return [a_person(ports, f"o-insight-{n}") for n in range(6)]


def member(ports: Ports, role: str, department: str | None = None) -> Staff:
    return staff.ensure(
        ports, members=[staff.Member(f"i-{role}-{department}", "某某", role, "long-password", department)]
    )[0]


def look(ports: Ports, role: str = "operator", home: str | None = None, **asked: Any) -> Overview:
    return insight.overview(ports, staff=member(ports, role, home), days=asked.pop("days", 7), **asked)


def asked(ports: Ports, person_id: int, *, hours: float | None, department: str = HOME, promise: float = 4) -> int:
    """A question of five hours ago, answered after so many hours."""
    at, n = ports.now() - timedelta(hours=5), next(numbers)
    facts = {"ref": f"q_{n:010x}", "key": f"q{n}", "person_id": person_id, "department_id": department}
    facts |= {"department_name": department, "text_sealed": ports.crypto.seal("x"), "asked_at": at, "version": 1}
    facts |= {"due_at": at + timedelta(hours=promise), "state": "waiting" if hours is None else "answered"}
    writer = member(ports, "doctor", department)
    with ports.transaction() as session:
        row = session.execute(sa.insert(Question).values(**facts, red_flag=False)).inserted_primary_key[0]
        if hours is not None:
            given = {"question_id": row, "staff_id": writer.id, "text_sealed": ports.crypto.seal("y")}
            session.execute(sa.insert(Answer).values(**given, at=at + timedelta(hours=hours)))
    return int(row)


def test_messages_patients_and_what_was_no_help_by_day(ports: Ports, people: list[int]) -> None:
    for person_id in people:
        said(ports, person_id, wish="book")
    said(ports, people[0], ago=1, wish="nlu_fallback", outcome="missed")
    said(ports, people[0], ago=1, wish="human_agent", outcome="person")
    said(ports, people[0], ago=1, kind="event", wish=None)
    said(ports, people[0], ago=8, wish="book")
    talks = look(ports).talks
    assert talks is not None
    assert [(d.messages, d.patients, d.turns, d.unmet) for d in talks.days] == [(0, 0, 0, 0)] * 5 + [
        (2, 1, 2, 2),
        (6, 6, 6, 0),
    ]
    assert talks.days[-1].day == clock.today()
    assert (talks.total.messages, talks.total.patients, talks.total.rate) == (8, 6, 0.25)
    assert talks.outcomes == {"answered": 6, "missed": 1, "person": 1}
    longer = look(ports, days=30).talks
    assert longer is not None
    assert longer.total.messages == 9


def test_what_fewer_than_five_patients_asked_is_not_shown(ports: Ports, people: list[int]) -> None:
    for person_id in people[:5]:
        said(ports, person_id, wish="book", department_id=HOME)
    for _ in range(20):  # often, and by one patient
        said(ports, people[5], wish="complaint", department_id="yh.d02")
    found = look(ports)
    assert found.topics is not None
    assert found.places is not None
    assert [(one.name, one.patients, one.times) for one in found.topics.shown] == [("挂号、预约", 5, 5)]
    assert found.topics.hidden == 1
    assert [one.patients for one in found.places.shown] == [5]
    ports.rules["insight_least"] = 1  # type: ignore[index] - the control: it is this rule that hides it
    shown = look(ports).topics
    assert shown is not None
    assert len(shown.shown) == 2


def test_of_a_department_that_few_spoke_of_nothing_is_counted(ports: Ports, people: list[int]) -> None:
    for person_id in people[:4]:
        said(ports, person_id, wish="book", department_id=HOME)
    assert look(ports, department=HOME).talks is None
    said(ports, people[4], wish="book", department_id=HOME)
    talks = look(ports, department=HOME).talks
    assert talks is not None
    assert (talks.total.patients, talks.days) == (5, ())


def test_answers_against_the_promise(ports: Ports, people: list[int]) -> None:
    for hours in (1, 2, 3, 4, 5):
        asked(ports, people[0], hours=hours)
    asked(ports, people[0], hours=1, department="yh.d02")
    asked(ports, people[0], hours=None)
    found = look(ports).answers
    assert found is not None
    assert (found.asked, found.waiting_late, found.all.answered) == (7, 1, 6)
    (home,) = found.departments  # of the other one there is one answer
    assert (home.name, home.median, home.nine_of_ten) == (HOME, timedelta(hours=3), timedelta(hours=5))
    assert home.in_time == 0.8


def test_a_question_with_a_further_one_is_judged_by_no_promise(ports: Ports, people: list[int]) -> None:
    rows = [asked(ports, people[0], hours=hours) for hours in (1, 1, 1, 1, 5)]
    turn = {"ref": "t_1", "key": "t", "question_id": rows[4], "person_id": people[0], "kind": "follow_up"}
    with ports.transaction() as session:
        session.execute(sa.insert(QuestionTurn).values(**turn, text_sealed=b"x", at=ports.now()))
    found = look(ports).answers
    assert found is not None
    assert (found.all.answered, found.all.in_time) == (5, 1.0)


def test_numbers_begun_and_finished_in_the_chat_count_a_patient_once_a_day(ports: Ports, people: list[int]) -> None:
    for person_id in (people[0], people[0], people[1]):
        said(ports, person_id, wish="book")
    card = a_card(ports, people[0], Someone("李雷", id_number(serial=7), "13900000007"))
    for n, key in enumerate(("11:book", "12:book", "h5-abc")):
        _number(ports, people[0], card.ref, key, n)
    found = look(ports).bookings
    assert found is not None
    assert (found.begun, found.finished, found.made) == (2, 1, 3)
    assert look(ports, "head", "yh.d02").bookings == insight.Bookings(None, 0, 0)


def _number(ports: Ports, person_id: int, card_ref: str, key: str, n: int) -> None:
    from bot.db.cards import Card

    with ports.transaction() as session:
        card = session.scalars(sa.select(Card).where(Card.ref == card_ref)).one()
        facts = {"ref": f"b_{n}", "key": key, "person_id": person_id, "card_id": card.id, "patient_id": card.patient_id}
        facts |= {"slot_id": "s", "department_id": HOME, "doctor_id": "d", "department_name": "x", "doctor_name": "y"}
        facts |= {"day": clock.today(), "start": ports.now(), "end": ports.now(), "fee_fen": 0, "state": "booked"}
        session.add(Booking(**facts, appointment_id=f"a{n}", asked_at=ports.now()))


def test_notices_that_reached_nobody_by_kind(ports: Ports, people: list[int]) -> None:
    with ports.transaction() as session:
        for n, state in enumerate(("sent", "undelivered", "expired")):
            facts = {"dedupe_key": f"n{n}", "person_id": people[0], "kind": "answer", "state": state}
            session.add(Notice(**facts, payload_sealed=b"x", due_at=ports.now(), created_at=ports.now()))
    found = look(ports).notices
    assert found is not None
    assert (found.sent, found.lost, found.kinds) == (3, 2, (("医生的回答", 2),))


def test_ratings_are_not_shown_while_they_are_too_few(ports: Ports) -> None:
    found = look(ports).answers
    assert found is not None
    assert found.stars.given == 0
    assert found.stars.counts is None


@pytest.mark.parametrize(
    ("role", "parts"),
    [
        ("head", {"topics", "answers", "bookings"}),
        ("editor", {"talks", "topics", "places"}),
        ("operator", {"talks", "topics", "places", "answers", "bookings", "notices"}),
        ("auditor", {"talks", "topics", "places", "answers", "bookings", "notices"}),
    ],
)
def test_each_role_sees_its_parts(ports: Ports, role: str, parts: set[str]) -> None:
    found = look(ports, role, HOME if role == "head" else None)
    names = {"talks", "topics", "places", "answers", "bookings", "notices"}
    assert {name for name in names if getattr(found, name) is not None} == parts


def test_a_head_sees_his_own_department_whatever_he_asks_for(ports: Ports, people: list[int]) -> None:
    for person_id in people:
        said(ports, person_id, wish="book", department_id="yh.d02")
    found = look(ports, "head", HOME, department="yh.d02")
    assert found.window.department == HOME
    assert found.topics is not None
    assert found.topics.shown == ()


@pytest.mark.parametrize("role", ["doctor", "finance", "service"])
def test_others_see_nothing_and_that_is_written_down(ports: Ports, role: str) -> None:
    with pytest.raises(Refused):
        look(ports, role, HOME)
    with ports.transaction() as session:
        last = session.scalars(sa.select(Audit).order_by(Audit.id.desc())).first()
    assert (last.action, last.result) == ("insight.read", "refused")


def test_a_head_without_a_department_sees_nothing(ports: Ports) -> None:
    with pytest.raises(Refused):
        look(ports, "head")


def test_odd_spans_and_departments_are_refused(ports: Ports) -> None:
    with pytest.raises(BadInput, match="bad_span"):
        look(ports, days=365)
    with pytest.raises(BadInput, match="bad_department"):
        look(ports, department="我叫李雷")


def test_every_look_is_written_down(ports: Ports) -> None:
    look(ports, department=HOME)
    with ports.transaction() as session:
        last = session.scalars(sa.select(Audit).order_by(Audit.id.desc())).first()
    assert (last.action, last.subject, last.reason, last.result) == (
        "insight.read",
        f"insight/7/{HOME}",
        "insight",
        "ok",
    )
