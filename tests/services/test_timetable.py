"""What a calendar shows: each day's state for one patient, who is there, which wish comes next, what is over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot import clock
from bot.errors import NotFound
from bot.ports import Ports
from bot.services import booking, booking_history, cards, confirming, department_tree, news, timetable
from tests.factories import NOW, FakeHis, a_person
from tests.services.lines import BONES, DOCTOR, SLOT, TUESDAY, Waiting, sold_out

MONDAY = date(2026, 11, 23)


@pytest.fixture
def li(ports: Ports) -> Waiting:
    return Waiting(ports)


def states(li: Waiting, **more: str) -> dict[date, str]:
    facts = {"person_id": li.person_id, "card_ref": li.card.ref, "department_id": BONES}
    return {day.day: day.state for day in timetable.days(li.ports, **facts, **more)}


def wish(li: Waiting) -> int:
    return confirming.wish(li.ports, person_id=li.person_id, card_ref=li.card.ref, slot_id=SLOT)


# -- days ----------------------------------------------------------------------------------------------------
def test_the_first_day_that_is_not_open_yet_closes_the_calendar(li: Waiting) -> None:
    found = states(li)
    assert list(found) == [MONDAY + timedelta(days=n) for n in range(16)]
    assert set(found.values()) == {"free", "later"}
    with clock.frozen(NOW - timedelta(hours=2)):  # 06:30: the last day opens in half an hour
        assert list(states(li).values())[-1] == "later"
        assert len(states(li)) == 15


def test_sold_taken_and_full_weeks_are_told_apart(li: Waiting, ports: Ports) -> None:
    sold_out(ports)
    assert states(li)[TUESDAY] == "full"
    ports.rules["bookings_per_week"] = 1
    made = li.book("yh.s01-20261125-0900")
    found = states(li)
    assert (found[made.day], found[MONDAY + timedelta(days=3)], found[MONDAY + timedelta(days=7)]) == (
        "taken",
        "week",
        "free",
    )
    assert states(li, without=made.ref)[made.day] == "free"


def test_a_stopped_doctor_is_named_as_long_as_one_of_ours_was_told(li: Waiting, ports: Ports, his: FakeHis) -> None:
    Waiting(ports).book()
    for half in ("am", "pm"):
        his.close_session(session_id=f"yh.h01-20261124-{half}", key=half)
    news.hear(ports)
    assert states(li, doctor_id=DOCTOR)[TUESDAY] == "stopped"
    assert states(li)[TUESDAY] == "free"
    found = timetable.clinics(ports, department_id=BONES, day=TUESDAY)
    assert [(clinic.doctor.id, clinic.state) for clinic in found] == [("yh.p02", "free"), (DOCTOR, "stopped")]


def test_anothers_card_has_no_calendar(li: Waiting, ports: Ports) -> None:
    facts = {"card_ref": li.card.ref, "department_id": BONES}
    with pytest.raises(NotFound):
        timetable.days(ports, person_id=a_person(ports), **facts)


# -- departments ---------------------------------------------------------------------------------------------
def test_departments_stand_by_building_and_doctors_are_found_by_name(ports: Ports) -> None:
    [house] = department_tree.tree(ports, hospital_id="yh")
    assert (house.name, [b.department.name for b in house.branches]) == ("门诊楼", ["骨科", "消化内科"])
    assert [d.id for d, _ in department_tree.doctors(ports, hospital_id="yh", wanted="陈 建国医生")] == [DOCTOR]
    assert department_tree.doctors(ports, hospital_id="yh", wanted="") == []
    assert department_tree.tree(ports, hospital_id="yz") == []


# -- wishes --------------------------------------------------------------------------------------------------
def test_a_wish_is_the_same_until_it_has_ended(li: Waiting, ports: Ports) -> None:
    assert wish(li) == 0
    made = li.book()
    assert wish(li) == 0
    li.cancel(made)
    assert wish(li) == 1
    assert wish(Waiting(ports)) == 0


def test_only_what_was_written_down_is_found_by_its_key(li: Waiting, ports: Ports) -> None:
    facts = {"what": li.card.ref, "slot_id": SLOT, "wish": 0}
    key = confirming.key(ports, person_id=li.person_id, **facts)
    assert confirming.open_ref(ports, person_id=li.person_id, key=key) is None
    made = li.book(key=key)
    assert confirming.open_ref(ports, person_id=li.person_id, key=key) == made.ref
    assert confirming.open_ref(ports, person_id=a_person(ports), key=key) is None
    assert key != confirming.key(ports, person_id=a_person(ports), **facts)


# -- the past ------------------------------------------------------------------------------------------------
def test_the_past_is_newest_first_and_out_of_sight_with_the_card(li: Waiting, ports: Ports) -> None:
    given_back = li.book("yh.s01-20261126-0900")
    li.cancel(given_back)
    stood = li.book()
    stomach = li.book("yh.s03-20261127-0900")
    here = {"person_id": li.person_id, "card_ref": li.card.ref}
    assert booking_history.departments(ports, **here) == ["yh.d02", BONES]
    li.cancel(stomach)
    with clock.frozen(NOW + timedelta(days=2)):
        lines, more = booking_history.past(ports, person_id=li.person_id)
        assert [(line.ref, line.state) for line in lines] == [
            (stomach.ref, "cancelled"),
            (given_back.ref, "cancelled"),
            (stood.ref, "booked"),
        ]
        assert not more
        assert booking_history.past(ports, person_id=li.person_id, page=2) == ([], False)
        cards.unbind(ports, person_id=li.person_id, ref=li.card.ref)
        assert booking_history.past(ports, person_id=li.person_id) == ([], False)
        assert booking_history.departments(ports, **here) == []


def test_full_half_hours_are_asked_for_by_name(ports: Ports) -> None:
    sold_out(ports)
    assert booking.offers(ports, department_id=BONES, day=TUESDAY) == []
    assert len(booking.offers(ports, department_id=BONES, day=TUESDAY, full=True)) == 12
    assert booking.full_days(ports, department_id=BONES) == [TUESDAY]
