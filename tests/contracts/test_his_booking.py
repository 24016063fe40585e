"""What every adapter must do with held, moved, stopped and missed numbers, shares, and news of the hospital."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded import tables
from bot.his.port import Appointment, Change, Slot
from tests.contracts.conftest import MONDAY, NOW, World

TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)
MINUTE = timedelta(minutes=1)


def _refused(code: str) -> pytest.RaisesContext[HisRefused]:
    return pytest.raises(HisRefused, match=f"^{code}$")


def _book(world: World, slot: Slot, key: str = "b1") -> Appointment:
    return world.his.book(slot_id=slot.id, patient_id=world.patient().id, key=key)


def _hold(world: World, slot: Slot, key: str = "h1", minutes: int = 10) -> Appointment:
    return world.his.hold(slot_id=slot.id, patient_id=world.patient().id, key=key, minutes=minutes)


def stock_agrees(world: World) -> bool:
    """Every slot has as many places taken, and of WeChat's share, as there are appointments that use them."""
    active = sa.and_(tables.appointment.c.slot_id == tables.slot.c.id, tables.appointment.c.active == 1)
    count = sa.select(sa.func.count())
    taken = count.where(active).scalar_subquery()
    shared = count.where(active, tables.appointment.c.door == "wechat").scalar_subquery()
    wrong = sa.or_(tables.slot.c.taken != taken, tables.slot.c.share_taken != shared)
    with world.office.database.reading() as connection:
        return connection.execute(sa.select(tables.slot.c.id).where(wrong)).first() is None


# --- Holding


def test_a_held_place_is_taken_until_its_time_and_booked_once_confirmed(world: World) -> None:
    slot = world.free()
    held = _hold(world, slot)
    assert (held.state, held.hold_until) == ("held", NOW + 10 * MINUTE)
    assert world.his.slot(slot.id).left == slot.left - 1
    with clock.frozen(NOW + 9 * MINUTE):
        booked = world.his.confirm(appointment_id=held.id, key="f1")
        assert booked == replace(held, state="booked", hold_until=None)
    with clock.frozen(NOW + 11 * MINUTE):
        assert world.his.confirm(appointment_id=held.id, key="f2") == booked
        assert world.his.appointment(held.id) == booked
        assert world.his.slot(slot.id).left == slot.left - 1
    assert stock_agrees(world)


def test_the_same_key_holds_once_and_does_not_begin_the_minutes_anew(world: World) -> None:
    slot, patient = world.free(left=2), world.patient()
    first = world.his.hold(slot_id=slot.id, patient_id=patient.id, key="h1", minutes=10)
    with clock.frozen(NOW + 5 * MINUTE):
        assert world.his.hold(slot_id=slot.id, patient_id=patient.id, key="h1", minutes=10) == first
    assert world.his.appointment_by_key("h1") == first
    assert world.his.slot(slot.id).left == slot.left - 1
    with _refused("conflict"):
        world.his.book(slot_id=slot.id, patient_id=patient.id, key="h1")


def test_a_lapsed_hold_is_cancelled_and_its_place_free_without_anybodys_doing(world: World) -> None:
    slot = world.free()
    held = _hold(world, slot)
    with clock.frozen(NOW + 10 * MINUTE):
        assert world.his.appointment(held.id) == replace(held, state="cancelled", hold_until=None)
        assert world.his.slot(slot.id).left == slot.left
        with _refused("hold_lapsed"):
            world.his.confirm(appointment_id=held.id, key="f1")
        assert world.his.cancel(appointment_id=held.id, key="c1").state == "cancelled"
        assert world.his.slot(slot.id).left == slot.left


