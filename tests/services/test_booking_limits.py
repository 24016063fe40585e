"""The hospital's rules about who may book what and when, and that no crowd of requests gets past them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking, Operation
from bot.errors import PeizhenError, Refused
from bot.his.port import Department
from bot.ports import Ports
from bot.services import booking, guards, limits, operations
from tests.factories import RULES, FakeHis, a_card, a_person, id_number, someone, together
from tests.races import Meeting
from tests.services.test_booking import OTHER_SLOT, SLOT, TODAY, TOMORROW, Patient, states

LAST = TODAY + timedelta(days=RULES["days_ahead"])


def at(hour: int, minute: int, day: date = TODAY) -> datetime:
    """A local time as the naive UTC that services see."""
    return clock.utc(datetime(day.year, day.month, day.day, hour, minute))


def with_rules(ports: Ports, **changes: Any) -> Ports:
    return replace(ports, rules={**ports.rules, **changes})


@dataclass(frozen=True)
class Somebody:
    sex: str
    birth_date: date


def department(standard_name: str | None) -> Department:
    return Department("yh.dx", "某科", standard_name, "楼", "1层", "0", "")


# -- release -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("moment", "last"), [(at(6, 59), LAST - timedelta(days=1)), (at(7, 0), LAST)])
def test_the_last_day_opens_at_the_release_time(moment: datetime, last: date) -> None:
    assert limits.last_day(RULES, moment) == last
    assert limits.opens_at(RULES, LAST) == at(7, 0)


def test_before_seven_the_last_day_is_neither_shown_nor_booked_and_at_seven_it_is(ports: Ports) -> None:
    patient, slot = Patient(ports), f"yh.s01-{LAST:%Y%m%d}-0900"
    with clock.frozen(at(6, 59)):
        assert booking.open_days(ports, department_id="yh.d01")[-1].day == LAST - timedelta(days=1)
        assert booking.offers(ports, department_id="yh.d01", day=LAST) == []
        with pytest.raises(Refused) as failure:
            patient.book(slot, key="early")
    assert failure.value.code == "not_released"
    assert failure.value.facts == {"day": "12月7日 周一", "opens": "11月23日 周一 07:00"}
    assert states(ports) == []
    with clock.frozen(at(7, 3)):  # when everybody's turn has come
        assert patient.book(slot, key="early").day == LAST  # the same key: nothing was written down before


def test_a_day_far_away_says_when_it_opens(ports: Ports) -> None:
    with pytest.raises(Refused) as failure:
        limits.check_day(ports.rules, ports.now(), date(2026, 12, 28))
    assert failure.value.facts["opens"] == "12月14日 周一 07:00"


# -- same day ------------------------------------------------------------------------------------------------
def test_a_number_of_today_can_be_booked_until_so_long_before(ports: Ports) -> None:
    strict = with_rules(ports, same_day_until_minutes=30)
    patient, slot = Patient(strict), f"yh.s01-{TODAY:%Y%m%d}-0930"
    with clock.frozen(at(9, 0)):
        assert not [o for o in booking.offers(strict, doctor_id="yh.p01", day=TODAY) if o.slot_id == slot]
        assert patient.refusal(slot) == "slot_past"
    with clock.frozen(at(8, 59)):
        assert patient.book(slot).state == "booked"


def test_the_evening_before_no_such_limit_holds(ports: Ports) -> None:
    strict = with_rules(ports, same_day_until_minutes=24 * 60)
    assert Patient(strict).book("yh.s01-20261124-0800").state == "booked"


# -- who -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("standard", "who", "code"),
    [
        ("儿科", Somebody("m", date(2012, 11, 25)), None),  # fourteen tomorrow
        ("儿科", Somebody("m", date(2012, 11, 24)), "department_age"),
        ("妇科", Somebody("m", date(1990, 1, 1)), "department_sex"),
        ("妇科", Somebody("f", date(2015, 1, 1)), None),
        ("产科", Somebody("m", date(1990, 1, 1)), "department_sex"),
        ("男科", Somebody("f", date(1990, 1, 1)), "department_sex"),
        ("骨科", Somebody("f", date(1930, 1, 1)), None),
        (None, Somebody("f", date(1930, 1, 1)), None),
    ],
)
def test_departments_see_whom_the_rules_let_them(standard: str | None, who: Somebody, code: str | None) -> None:
    assert limits.fits(RULES, department(standard), who, TOMORROW) is (code is None)
    if code:
        with pytest.raises(Refused) as failure:
            limits.check_patient(RULES, department(standard), who, TOMORROW)
        assert failure.value.code == code
        assert failure.value.facts["instead"]


def test_age_is_in_whole_years_also_for_the_29th_of_february() -> None:
    assert limits.age(date(2012, 2, 29), date(2026, 2, 28)) == 13
    assert limits.age(date(2012, 2, 29), date(2026, 3, 1)) == 14


def test_a_department_for_women_is_refused_to_a_man_before_the_hospital_hears_of_it(ports: Ports, his: FakeHis) -> None:
    only_women = with_rules(ports, department_limits={"骨科": {"sex": "f", "instead": "外科"}})
    man = Patient(only_women)
    man.card = a_card(only_women, man.person_id, someone("王刚", id_number=id_number(serial=771)))
    assert man.refusal() == "department_sex"
    assert "book" not in his.asked
    assert states(ports) == []
    woman = Patient(only_women)
    woman.card = a_card(only_women, woman.person_id, someone("王芳", id_number=id_number(serial=772)))
    assert woman.book().state == "booked"


# -- how many ------------------------------------------------------------------------------------------------
def slots_of_the_week(count: int) -> list[str]:
    """Half hours on different days of next week, where no day limit stands in the way."""
    first = date(2026, 11, 30)
    return [f"yh.s0{1 + n // 5 * 2}-{first + timedelta(days=n % 5):%Y%m%d}-0900" for n in range(count)]


def test_a_week_has_only_so_many_numbers_for_one_patient(ports: Ports) -> None:
    patient = Patient(with_rules(ports, bookings_per_week=3))
    made = [patient.book(slot) for slot in slots_of_the_week(3)]
    assert patient.refusal(slots_of_the_week(4)[3], key="k") == "week_limit"
    assert patient.refusal(slots_of_the_week(4)[3], key="k") == "week_limit"
    assert patient.book("yh.s01-20261127-0900").state == "booked"  # this week is another
    patient.cancel(made[0].ref)
    assert patient.book(slots_of_the_week(4)[3]).state == "booked"


def test_every_state_that_gives_a_number_up_gives_its_places_back(ports: Ports) -> None:
    patient = Patient(ports)
    patient.cancel(patient.book().ref)
    with ports.transaction() as session:
        assert session.execute(sa.select(Booking.guard, Booking.week_guard)).all() == [(None, None)]


def test_what_stands_in_the_way_is_known_before_anything_is_asked(ports: Ports) -> None:
    patient = Patient(with_rules(ports, bookings_per_week=2))
    facts = {"person_id": patient.person_id, "card_ref": patient.card.ref, "department_id": "yh.d01"}
    made = patient.book()
    seen = booking.calendar(patient.ports, **facts)
    assert seen.taken == {TOMORROW: made.ref}
    assert (seen.refusal(TOMORROW), seen.refusal(TODAY)) == ("department_limit", None)
    assert booking.calendar(patient.ports, **{**facts, "department_id": "yh.d02"}).refusal(TOMORROW) is None
    patient.book("yh.s03-20261125-0900")
    assert booking.calendar(patient.ports, **facts).refusal(TODAY) == "week_limit"
    assert booking.calendar(patient.ports, **facts, without=made.ref).refusal(TOMORROW) is None


def test_another_holders_number_is_in_the_way_but_is_not_shown(ports: Ports) -> None:
    who = someone("李雷")
    one, two = Patient(ports), Patient(ports)
    one.card, two.card = a_card(ports, one.person_id, who), a_card(ports, two.person_id, who)
    one.book()
    facts = {"person_id": two.person_id, "card_ref": two.card.ref, "department_id": "yh.d01"}
    assert booking.calendar(ports, **facts).taken == {TOMORROW: ""}


def test_two_cards_of_one_person_have_their_own_limits(ports: Ports) -> None:
    patient = Patient(ports)
    patient.book()
    patient.card = a_card(ports, patient.person_id, someone("韩梅"))
    assert patient.book(OTHER_SLOT).state == "booked"


# -- how fast ------------------------------------------------------------------------------------------------
def test_more_operations_than_hands_can_do_are_refused_until_the_minute_is_over(ports: Ports, his: FakeHis) -> None:
    patient = Patient(with_rules(ports, operations_per_minute=3))
    made = patient.book()
    patient.refusal(OTHER_SLOT)
    patient.cancel(made.ref)
    his.asked.clear()
    assert patient.refusal(key="k") == "too_fast"
    assert his.asked == []
    with clock.frozen(ports.now() + timedelta(minutes=1)):
        assert patient.book(key="k").state == "booked"


def test_the_limit_of_a_patient_holds_across_his_holders(ports: Ports) -> None:
    slow, who = with_rules(ports, patient_operations_per_minute=2), someone("李雷")
    one, two = Patient(slow), Patient(slow)
    one.card, two.card = a_card(ports, one.person_id, who), a_card(ports, two.person_id, who)
    one.book()
    two.refusal(OTHER_SLOT)
    assert two.refusal("yh.s03-20261125-0900") == "too_fast"


def test_a_cancelling_refused_for_speed_leaves_the_number_as_it_was(ports: Ports) -> None:
    patient = Patient(with_rules(ports, operations_per_minute=1))
    made = patient.book()
    with pytest.raises(Refused) as failure:
        patient.cancel(made.ref)
    assert (failure.value.code, states(ports)) == ("too_fast", ["booked"])


def test_counted_operations_are_forgotten(ports: Ports) -> None:
    Patient(ports).book()
    assert operations.forget(ports) == 0
    with clock.frozen(ports.now() + timedelta(hours=2)):
        assert operations.forget(ports) == 2
    with ports.transaction() as session:
        assert session.scalars(sa.select(Operation.id)).all() == []


# -- races, on PostgreSQL ------------------------------------------------------------------------------------
CROWD = 24  # three doctors, four days, morning and afternoon: each asks for a half day of its own


def _crowd_in_one_week(ports: Ports) -> Counter[str]:
    """Many requests at once for one patient, each for a place of its own, all in one week."""
    fast = with_rules(ports, operations_per_minute=999, patient_operations_per_minute=999, bookings_per_week=3)
    assert isinstance(fast.his, FakeHis)
    fast.his.capacity = 99
    patient = Patient(replace(fast, rules={**fast.rules, "bookings_per_department_day": 6}))
    together(CROWD, lambda n: patient.book(f"yh.s0{1 + n % 3}-202612{1 + n // 3 % 4:02d}-{(9, 14)[n // 12]:02d}00"))
    with ports.transaction() as session:
        held = sa.select(Booking.refusal).where(Booking.state.in_(("booked", "refused")))
        return Counter(code or "booked" for code in session.scalars(held))


def _loose_week(rules: guards.Rules, patient_id: str, day: date) -> list[str | None]:
    """A week's places without names: nothing is left to decide."""
    return [None]


