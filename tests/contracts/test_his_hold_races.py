"""Holds that lapse while they are confirmed, and moves that cross, on PostgreSQL; without the guard they break.

The invariant after each: a slot's `taken` and `share_taken` are the appointments that use its places.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import EmbeddedHis, booking, closing, lapses, moving, stock, tables
from bot.his.embedded.booking import Wish
from bot.his.embedded.engine import Database
from bot.his.port import Appointment, Slot
from tests.contracts.conftest import MONDAY, NOW, World
from tests.contracts.test_his_booking import stock_agrees

LATER = NOW + timedelta(minutes=10)  # when the holds of these tests lapse
JUST_BEFORE = LATER - timedelta(microseconds=1)
ROUNDS = 8
WEDNESDAY = MONDAY + timedelta(days=2)


@pytest.fixture
def world(postgres_office: EmbeddedHis) -> World:
    return World(postgres_office, postgres_office)


def _together(*calls: Callable[[], Any]) -> list[Any]:
    """Run all at once; gives results or the codes of failures, in order."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return call()
        except (HisRefused, HisUnavailable) as error:
            return error.code

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(run, call) for call in calls]]


def _fill(world: World, slot: Slot, minutes: int = 10) -> list[Appointment]:
    """Hold all places of a slot that WeChat may still sell."""
    return [
        world.his.hold(slot_id=slot.id, patient_id=world.patient().id, key=f"h-{slot.id}-{place}", minutes=minutes)
        for place in range(slot.left)
    ]


def _open(world: World, count: int, day: date = MONDAY + timedelta(days=1)) -> list[Slot]:
    """Slots with places left, each in another department, so that no patient's day is in the way."""
    by_department = {slot.department_id: slot for slot in world.his.slots(first=day, last=day) if slot.left}
    return list(by_department.values())[:count]


def _active(world: World, patient_id: str) -> int:
    query = sa.select(sa.func.count()).where(
        tables.appointment.c.patient_id == patient_id,
        tables.appointment.c.active == 1,
        tables.appointment.c.key.like("race-%"),
    )
    with world.office.database.reading() as connection:
        return int(connection.execute(query).scalar_one())


def test_a_hold_is_confirmed_or_lapsed_and_never_both(world: World) -> None:
    """One clock says it still stands, others that it is over: either the payer or the next patient has the place."""
    outcomes = Counter[str]()
    for slot in _open(world, ROUNDS):
        held, other = _fill(world, slot), world.patient().id
        last = held[-1]
        confirm = _confirm(world, last.id, JUST_BEFORE)
        release = _release_at(world, LATER)
        book = _book_at(world, slot, other, f"race-{slot.id}", LATER)
        confirmed, _, booked = _together(confirm, release, book)
        outcomes["confirmed" if isinstance(confirmed, Appointment) else confirmed] += 1
        with clock.frozen(LATER):
            state = world.his.appointment(last.id).state
            assert state == ("booked" if isinstance(confirmed, Appointment) else "cancelled")
        assert isinstance(booked, Appointment) or (booked, len(held), state) == ("slot_full", 1, "booked")
        assert stock_agrees(world)
    assert set(outcomes) <= {"confirmed", "hold_lapsed"}
    assert sum(outcomes.values()) == ROUNDS


def _confirm(world: World, appointment_id: str, moment: datetime) -> Callable[[], Appointment]:
    return lambda: booking.confirm(world.office.database, appointment_id=appointment_id, now=moment)


def _book_at(world: World, slot: Slot, patient_id: str, key: str, moment: datetime) -> Callable[[], Appointment]:
    return lambda: booking.book(world.office.database, Wish("book", slot.id, key, patient_id), now=moment)


def _release_at(world: World, moment: datetime) -> Callable[[], int]:
    return lambda: lapses.release_all(world.office.database, now=moment)