def test_the_last_place_of_a_lapsed_hold_goes_to_who_asks_next(world: World) -> None:
    slot = world.free()
    held = [_hold(world, slot, key=f"h{count}") for count in range(slot.left)]
    other = world.patient()
    with _refused("slot_full"):
        world.his.book(slot_id=slot.id, patient_id=other.id, key="b1")
    with clock.frozen(NOW + 10 * MINUTE):
        won = world.his.book(slot_id=slot.id, patient_id=other.id, key="b2")
        assert won.number in {each.number for each in held}
        assert world.his.slot(slot.id).left == slot.left - 1
        with _refused("hold_lapsed"):
            world.his.confirm(appointment_id=held[0].id, key="f1")
    assert stock_agrees(world)


def test_a_lapsed_hold_does_not_use_up_the_patients_one_number_of_the_day(world: World) -> None:
    slot, patient = world.free(), world.patient()
    world.his.hold(slot_id=slot.id, patient_id=patient.id, key="h1", minutes=10)
    elsewhere = next(
        s
        for s in world.his.slots(first=TUESDAY, last=TUESDAY, department_id=slot.department_id)
        if s.left and s.id != slot.id
    )
    with _refused("already_booked"):
        world.his.hold(slot_id=elsewhere.id, patient_id=patient.id, key="h2", minutes=10)
    with clock.frozen(NOW + 10 * MINUTE):
        held = world.his.hold(slot_id=elsewhere.id, patient_id=patient.id, key="h3", minutes=10)
        assert held.state == "held"
    assert stock_agrees(world)


def test_holds_are_refused_as_bookings_are(world: World) -> None:
    full = next(slot for slot in world.his.slots(first=TUESDAY, last=TUESDAY) if slot.left == 0)
    soon = world.free(day=MONDAY)
    with _refused("slot_full"):
        _hold(world, full)
    with clock.frozen(soon.start), _refused("slot_past"):
        _hold(world, soon, key="h2")
    with _refused("not_found"):
        world.his.hold(slot_id="yh.t-nowhere", patient_id=world.patient().id, key="h3", minutes=5)
    with _refused("not_found"):
        world.his.confirm(appointment_id="yh.a-nothing", key="f1")
    with _refused("not_found"):
        world.his.appointment("yh.a-nothing")


def test_a_held_place_can_be_given_back_and_not_confirmed_after(world: World) -> None:
    slot = world.free()
    held = _hold(world, slot)
    assert world.his.cancel(appointment_id=held.id, key="c1").state == "cancelled"
    assert world.his.slot(slot.id).left == slot.left
    with _refused("hold_lapsed"):
        world.his.confirm(appointment_id=held.id, key="f1")
    assert stock_agrees(world)


def test_the_hospital_gives_lapsed_places_back_by_itself(world: World) -> None:
    slots = [world.free(), world.free(day=WEDNESDAY)]
    held = [_hold(world, slot, key=slot.id) for slot in slots]
    assert world.office.release_lapsed() == 0
    with clock.frozen(NOW + 10 * MINUTE):
        assert world.office.release_lapsed() == 2
        assert world.office.release_lapsed() == 0
        assert {change.subject_id for change in world.his.changes(since=clock.now())} == {each.id for each in held}
    assert stock_agrees(world)


# --- Moving to another half hour


def test_a_moved_number_has_one_place_before_and_one_after(world: World) -> None:
    old, new = world.free(), world.free(day=WEDNESDAY)
    mine = _book(world, old)
    moved = world.his.reschedule(appointment_id=mine.id, slot_id=new.id, key="m1")
    assert (moved.slot_id, moved.patient_id, moved.key, moved.state) == (new.id, mine.patient_id, "m1", "booked")
    assert moved.id != mine.id
    assert world.his.reschedule(appointment_id=mine.id, slot_id=new.id, key="m1") == moved
    assert world.his.appointment(mine.id).state == "cancelled"
    assert world.his.slot(old.id).left == old.left
    assert world.his.slot(new.id).left == new.left - 1
    assert world.his.appointment_by_key("m1") == moved
    assert stock_agrees(world)


