"""Checking in, being called and not there, and finding back into the queue; for every adapter."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded import EmbeddedHis, arrivals, tables
from bot.his.embedded.arrivals import PLACES_BACK
from bot.his.port import Appointment, QueueState
from tests.contracts.conftest import MONDAY, NOW, World

SOON = timedelta(minutes=1)
LATER = timedelta(minutes=30)


def _refused(code: str) -> pytest.RaisesContext[HisRefused]:
    return pytest.raises(HisRefused, match=f"^{code}$")


def _book(world: World, key: str = "b") -> Appointment:
    """A number of this morning, in a half day whose queue is long."""
    waiting = {each.id: each.waiting for each in world.his.sessions(MONDAY) if each.start <= NOW}
    slots = [s for s in world.his.slots(first=MONDAY, last=MONDAY) if s.left and s.session_id in waiting]
    slot = max(slots, key=lambda each: (waiting[each.session_id], -each.start.timestamp()))
    return world.his.book(slot_id=slot.id, patient_id=world.patient().id, key=key)


def _place(world: World, mine: Appointment) -> QueueState:
    return world.his.queue(mine.id)


def _call_until_called(world: World, mine: Appointment) -> None:
    for step in range(60):
        if _place(world, mine).state == "called":
            return
        world.his.call_next(session_id=mine.session_id, key=f"step-{step}")
    raise AssertionError("never called")


def _missed(world: World) -> Appointment:
    mine = _book(world)
    _call_until_called(world, mine)
    world.his.miss(session_id=mine.session_id, key="miss")
    return mine


def test_who_checks_in_waits_and_keeps_his_place(world: World) -> None:
    mine = _book(world)
    before = _place(world, mine)
    assert (before.state, before.arrived) == ("booked", False)
    after = world.his.check_in(appointment_id=mine.id, key="here")
    assert (after.state, after.arrived, after.ahead) == ("waiting", True, before.ahead)
    assert _place(world, mine) == after
    assert next(a.state for a in world.his.appointments(mine.patient_id) if a.id == mine.id) == "waiting"


def test_checking_in_twice_changes_nothing(world: World) -> None:
    mine = _book(world)
    first = world.his.check_in(appointment_id=mine.id, key="here")
    assert world.his.check_in(appointment_id=mine.id, key="here") == first
    assert world.his.check_in(appointment_id=mine.id, key="here-again") == first


def test_one_key_checks_in_one_appointment(world: World) -> None:
    mine, other = _book(world), _book(world, "b2")
    world.his.check_in(appointment_id=mine.id, key="here")
    with _refused("conflict"):
        world.his.check_in(appointment_id=other.id, key="here")
    assert not _place(world, other).arrived


def test_another_day_is_not_today_and_hours_before_is_too_early(world: World) -> None:
    tomorrow = world.his.book(slot_id=world.free().id, patient_id=world.patient().id, key="b1")
    with _refused("not_today"):
        world.his.check_in(appointment_id=tomorrow.id, key="i1")
    slots = world.his.slots(first=MONDAY, last=MONDAY)
    late = next(s for s in slots if s.left and s.start > NOW + timedelta(hours=5))
    evening = world.his.book(slot_id=late.id, patient_id=world.patient().id, key="b2")
    with _refused("too_early"):
        world.his.check_in(appointment_id=evening.id, key="i2")
    with clock.frozen(NOW + timedelta(days=1)), _refused("not_today"):
        world.his.check_in(appointment_id=evening.id, key="i3")


def test_what_is_not_in_the_queue_cannot_be_checked_in(world: World) -> None:
    with _refused("not_found"):
        world.his.check_in(appointment_id="yh.a-nothing", key="i1")
    gone = _book(world)
    world.his.cancel(appointment_id=gone.id, key="c")
    with _refused("not_queued"):
        world.his.check_in(appointment_id=gone.id, key="i2")
    seen = _book(world, "b2")
    _call_until_called(world, seen)
    world.his.call_next(session_id=seen.session_id, key="out")
    with _refused("not_queued"):
        world.his.check_in(appointment_id=seen.id, key="i3")


def test_who_is_called_and_comes_now_goes_in(world: World) -> None:
    mine = _book(world)
    _call_until_called(world, mine)
    assert not _place(world, mine).arrived
    here = world.his.check_in(appointment_id=mine.id, key="here")
    assert (here.state, here.arrived, here.ahead) == ("called", True, 0)


def test_a_called_number_that_nobody_answers_to_is_missed_and_the_next_is_called(world: World) -> None:
    mine = _book(world)
    _call_until_called(world, mine)
    waiting = next(s.waiting for s in world.his.sessions(MONDAY) if s.id == mine.session_id)
    after = world.his.miss(session_id=mine.session_id, key="m1")
    assert (after.waiting, after.calling != mine.number) == (waiting - 1, True)
    place = _place(world, mine)
    assert (place.state, place.ahead, place.minutes_low, place.minutes_high) == ("missed", 0, 0, 0)
    assert world.his.miss(session_id=mine.session_id, key="m1") == after


def test_the_hospital_says_until_when_one_may_come_and_takes_nobody_later(world: World) -> None:
    mine, other = _book(world), _book(world, "b2")
    until = _place(world, mine).check_in_until
    assert until is not None
    assert until > mine.start
    with clock.frozen(until):
        assert world.his.check_in(appointment_id=mine.id, key="here").check_in_until is None
    with clock.frozen(until + SOON):
        with _refused("too_late"):
            world.his.check_in(appointment_id=other.id, key="late")
        assert world.his.check_in(appointment_id=mine.id, key="here").arrived


def test_a_missed_patient_has_until_the_same_moment_to_come_back(world: World) -> None:
    mine = _missed(world)
    until = _place(world, mine).check_in_until
    assert until is not None
    with clock.frozen(until + SOON), _refused("too_late"):
        world.his.check_in(appointment_id=mine.id, key="late")


def test_a_missed_patient_who_reports_is_put_back_behind_the_next(world: World) -> None:
    mine = _missed(world)
    with clock.frozen(mine.start + LATER):  # those of the next half hour wait at the door
        back = world.his.check_in(appointment_id=mine.id, key="back")
        waiting = next(s.waiting for s in world.his.sessions(MONDAY) if s.id == mine.session_id) - 1
        assert waiting >= PLACES_BACK
        assert (back.state, back.arrived, back.ahead) == ("waiting", True, PLACES_BACK)
        assert world.his.check_in(appointment_id=mine.id, key="back").ahead == PLACES_BACK
        for step in range(PLACES_BACK):
            world.his.call_next(session_id=mine.session_id, key=f"more-{step}")
            assert _place(world, mine).ahead == PLACES_BACK - 1 - step
        called = world.his.call_next(session_id=mine.session_id, key="mine")
        assert (called.calling, _place(world, mine).state) == (mine.number, "called")


def test_two_who_missed_come_back_in_the_order_in_which_they_report(world: World) -> None:
    first, second = _book(world), _book(world, "b2")
    for mine in (first, second):
        _call_until_called(world, mine)
        world.his.miss(session_id=mine.session_id, key=f"miss-{mine.id}")
    with clock.frozen(second.start + LATER):
        assert world.his.check_in(appointment_id=second.id, key="i1").ahead == PLACES_BACK
        assert world.his.check_in(appointment_id=first.id, key="i2").ahead == PLACES_BACK + 1


def test_who_missed_his_call_does_not_come_back_to_a_clinic_that_was_called_off(world: World) -> None:
    mine = _missed(world)
    world.his.close_session(session_id=mine.session_id, key="off")
    with _refused("not_queued"):
        world.his.check_in(appointment_id=mine.id, key="back")
    assert _place(world, mine).state == "missed"


def test_missing_again_and_reporting_again_is_possible(world: World) -> None:
    mine = _missed(world)
    world.his.check_in(appointment_id=mine.id, key="back")
    for step in range(60):
        if _place(world, mine).state == "called":
            break
        world.his.call_next(session_id=mine.session_id, key=f"on-{step}")
    world.his.miss(session_id=mine.session_id, key="miss-again")
    assert world.his.check_in(appointment_id=mine.id, key="back").state == "missed"  # the first check-in, repeated
    assert world.his.check_in(appointment_id=mine.id, key="back-again").state == "waiting"


def test_a_key_stands_for_one_act(world: World) -> None:
    mine = _book(world)
    world.his.call_next(session_id=mine.session_id, key="k")
    with _refused("conflict"):
        world.his.miss(session_id=mine.session_id, key="k")
    with _refused("not_found"):
        world.his.miss(session_id="yh.s-nowhere", key="k2")


def test_the_moments_of_the_calls_are_told_in_order(world: World) -> None:
    mine = _book(world)
    before = world.his.calls(session_id=mine.session_id)
    assert len(before) > 3  # this morning's
    with clock.frozen(NOW + SOON):
        world.his.call_next(session_id=mine.session_id, key="n1")
    with clock.frozen(NOW + 2 * SOON):
        world.his.miss(session_id=mine.session_id, key="n2")
    assert world.his.calls(session_id=mine.session_id) == [*before, NOW + SOON, NOW + 2 * SOON]
    tomorrow = world.his.sessions(MONDAY + timedelta(days=1))[0]
    assert world.his.calls(session_id=tomorrow.id) == []
    with _refused("not_found"):
        world.his.calls(session_id="yh.s-nowhere")


def test_checking_in_at_once_puts_back_once(world: World) -> None:
    mine = _missed(world)
    with ThreadPoolExecutor(8) as pool, clock.frozen(mine.start + LATER):
        jobs = [pool.submit(world.his.check_in, appointment_id=mine.id, key=f"i{n % 3}") for n in range(8)]
        places = {job.result().ahead for job in jobs}
    assert places == {PLACES_BACK}


# --- A call and a check-in at the same moment, on PostgreSQL


@pytest.fixture
def two_back(postgres_office: EmbeddedHis) -> Iterator[tuple[World, list[Appointment]]]:
    """Two patients of one half day who both missed their call."""
    world = World(postgres_office, postgres_office)
    both = [_book(world), _book(world, "b2")]
    for mine in both:
        _call_until_called(world, mine)
        world.his.miss(session_id=mine.session_id, key=f"miss-{mine.id}")
    with clock.frozen(both[1].start + LATER):
        yield world, both


def _turns_after_reporting_together(world: World, both: list[Appointment]) -> list[int]:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda mine: world.his.check_in(appointment_id=mine.id, key=mine.id), both))
    turns = sa.select(tables.appointment.c.turn).where(tables.appointment.c.id.in_([mine.id for mine in both]))
    with world.office.database.reading() as connection:
        return list(connection.execute(turns).scalars())


def test_two_who_report_at_once_get_two_turns(two_back: tuple[World, list[Appointment]]) -> None:
    assert len(set(_turns_after_reporting_together(*two_back))) == 2


def test_control_without_the_half_days_lock_they_share_one(
    two_back: tuple[World, list[Appointment]], monkeypatch: pytest.MonkeyPatch
) -> None:
    together, real = threading.Barrier(2), arrivals._turn_back

    def unlocked(connection: sa.engine.Connection, appointment_id: str) -> object:
        return connection.execute(sa.select(tables.appointment).where(tables.appointment.c.id == appointment_id)).one()

    def both_have_looked(connection, mine, now):
        turn = real(connection, mine, now)
        together.wait(timeout=20)
        return turn

    monkeypatch.setattr(arrivals, "_held", unlocked)
    monkeypatch.setattr(arrivals, "_turn_back", both_have_looked)
    assert len(set(_turns_after_reporting_together(*two_back))) == 1