def test_lapsed_places_are_given_back_once_however_many_ask(world: World) -> None:
    slot = world.free(left=3)
    held = _fill(world, slot)
    others = [world.patient().id for _ in range(20)]
    asks = [_book_at(world, slot, who, f"race-{who}", LATER) for who in others]
    results = _together(*asks, *[_release_at(world, LATER)] * 4)
    won = [each for each in results if isinstance(each, Appointment)]
    assert len(won) == len(held)
    assert Counter(each for each in results if isinstance(each, str)) == {"slot_full": len(others) - len(held)}
    assert stock_agrees(world)


def test_control_without_the_condition_a_lapse_undoes_what_was_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same release as beginners write it: look for lapsed holds, then end them by id."""
    slot = world.free()
    held = _fill(world, slot)[-1]
    looked, confirmed = threading.Event(), threading.Event()

    def end_by_id(connection: Connection, appointment_id: str, now: datetime) -> bool:
        looked.set()
        assert confirmed.wait(20)
        ending = sa.update(tables.appointment).where(tables.appointment.c.id == appointment_id)
        return connection.execute(ending.values(state="cancelled", active=None, cancelled_at=now)).rowcount == 1

    def confirm() -> Any:
        assert looked.wait(20)
        try:
            return booking.confirm(world.office.database, appointment_id=held.id, now=JUST_BEFORE)
        finally:
            confirmed.set()

    monkeypatch.setattr(lapses, "_end", end_by_id)
    paid, _ = _together(confirm, _release_at(world, LATER))
    assert paid.state == "booked"
    assert world.his.appointment(held.id).state == "cancelled"  # paid, and the place is gone


# --- Moves


def _move(world: World, mine: Appointment, slot: Slot) -> Callable[[], Appointment]:
    return lambda: world.his.reschedule(appointment_id=mine.id, slot_id=slot.id, key=f"race-{mine.id}-{slot.id}")


def _with_one_left(world: World, slot: Slot) -> Slot:
    for place in range(slot.left - 1):
        world.his.book(slot_id=slot.id, patient_id=world.patient().id, key=f"f-{slot.id}-{place}")
    return world.his.slot(slot.id)


def test_two_after_one_place_keep_one_place_each(world: World) -> None:
    old, *wanted = _open(world, ROUNDS + 1)
    for target in wanted:
        last = _with_one_left(world, target)
        assert last.left == 1
        day = MONDAY + timedelta(days=3)
        mine = [
            world.his.book(slot_id=slot.id, patient_id=world.patient().id, key=f"race-{target.id}-{place}")
            for place, slot in enumerate(_open(world, 2, day))
        ]
        results = _together(*(_move(world, each, last) for each in mine))
        assert sorted(type(each).__name__ for each in results) == ["Appointment", "str"]
        assert "slot_full" in results
        assert [_active(world, each.patient_id) for each in mine] == [1, 1]
        assert world.his.slot(target.id).left == 0
    assert world.his.slot(old.id) == old
    assert stock_agrees(world)


def test_crossing_moves_never_wait_for_each_other_in_a_circle(world: World) -> None:
    """Twenty go from here to there while twenty go from there to here: nobody is lost, nothing is unavailable."""
    one, two = (world.office.add_doctor(name=name, department_id=d.id) for name, d in _two_departments(world))
    here, there = (world.his.slots(first=WEDNESDAY, last=WEDNESDAY, doctor_id=each.id)[:4] for each in (one, two))
    mine = [
        (world.his.book(slot_id=a.id, patient_id=world.patient().id, key=f"race-{a.id}-{n}"), b)
        for a, b in [*zip(here, there, strict=True), *zip(there, here, strict=True)]
        for n in range(5)
    ]
    results = _together(*(_move(world, each, to) for each, to in mine))
    assert {type(each) for each in results} <= {Appointment, str}
    assert {each for each in results if isinstance(each, str)} <= {"slot_full"}
    assert {_active(world, each.patient_id) for each, _ in mine} == {1}
    assert stock_agrees(world)


def _two_departments(world: World) -> list[tuple[str, Any]]:
    return list(zip(("司马新", "欧阳旧"), world.his.departments()[:2], strict=True))


def test_control_without_one_transaction_a_refused_move_loses_the_old_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same move as two calls, give back and book: who comes second has nothing left."""
    target = _with_one_left(world, _open(world, 2)[1])
    slots = _open(world, 2, MONDAY + timedelta(days=3))
    mine = [
        world.his.book(slot_id=slot.id, patient_id=world.patient().id, key=f"race-{n}") for n, slot in enumerate(slots)
    ]

    def cancel_then_book(database: Any, *, appointment_id: str, slot_id: str, key: str, now: datetime) -> Appointment:
        old = booking.cancel(database, appointment_id=appointment_id, now=now)
        return booking.book(database, Wish("book", slot_id, key, old.patient_id), now=now)

    monkeypatch.setattr(moving, "reschedule", cancel_then_book)
    _together(*(_move(world, each, target) for each in mine))
    assert sorted(_active(world, each.patient_id) for each in mine) == [0, 1]