def test_moving_within_the_day_is_not_booking_twice(world: World) -> None:
    old = world.free()
    mine = _book(world, old)
    same_day = world.his.slots(first=TUESDAY, last=TUESDAY, department_id=old.department_id)
    new = next(slot for slot in same_day if slot.left and slot.id != old.id)
    moved = world.his.reschedule(appointment_id=mine.id, slot_id=new.id, key="m1")
    assert [each.state for each in world.his.appointments(mine.patient_id)].count("booked") == 1
    assert moved.day == mine.day
    assert stock_agrees(world)


def test_a_refused_move_changes_nothing(world: World) -> None:
    old = world.free()
    mine = _book(world, old)
    wednesday = world.his.slots(first=WEDNESDAY, last=WEDNESDAY)
    full = next(slot for slot in wednesday if slot.left == 0 and slot.department_id != old.department_id)
    closed = world.free(day=WEDNESDAY)
    world.his.close_session(session_id=closed.session_id, key="s1")
    taken = world.free(day=WEDNESDAY, department_id=old.department_id)
    other = world.free(day=WEDNESDAY + timedelta(days=1), department_id=old.department_id)
    world.his.book(slot_id=taken.id, patient_id=mine.patient_id, key="b2")
    again = next(
        s
        for s in world.his.slots(first=WEDNESDAY, last=WEDNESDAY, department_id=old.department_id)
        if s.left and s.id != taken.id
    )
    for slot_id, code in (
        (full.id, "slot_full"),
        (closed.id, "slot_closed"),
        (old.id, "already_booked"),
        (again.id, "already_booked"),
        ("yh.t-nowhere", "not_found"),
    ):
        with _refused(code):
            world.his.reschedule(appointment_id=mine.id, slot_id=slot_id, key=f"m-{code}-{slot_id}")
        assert world.his.appointment(mine.id) == mine
    with _refused("conflict"):
        world.his.reschedule(appointment_id=mine.id, slot_id=other.id, key="b2")
    assert world.his.slot(old.id).left == old.left - 1
    assert stock_agrees(world)


def test_what_has_begun_is_held_or_is_gone_cannot_be_moved(world: World) -> None:
    slot, new = world.free(day=MONDAY), world.free(day=WEDNESDAY, left=2)
    begun, held = _book(world, slot), _hold(world, world.free(), key="h1")
    gone = _book(world, world.free(), key="b2")
    world.his.cancel(appointment_id=gone.id, key="c1")
    with clock.frozen(slot.start), _refused("not_cancellable"):
        world.his.reschedule(appointment_id=begun.id, slot_id=new.id, key="m1")
    for each in (held, gone):
        with _refused("not_cancellable"):
            world.his.reschedule(appointment_id=each.id, slot_id=new.id, key=f"m-{each.id}")
    with _refused("not_found"):
        world.his.reschedule(appointment_id="yh.a-nothing", slot_id=new.id, key="m2")


# --- A clinic called off


def test_a_clinic_called_off_stops_who_was_to_come_and_frees_their_day(world: World) -> None:
    slot = world.free(left=2)
    booked, held = _book(world, slot), _hold(world, slot)
    shut = world.his.close_session(session_id=slot.session_id, key="s1")
    assert (shut.id, shut.closed, shut.waiting) == (slot.session_id, True, 0)
    assert world.his.close_session(session_id=slot.session_id, key="s1") == shut
    assert world.his.close_session(session_id=slot.session_id, key="s2") == shut
    assert {world.his.appointment(each.id).state for each in (booked, held)} == {"stopped"}
    assert world.his.slot(slot.id).left == 0
    with _refused("hold_lapsed"):
        world.his.confirm(appointment_id=held.id, key="f1")
    with _refused("slot_closed"):
        world.his.call_next(session_id=slot.session_id, key="n1")
    other = world.free(department_id=slot.department_id)
    assert world.his.book(slot_id=other.id, patient_id=booked.patient_id, key="b2").state == "booked"
    assert stock_agrees(world)