def test_of_many_requests_at_once_a_week_takes_no_more_than_its_number(postgres_ports: Ports) -> None:
    assert _crowd_in_one_week(postgres_ports) == {"booked": 3, "week_limit": CROWD - 3}


def test_control_without_named_places_a_week_overflows(postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "week_places", _loose_week)
    assert _crowd_in_one_week(postgres_ports) == {"booked": CROWD}


def _crowd_in_one_minute(ports: Ports) -> int:
    """How many of many operations at once of one person get through."""
    patient = Patient(with_rules(ports, operations_per_minute=5, patient_operations_per_minute=999))
    results = together(CROWD, lambda n: patient.book(f"yh.s0{1 + n % 3}-20261125-0900", key=f"k{n}"))
    return sum(not (isinstance(r, PeizhenError) and r.code == "too_fast") for r in results)


def test_of_many_operations_at_once_exactly_as_many_pass_as_the_rules_say(postgres_ports: Ports) -> None:
    assert _crowd_in_one_minute(postgres_ports) == 5


def test_control_counting_without_places_lets_more_through(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_have_counted = Meeting(CROWD)

    def counted(session: Any, name: str, most: int, **facts: Any) -> bool:
        like = sa.select(sa.func.count()).where(Operation.place.startswith(name))
        if session.scalar(like) >= most:
            return False
        all_have_counted()
        session.add(Operation(place=f"{name}|{facts['operation']}", **facts))
        return True

    monkeypatch.setattr(operations, "_take", counted)
    assert _crowd_in_one_minute(postgres_ports) == CROWD


def test_the_same_key_many_times_at_once_counts_as_one_operation(postgres_ports: Ports) -> None:
    patient = Patient(postgres_ports)
    results = together(CROWD, lambda _: patient.book(SLOT, key="same"))
    assert {r.ref for r in results} == {results[0].ref}
    with postgres_ports.transaction() as session:
        assert len(session.scalars(sa.select(Operation.id)).all()) == 2  # one of the person, one of the patient


def test_nobody_else_is_slowed_down_by_a_busy_one(ports: Ports) -> None:
    busy = with_rules(ports, operations_per_minute=1)
    first, second = Patient(busy), Patient(busy)
    first.book()
    assert first.refusal(OTHER_SLOT) == "too_fast"
    assert second.book().state == "booked"
    assert a_person(busy)