# --- A clinic called off while it is booked


def test_nobody_keeps_a_place_in_a_clinic_that_was_called_off_meanwhile(world: World) -> None:
    slot = world.free(left=3)
    mine = world.his.book(slot_id=slot.id, patient_id=world.patient().id, key="race-mine")
    other = world.free(day=WEDNESDAY)
    asks = [_book_at(world, slot, world.patient().id, f"race-{n}", NOW) for n in range(10)]
    close = _closing(world, slot)
    results = _together(*asks, close, close, _move(world, mine, other))
    assert {each for each in results if isinstance(each, str)} <= {"slot_closed", "slot_full"}
    assert _standing(world, slot) == 0
    assert _active(world, mine.patient_id) == 1
    assert stock_agrees(world)


def _closing(world: World, slot: Slot) -> Callable[[], Any]:
    return lambda: world.his.close_session(session_id=slot.session_id, key="s1")


def _standing(world: World, slot: Slot) -> int:
    query = sa.select(sa.func.count()).where(
        tables.appointment.c.session_id == slot.session_id,
        tables.appointment.c.state.in_(("held", "booked", "waiting")),
    )
    with world.office.database.reading() as connection:
        return int(connection.execute(query).scalar_one())


def _taken_after_closing(world: World, monkeypatch: pytest.MonkeyPatch, take: Callable[..., int]) -> tuple[Any, int]:
    """Somebody looks, the clinic is called off, then he takes: his answer, and how many stand in that clinic."""
    slot, who = world.free(), world.patient().id
    looked, closed = threading.Event(), threading.Event()

    def take_late(connection: Connection, slot_id: str, door: stock.Door) -> int:
        looked.set()
        assert closed.wait(20)
        return take(connection, slot_id, door)

    def close() -> None:
        assert looked.wait(20)
        _closing(world, slot)()
        closed.set()

    monkeypatch.setattr(stock, "take_place", take_late)
    answer, _ = _together(_book_at(world, slot, who, "race-late", NOW), close)
    return answer, _standing(world, slot)


