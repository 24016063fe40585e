"""Word before a visit and after it: to whom, when, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.db.push import Notice
from bot.errors import Refused
from bot.ports import Ports
from bot.services import attendance, booking, reminders, views
from tests.factories import FakeHis, a_card, a_person, id_number, someone

TUESDAY = date(2026, 11, 24)


@contextmanager
def at(day: int, hour: int, minute: int = 0) -> Iterator[None]:
    with clock.frozen(clock.utc(datetime(2026, 11, day, hour, minute))):
        yield


def told(ports: Ports) -> list[str]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Notice.kind).order_by(Notice.id)))


def visits(
    ports: Ports, day: date = TUESDAY, born: date = date(1990, 3, 7), department: str = "yh.d01"
) -> tuple[int, str]:
    person = a_person(ports)
    card = a_card(ports, person, someone(id_number=id_number(born=born, serial=2 * person)))
    slot = booking.offers(ports, department_id=department, day=day)[0]
    made = booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot.slot_id, key=f"b{person}")
    return person, made.ref


def drawn(ports: Ports, person: int, view: str, ref: str) -> str:
    return str(views.drawn(ports, person_id=person, reply={"view": view, "ref": ref})["text"])


def test_the_evening_before_everybody_is_reminded_once(ports: Ports) -> None:
    person, ref = visits(ports)
    with at(23, 17, 59):
        assert reminders.remind(ports) == 0
    with at(23, 18):
        assert [reminders.remind(ports) for _ in range(3)] == [1, 0, 0]
        said = drawn(ports, person, "visit_reminder", ref)
    assert told(ports) == ["visit_reminder"]
    assert "11月24日 周二" in said
    assert "李*" in said
    assert "李雷" not in said


def test_who_booked_that_evening_is_not_reminded_at_once(ports: Ports) -> None:
    with at(23, 18, 30):
        visits(ports)
        assert reminders.remind(ports) == 0


def test_the_old_hear_earlier_too_and_what_to_bring(ports: Ports) -> None:
    person, ref = visits(ports, date(2026, 11, 26), born=date(1950, 1, 1))
    visits(ports, date(2026, 11, 26))
    with at(23, 18):
        assert reminders.remind(ports) == 1
        assert told(ports) == ["visit_preparation"]
        said = drawn(ports, person, "visit_preparation", ref)
    assert "身份证、医保卡" in said
    with at(25, 18):
        assert reminders.remind(ports) == 2
    assert sorted(told(ports)) == ["visit_preparation", "visit_preparation", "visit_reminder"]


def test_who_is_with_child_does_wherever_she_is_seen(ports: Ports) -> None:
    ports.rules["reminder_departments"] = ["消化内科"]  # type: ignore[index] - this hospital's only other one
    person = a_person(ports)
    card = a_card(ports, person)
    for day, department in ((date(2026, 11, 25), "yh.d02"), (TUESDAY, "yh.d01")):
        slot = booking.offers(ports, department_id=department, day=day)[0]
        booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot.slot_id, key=f"{day}")
    with at(23, 18):
        reminders.remind(ports)
    assert told(ports) == ["visit_reminder"]  # a number after this one says nothing about it
    with at(24, 18):
        reminders.remind(ports)
    assert told(ports)[1:] == ["visit_preparation"]


def test_a_number_given_back_and_an_unbound_card_are_not_reminded_of(ports: Ports) -> None:
    person, ref = visits(ports)
    booking.cancel(ports, person_id=person, ref=ref, key="c")
    visits(ports)
    with ports.transaction() as session:
        session.execute(sa.update(Card).values(active=None))
    with at(23, 18):
        assert reminders.remind(ports) == 0


def test_a_reminder_of_what_was_given_back_meanwhile_is_not_drawn(ports: Ports) -> None:
    person, ref = visits(ports)
    with at(23, 18):
        reminders.remind(ports)
        booking.cancel(ports, person_id=person, ref=ref, key="c")
        with pytest.raises(Refused):
            drawn(ports, person, "visit_reminder", ref)


def test_the_day_after_he_is_asked_how_he_is(ports: Ports) -> None:
    person, ref = visits(ports)
    with ports.transaction() as session:
        session.execute(sa.update(Booking).values(state="done"))
    with at(25, 9, 59):
        assert reminders.remind(ports) == 0
    with at(25, 10):
        assert [reminders.remind(ports) for _ in range(2)] == [1, 0]
        said = views.drawn(ports, person_id=person, reply={"view": "after_visit", "ref": ref})
    assert told(ports) == ["after_visit"]
    assert [choice["label"] for choice in said["choices"]] == ["问医生", "预约复诊"]
    with at(27, 10):
        assert reminders.remind(ports) == 0


@pytest.mark.parametrize("what", [{"room": "新楼9诊室"}, {"later": 60}])
def test_a_visit_that_the_hospital_moves_is_told_once(ports: Ports, his: FakeHis, what: dict[str, Any]) -> None:
    person, ref = visits(ports)
    with ports.transaction() as session:
        row = session.scalars(sa.select(Booking)).one()
    start = row.start + timedelta(minutes=what.get("later", 0))
    moved = {"start": start, **{name: value for name, value in what.items() if name == "room"}}
    his._appointments[row.appointment_id] = replace(his._appointments[row.appointment_id], **moved)
    assert [attendance.ask(ports, row) for _ in range(2)] == [True, False]
    assert told(ports) == ["visit_changed"]
    said = drawn(ports, person, "visit_changed", ref)
    assert what.get("room", f"{clock.local(start):%H:%M}") in said
    made = booking.one(ports, person_id=person, ref=ref)
    assert (made.start, made.end - made.start) == (start, timedelta(minutes=30))