def test_a_stopped_number_can_be_moved_at_any_time_or_put_aside(world: World) -> None:
    slot, new = world.free(day=MONDAY, left=2), world.free()
    one, two = _book(world, slot), _book(world, slot, key="b2")
    world.his.close_session(session_id=slot.session_id, key="s1")
    with clock.frozen(slot.end):
        moved = world.his.reschedule(appointment_id=one.id, slot_id=new.id, key="m1")
        assert (moved.state, world.his.appointment(one.id).state) == ("booked", "cancelled")
        assert world.his.cancel(appointment_id=two.id, key="c1").state == "cancelled"
    assert world.his.slot(new.id).left == new.left - 1
    assert stock_agrees(world)


def test_a_key_closes_one_half_day(world: World) -> None:
    one, two = world.his.sessions(TUESDAY)[:2]
    world.his.close_session(session_id=one.id, key="s1")
    with _refused("conflict"):
        world.his.close_session(session_id=two.id, key="s1")
    with _refused("not_found"):
        world.his.close_session(session_id="yh.s-nowhere", key="s2")


# --- Shares


def test_the_window_and_wechat_sell_each_their_own_places(world: World) -> None:
    offered = world.his.slots(first=TUESDAY, last=TUESDAY)
    assert all(slot.left <= slot.share < slot.capacity for slot in offered)
    assert all(0.6 <= slot.share / slot.capacity <= 0.8 for slot in offered)
    slot = max(offered, key=lambda each: each.left)
    for count in range(slot.left):
        _book(world, slot, key=f"b{count}")
    with _refused("slot_full"):
        _book(world, slot, key="one-more")
    before = _taken(world, slot)
    sold = 0
    with _refused("slot_full"):
        for count in range(slot.capacity + 1):
            patient = world.patient().id
            world.office.sell_at_the_desk(slot_id=slot.id, patient_id=patient, key=f"w{count}")
            sold += 1
    assert before + sold == slot.capacity
    assert stock_agrees(world)


def test_a_place_goes_back_to_the_door_that_sold_it(world: World) -> None:
    slot = next(
        each
        for each in world.his.slots(first=TUESDAY, last=TUESDAY)
        if each.left == each.share and _taken(world, each) < each.capacity - each.share
    )
    sold = world.office.sell_at_the_desk(slot_id=slot.id, patient_id=world.patient().id, key="w1")
    assert world.his.slot(slot.id).left == slot.left
    world.office.cancel_at_the_desk(sold.id)
    assert world.his.slot(slot.id).left == slot.left
    assert stock_agrees(world)


def _taken(world: World, slot: Slot) -> int:
    with world.office.database.reading() as connection:
        query = sa.select(tables.slot.c.taken).where(tables.slot.c.id == slot.id)
        return int(connection.execute(query).scalar_one())


# --- Who came, who did not


def test_who_was_not_called_has_missed_it_when_the_half_day_is_over(world: World) -> None:
    slot = next(s for s in world.his.slots(first=MONDAY, last=MONDAY) if clock.local(s.start).hour == 15 and s.left)
    mine = _book(world, slot)
    end = next(each.end for each in world.his.sessions(MONDAY) if each.id == slot.session_id)
    with clock.frozen(end - MINUTE):
        assert world.his.appointment(mine.id).state == "booked"
    with clock.frozen(end):
        assert world.his.appointment(mine.id).state == "missed"
        assert world.his.appointments(mine.patient_id)[0].state == "missed"
        assert world.his.queue(mine.id).state == "missed"
        told = [change for change in world.his.changes(since=end) if change.subject_id == mine.id]
        assert [(change.at, change.kind, change.patient_id) for change in told] == [
            (end, "appointment", mine.patient_id)
        ]
        with _refused("not_cancellable"):
            world.his.cancel(appointment_id=mine.id, key="c1")