def test_who_looked_before_the_clinic_was_called_off_gets_no_place_after(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _taken_after_closing(world, monkeypatch, stock.take_place) == ("slot_closed", 0)


def test_control_without_the_slots_own_mark_he_gets_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_unmarked(connection: Connection, slot_id: str, _door: stock.Door) -> int:
        row = connection.execute(sa.select(tables.slot).where(tables.slot.c.id == slot_id)).one()
        more = {"taken": row.taken + 1, "share_taken": row.share_taken + 1}
        connection.execute(sa.update(tables.slot).where(tables.slot.c.id == slot_id).values(**more))
        return int(row.first_number)

    answer, standing = _taken_after_closing(world, monkeypatch, take_unmarked)
    assert (answer.state, standing) == ("booked", 1)


# --- One order for all


def _crossing(world: World) -> list[Callable[[], Appointment]]:
    """Two moves, each to the slot that the other leaves."""
    slots = [world.free(left=2), world.free(day=WEDNESDAY, left=2)]
    mine = [
        world.his.book(slot_id=slot.id, patient_id=world.patient().id, key=f"race-{n}") for n, slot in enumerate(slots)
    ]
    return [_move(world, each, to) for each, to in zip(mine, reversed(slots), strict=True)]


def test_two_crossing_moves_both_arrive(world: World) -> None:
    assert {type(each) for each in _together(*_crossing(world))} == {Appointment}
    assert stock_agrees(world)


def test_control_without_one_order_crossing_moves_wait_in_a_circle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = threading.Barrier(2)

    def lock_as_it_comes(connection: Connection, slot_ids: set[str]) -> None:
        ids = sorted(slot_ids, reverse=first.wait(20) == 0)
        for slot_id in ids:
            locking = sa.update(tables.slot).where(tables.slot.c.id == slot_id)
            connection.execute(locking.values(taken=tables.slot.c.taken))
            if slot_id == ids[0]:
                first.wait(20)

    monkeypatch.setattr(stock, "lock", lock_as_it_comes)
    results = _together(*_crossing(world))
    assert "his_unavailable" in results  # PostgreSQL ends one of the two
    assert stock_agrees(world)


# --- Everything at once


CLOSING_STEP = 30  # by then two of the sixteen desks call a clinic off


# As often as lets each succeed many times whoever comes first: most moves and desks meet a place that is taken.
ACTS = ("book", "book", "hold", "hold", "confirm", "confirm", "cancel", "release", *("move",) * 4, *("desk",) * 4)


def _anything(world: World, seed: int, slots: list[Slot], people: list[str]) -> Counter[str]:
    """Forty acts of one desk, drawn from a seed, on slots and patients that all desks share."""
    rng, mine, said = Random(seed), ["yh.a-none"], Counter[str]()
    for step in range(40):
        act = rng.choice(ACTS)
        act = "close" if step == CLOSING_STEP and seed % 8 == 0 else act
        moment = NOW + timedelta(minutes=step + rng.randint(0, 5))  # desks' clocks differ, so holds lapse unevenly
        drawn = {"slot": rng.choice(slots), "who": rng.choice(people), "known": rng.choice(mine)}
        try:
            made = _act(world.office.database, act, **drawn, key=f"any-{seed}-{step}", now=moment)  # type: ignore[arg-type]
        except (HisRefused, HisUnavailable) as error:
            said[error.code] += 1
            continue
        said[act] += 1
        mine += [made.id] if isinstance(made, Appointment) else []
    return said


def _act(database: Database, act: str, *, slot: Slot, who: str, known: str, key: str, now: datetime) -> Any:
    acts: dict[str, Callable[[], Any]] = {
        "book": lambda: booking.book(database, Wish("book", slot.id, key, who), now=now),
        "hold": lambda: booking.book(database, Wish("hold", slot.id, key, who, minutes=3), now=now),
        "desk": lambda: booking.book(database, Wish("book", slot.id, key, who, door="desk"), now=now),
        "confirm": lambda: booking.confirm(database, appointment_id=known, now=now),
        "cancel": lambda: booking.cancel(database, appointment_id=known, now=now),
        "move": lambda: moving.reschedule(database, appointment_id=known, slot_id=slot.id, key=key, now=now),
        "release": lambda: lapses.release_all(database, now=now),
        "close": lambda: closing.close_session(database, session_id=slot.session_id, key=key, now=now),
    }
    return acts[act]()


def _of_doctor(world: World, slot: Slot) -> list[Slot]:
    return world.his.slots(first=slot.day, last=slot.day, doctor_id=slot.doctor_id)


@pytest.mark.parametrize("seed", range(3))
def test_places_and_appointments_agree_whatever_sixteen_desks_do(world: World, seed: int) -> None:
    slots = [slot for each in _open(world, 6) for slot in _of_doctor(world, each) if slot.left][:24]
    people = [world.patient().id for _ in range(40)]
    desks = [lambda n=n: _anything(world, seed * 100 + n, slots, people) for n in range(16)]  # type: ignore[misc]
    said: Counter[str] = sum(_together(*desks), Counter())
    assert stock_agrees(world)
    assert said["his_unavailable"] == 0
    for act in ("book", "hold", "confirm", "cancel", "move", "desk", "release", "close"):
        assert said[act], said
    assert said["slot_full"] + said["already_booked"] > 0
    assert said["hold_lapsed"] > 0
