"""Moving a number to another half hour: one step at the hospital, and never a moment without a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.errors import HisRefused, HisUnavailable, NotFound, PeizhenError, Refused
from bot.ports import Ports
from bot.services import booking, booking_asking, booking_steps, privacy
from tests.factories import NOW, FakeHis, a_person, together
from tests.services.test_booking import LATER, OTHER_SLOT, SLOT, TOMORROW, Patient, states

NEXT_DAY = "yh.s01-20261125-0900"
SAME_DAY = "yh.s01-20261124-1400"


@pytest.fixture
def patient(ports: Ports) -> Patient:
    return Patient(ports)


def move(patient: Patient, ref: str, slot_id: str = NEXT_DAY, key: str = "move") -> booking.Booking:
    return booking.reschedule(patient.ports, person_id=patient.person_id, ref=ref, slot_id=slot_id, key=key)


def refusal(patient: Patient, ref: str, slot_id: str = NEXT_DAY, key: str = "move") -> str:
    with pytest.raises(PeizhenError) as failure:
        move(patient, ref, slot_id, key)
    return failure.value.code


def places(ports: Ports) -> list[tuple[str, str | None, str | None]]:
    """(state, place of the day, place of the week) of every row, in the order they were made; without the patient."""
    with ports.transaction() as session:
        found = session.execute(sa.select(Booking.state, Booking.guard, Booking.week_guard).order_by(Booking.id))
        return [(state, *(g and g.partition("|")[2] for g in guards)) for state, *guards in found]


# -- the step ------------------------------------------------------------------------------------------------
def test_the_new_number_stands_and_the_old_place_is_free(ports: Ports, patient: Patient, his: FakeHis) -> None:
    old = patient.book()
    new = move(patient, old.ref)
    assert (new.state, new.day, new.moves) == ("booked", TOMORROW + timedelta(days=1), 1)
    assert patient.mine() == [new]
    assert (his.taken(SLOT), his.taken(NEXT_DAY)) == (0, 1)
    assert places(ports) == [
        ("moved", None, None),
        ("booked", "yh.d01|2026-11-25|0", "week|2026-11-23|0"),
    ]
    assert booking.one(ports, person_id=patient.person_id, ref=old.ref).state == "moved"
    assert privacy.verify(ports).whole


def test_within_the_same_day_the_place_of_the_day_moves_along(ports: Ports, patient: Patient) -> None:
    new = move(patient, patient.book().ref, SAME_DAY)
    assert places(ports)[1] == ("booked", "yh.d01|2026-11-24|0", "week|2026-11-23|0")
    assert patient.refusal(OTHER_SLOT) == "department_limit"
    patient.cancel(new.ref)
    assert patient.book(OTHER_SLOT).state == "booked"


def test_into_another_week_the_place_of_the_week_is_a_new_one(ports: Ports, patient: Patient) -> None:
    move(patient, patient.book().ref, "yh.s01-20261201-0900")
    assert places(ports)[1][2] == "week|2026-11-30|0"


def test_a_full_week_lets_a_number_move_within_it(ports: Ports) -> None:
    patient = Patient(replace(ports, rules={**ports.rules, "bookings_per_week": 1}))
    assert move(patient, patient.book().ref).state == "booked"
    assert places(ports)[1][2] == "week|2026-11-23|0"


def test_the_same_key_gives_the_same_new_number(patient: Patient, his: FakeHis) -> None:
    old = patient.book()
    first = move(patient, old.ref)
    assert move(patient, old.ref) == first
    assert his.asked.count("reschedule") == 1


def test_the_intention_is_committed_before_the_hospital_hears_of_it(
    ports: Ports, patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, seen, real = patient.book(), [], his.reschedule

    def watching(**facts: Any) -> Any:
        seen.append(states(ports))
        return real(**facts)

    monkeypatch.setattr(his, "reschedule", watching)
    move(patient, old.ref)
    assert seen == [["moving", "asked"]]


# -- refusals: the old number stands -----------------------------------------------------------------------------
def test_a_full_half_hour_leaves_the_old_number(ports: Ports, patient: Patient, his: FakeHis) -> None:
    his.capacity = 1
    Patient(ports).book(NEXT_DAY)
    old = patient.book()
    assert refusal(patient, old.ref) == "slot_full"
    assert refusal(patient, old.ref) == "slot_full"  # the key's first outcome
    assert [(b.ref, b.state) for b in patient.mine()] == [(old.ref, "booked")]
    assert his.taken(SLOT) == 1
    assert places(ports)[1:] == [
        ("booked", "yh.d01|2026-11-24|0", "week|2026-11-23|0"),
        ("refused", None, None),
    ]


@pytest.mark.parametrize(
    ("slot", "code"),
    [(SLOT, "same_time"), ("yh.s01-20261123-0800", "slot_past"), ("yh.sX", "not_found")],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(ports: Ports, patient: Patient, slot: str, code: str) -> None:
    old = patient.book()
    assert refusal(patient, old.ref, slot) == code
    assert states(ports) == ["booked"]


def test_a_day_with_another_number_in_the_department_is_refused(ports: Ports, patient: Patient) -> None:
    old = patient.book()
    patient.book(NEXT_DAY)
    assert refusal(patient, old.ref) == "department_limit"
    assert states(ports) == ["booked", "booked", "refused"]


def test_it_is_too_late_half_an_hour_before(ports: Ports, patient: Patient) -> None:
    old = patient.book()
    with clock.frozen(old.start - timedelta(minutes=29)):
        assert refusal(patient, old.ref) == "move_too_late"
    with clock.frozen(old.start - timedelta(minutes=30)):
        assert move(patient, old.ref).state == "booked"


def test_a_number_can_be_moved_only_so_often(ports: Ports, patient: Patient) -> None:
    made = patient.book()
    for n, day in enumerate((25, 26, 27)):
        made = move(patient, made.ref, f"yh.s01-202611{day}-0900", key=f"k{n}")
    assert refusal(patient, made.ref, SLOT, key="once more") == "move_limit"
    assert states(ports) == ["moved", "moved", "moved", "booked"]


def test_a_cancelled_or_moved_number_cannot_be_moved(patient: Patient) -> None:
    first, second = patient.book(), patient.book("yh.s03-20261124-0900")
    patient.cancel(first.ref)
    move(patient, second.ref, "yh.s03-20261125-0900", key="k")
    assert refusal(patient, first.ref, key="k1") == "not_movable"
    assert refusal(patient, second.ref, key="k2") == "not_movable"


def test_somebody_elses_number_is_not_found(ports: Ports, patient: Patient, his: FakeHis) -> None:
    old = patient.book()
    for ref in (old.ref, "b_0000000000", ""):
        with pytest.raises(NotFound):
            booking.reschedule(ports, person_id=a_person(ports), ref=ref, slot_id=NEXT_DAY, key="thief")
    assert "reschedule" not in his.asked


# -- unknown outcomes ------------------------------------------------------------------------------------------
def test_a_lost_yes_is_found_by_the_same_key(patient: Patient, his: FakeHis) -> None:
    old = patient.book()
    his.lose_answers = 1
    assert refusal(patient, old.ref) == "his_unavailable"
    assert [(b.ref, b.state) for b in patient.mine()] == [(old.ref, "moving")]  # one number, never two, never none
    assert move(patient, old.ref).state == "booked"
    assert (his.taken(SLOT), his.taken(NEXT_DAY)) == (0, 1)


def test_the_sweep_finds_a_lost_yes(ports: Ports, patient: Patient, his: FakeHis) -> None:
    old = patient.book()
    his.lose_answers = 1
    refusal(patient, old.ref)
    with clock.frozen(NOW + LATER):
        assert booking.settle_open(ports) == 1
        assert booking.settle_open(ports) == 0
    assert places(ports) == [
        ("moved", None, None),
        ("booked", "yh.d01|2026-11-25|0", "week|2026-11-23|0"),
    ]


def test_the_sweep_gives_the_old_number_back_when_nothing_arrived(
    ports: Ports, patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = patient.book()
    with monkeypatch.context() as patch:
        patch.setattr(his, "reschedule", _unavailable)
        assert refusal(patient, old.ref) == "his_unavailable"
    with clock.frozen(NOW + LATER):
        assert booking.settle_open(ports) == 1
    assert [(b.ref, b.state) for b in patient.mine()] == [(old.ref, "booked")]
    assert his.taken(SLOT) == 1
    assert move(patient, old.ref, key="again").state == "booked"


def test_a_move_on_its_way_can_neither_be_moved_nor_cancelled(patient: Patient, his: FakeHis) -> None:
    old = patient.book()
    his.lose_answers = 1
    refusal(patient, old.ref)
    assert refusal(patient, old.ref, SAME_DAY, key="other") == "not_movable"
    with pytest.raises(Refused) as failure:
        patient.cancel(old.ref)
    assert failure.value.code == "not_cancellable"


def test_a_yes_that_comes_after_our_no_is_kept_because_the_old_place_is_gone(
    ports: Ports, patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, real = patient.book(), his.reschedule

    def slow(**facts: Any) -> Any:
        with clock.frozen(NOW + LATER):
            assert booking.settle_open(ports) == 1
        assert states(ports) == ["booked", "refused"]
        return real(**facts)

    with monkeypatch.context() as patch:
        patch.setattr(his, "reschedule", slow)
        assert move(patient, old.ref).state == "booked"
    assert states(ports) == ["moved", "booked"]
    assert (his.taken(SLOT), his.taken(NEXT_DAY)) == (0, 1)


def test_a_yes_that_comes_after_the_old_number_was_cancelled_goes_back(
    ports: Ports, patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, real = patient.book(), his.reschedule

    def slow(**facts: Any) -> Any:
        answer = real(**facts)
        with clock.frozen(NOW + LATER), monkeypatch.context() as patch:
            patch.setattr(his, "appointment_by_key", lambda _key, **_: None)
            assert booking.settle_open(ports) == 1
            patient.cancel(old.ref)
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(his, "reschedule", slow)
        assert refusal(patient, old.ref) == "his_unavailable"
    assert states(ports) == ["cancelled", "cancelled"]
    assert (his.taken(SLOT), his.taken(NEXT_DAY)) == (0, 0)


def test_an_old_number_that_the_hospital_will_not_move_stands(
    patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = patient.book()
    with monkeypatch.context() as patch:
        patch.setattr(his, "reschedule", _refuse)
        assert refusal(patient, old.ref) == "not_cancellable"
    assert [b.state for b in patient.mine()] == ["booked"]


# -- races, on PostgreSQL --------------------------------------------------------------------------------------
def _many_moves(ports: Ports) -> tuple[list[str], int]:
    """States after many moves of one number at once to different days, and the places it holds at the hospital."""
    hasty = {"operations_per_minute": 999, "patient_operations_per_minute": 999}
    patient = Patient(replace(ports, rules={**ports.rules, **hasty}))
    old = patient.book()
    slots = [f"yh.s01-202611{24 + n}-1400" for n in range(6)]
    together(24, lambda n: move(patient, old.ref, slots[n % 6], key=f"k{n}"))
    his = ports.his
    assert isinstance(his, FakeHis)
    return states(ports), sum(his.taken(slot) for slot in [SLOT, *slots])


def test_of_many_moves_at_once_one_wins_and_the_patient_has_one_number(postgres_ports: Ports) -> None:
    after, held = _many_moves(postgres_ports)
    assert (sorted(after), held) == (["booked", "moved"], 1)


def test_control_without_holding_the_old_number_still_intentions_pile_up(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = booking_steps.move

    def loose(session: Any, booking_id: int, before: Any, **values: Any) -> bool:
        done = real(session, booking_id, before, **values)
        return done or values.get("state") == "moving"

    monkeypatch.setattr(booking_steps, "move", loose)
    monkeypatch.setattr(booking_asking, "MOVABLE", frozenset({"booked", "moving", "moved"}))
    after, _held = _many_moves(postgres_ports)
    assert len(after) > 2


def test_cancelling_and_moving_at_once_end_in_one_of_the_two(postgres_ports: Ports) -> None:
    patient = Patient(postgres_ports)
    old = patient.book()
    together(2, lambda n: patient.cancel(old.ref) if n else move(patient, old.ref))
    his = postgres_ports.his
    assert isinstance(his, FakeHis)
    assert (states(postgres_ports), his.taken(NEXT_DAY)) in [(["cancelled"], 0), (["moved", "booked"], 1)]
    assert his.taken(SLOT) == 0


def test_the_sweep_and_a_repeated_call_settle_a_move_once(postgres_ports: Ports) -> None:
    patient = Patient(postgres_ports)
    old = patient.book()
    his = postgres_ports.his
    assert isinstance(his, FakeHis)
    his.lose_answers = 1
    refusal(patient, old.ref)
    with clock.frozen(NOW + LATER):
        settled = together(10, lambda n: booking.settle_open(postgres_ports) if n % 2 else move(patient, old.ref))
    assert not [result for result in settled if isinstance(result, Exception)]
    with postgres_ports.transaction() as session:
        moved = session.scalar(sa.text("SELECT count(*) FROM audit WHERE action = 'booking.move'"))
    assert (states(postgres_ports), moved) == (["moved", "booked"], 1)


def _unavailable(**_: Any) -> Any:
    raise HisUnavailable


def _refuse(**_: Any) -> Any:
    raise HisRefused("not_cancellable")