def test_nobody_has_missed_a_half_day_that_runs_late(world: World) -> None:
    others = {each.id: each for each in world.his.sessions(MONDAY) if each.waiting > 2}
    afternoon = world.his.slots(first=MONDAY, last=MONDAY)
    slot = next(s for s in afternoon if clock.local(s.start).hour == 16 and s.left and s.session_id in others)
    mine, end = _book(world, slot), others[slot.session_id].end
    with clock.frozen(end - MINUTE):
        assert world.his.call_next(session_id=slot.session_id, key="n1").calling != mine.number
    with clock.frozen(end + 28 * MINUTE):
        assert world.his.appointment(mine.id).state == "booked"
    with clock.frozen(end + 29 * MINUTE):
        assert world.his.appointment(mine.id).state == "missed"


# --- What happened at the hospital


def _told(world: World, subject_id: str) -> list[Change]:
    return [change for change in world.his.changes(since=NOW) if change.subject_id == subject_id]


def test_the_desks_doings_are_told_and_our_own_are_not(world: World) -> None:
    slot = world.free(left=2)
    mine, other = _book(world, slot), _book(world, slot, key="b2")
    world.his.cancel(appointment_id=mine.id, key="c1")
    assert _told(world, mine.id) == []
    moment = NOW + timedelta(minutes=3, microseconds=123456)
    with clock.frozen(moment):
        world.office.cancel_at_the_desk(other.id)
        world.office.correct_patient(other.patient_id, name="改名", phone="13900002222")
        desk, person = _told(world, other.id), _told(world, other.patient_id)
        assert world.his.changes(since=moment) == [*desk, *person]
        assert world.his.changes(since=moment + timedelta(microseconds=1)) == []
        assert (world.his.patient(other.patient_id).name, world.his.appointment(other.id).state) == (
            "改名",
            "cancelled",
        )
    assert [(each.at, each.kind, each.patient_id) for each in desk] == [(moment, "appointment", other.patient_id)]
    assert [(each.at, each.kind, each.patient_id) for each in person] == [(moment, "patient", other.patient_id)]


def test_a_clinic_called_off_is_told_with_everybody_it_stops(world: World) -> None:
    slot = world.free()
    mine = _book(world, slot)
    with clock.frozen(NOW + MINUTE):
        world.his.close_session(session_id=slot.session_id, key="s1")
        news = world.his.changes(since=NOW + MINUTE)
    assert [change.kind for change in news if change.subject_id == slot.session_id] == ["session_closed"]
    assert [change.patient_id for change in news if change.subject_id == mine.id] == [mine.patient_id]
    assert [change.at for change in news] == sorted(change.at for change in news)
    assert len({change.id for change in news}) == len(news)


def test_calls_are_told_when_a_number_goes_in_and_when_it_comes_out(world: World) -> None:
    session = next(each for each in world.his.sessions(MONDAY) if each.start <= NOW < each.end and each.waiting > 2)
    with clock.frozen(NOW + MINUTE):
        world.his.call_next(session_id=session.id, key="n1")
        first = {change.subject_id for change in world.his.changes(since=NOW + MINUTE)}
    with clock.frozen(NOW + 2 * MINUTE):
        world.his.call_next(session_id=session.id, key="n2")
        second = {change.subject_id for change in world.his.changes(since=NOW + 2 * MINUTE)}
    assert len(first & second) == 1
    assert world.his.appointment(next(iter(first & second))).state == "done"
    assert {world.his.appointment(each).state for each in second - first} == {"called"}


def test_changes_reach_back_three_days_and_no_further(world: World) -> None:
    world.office.correct_patient(world.patient().id, name="改名", phone="13900002222")
    with clock.frozen(NOW + timedelta(days=3)):
        assert [each.at for each in world.his.changes(since=NOW - timedelta(days=9)) if each.kind == "patient"] == [NOW]
    with clock.frozen(NOW + timedelta(days=3, seconds=1)):
        assert not [each for each in world.his.changes(since=NOW - timedelta(days=9)) if each.kind == "patient"]
