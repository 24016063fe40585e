"""The last places of a slot, wanted by fifty at once on PostgreSQL; without the guard it oversells."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded import EmbeddedHis, stock, tables
from bot.his.embedded.stock import Door
from bot.his.port import Appointment, Slot
from tests.contracts.conftest import NOW, World

CROWD = 50
POOL = 40  # connections that one process has: so many can be inside at once


@pytest.fixture
def world(postgres_office: EmbeddedHis) -> World:
    return World(postgres_office, postgres_office)


def _at_once(calls: list[Callable[[], Appointment]]) -> tuple[list[Appointment], Counter[str]]:
    """All calls begin together; what was booked, and how often each refusal came."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Appointment]) -> Appointment:
        gate.wait()
        return call()

    booked, refused = [], Counter[str]()
    with ThreadPoolExecutor(len(calls)) as pool:
        for done in as_completed([pool.submit(run, call) for call in calls]):
            try:
                booked.append(done.result())
            except HisRefused as error:
                refused[error.code] += 1
    return booked, refused


def _book(world: World, slot: Slot, patient_id: str, key: str) -> Callable[[], Appointment]:
    return lambda: world.his.book(slot_id=slot.id, patient_id=patient_id, key=key)


def _crowd(world: World, count: int = CROWD) -> list[str]:
    return [world.patient().id for _ in range(count)]


def _rows(world: World, slot: Slot) -> int:
    active = sa.select(sa.func.count()).where(tables.appointment.c.slot_id == slot.id, tables.appointment.c.active == 1)
    with world.office.database.reading() as connection:
        return int(connection.execute(active).scalar_one())


def test_fifty_for_the_last_places_fill_them_exactly(world: World) -> None:
    slot = world.free(left=3)
    before = _rows(world, slot)
    booked, refused = _at_once([_book(world, slot, who, f"k-{who}") for who in _crowd(world)])
    assert len(booked) == slot.left
    assert refused == {"slot_full": CROWD - slot.left}
    assert len({appointment.number for appointment in booked}) == slot.left
    assert world.his.slot(slot.id).left == 0
    assert _rows(world, slot) == before + slot.left


def test_fifty_with_one_key_get_one_appointment(world: World) -> None:
    slot, patient = world.free(), world.patient()
    booked, refused = _at_once([_book(world, slot, patient.id, "one-key")] * CROWD)
    assert len(booked) == CROWD
    assert len(set(booked)) == 1
    assert not refused
    assert world.his.slot(slot.id).left == slot.left - 1


def test_one_patient_with_fifty_keys_gets_one_number(world: World) -> None:
    slot, patient = world.free(left=3), world.patient()
    booked, refused = _at_once([_book(world, slot, patient.id, f"k{index}") for index in range(CROWD)])
    assert len(booked) == 1
    assert refused == {"already_booked": CROWD - 1}
    assert world.his.slot(slot.id).left == slot.left - 1


def test_cancelling_at_once_gives_one_place_back(world: World) -> None:
    slot, patient = world.free(left=2), world.patient()
    other = world.his.book(slot_id=slot.id, patient_id=world.patient().id, key="other")
    mine = world.his.book(slot_id=slot.id, patient_id=patient.id, key="mine")
    freed, refused = _at_once([lambda: world.his.cancel(appointment_id=mine.id, key="c")] * 20)
    assert {each.state for each in freed} == {"cancelled"}
    assert not refused
    assert world.his.slot(slot.id).left == slot.left - 1
    assert other.state == "booked"


def test_desks_that_call_at_once_call_different_numbers(world: World) -> None:
    session = max(world.his.sessions(clock.local(NOW).date()), key=lambda each: each.waiting)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(world.his.call_next, session_id=session.id, key=f"n{index}") for index in range(8)]
    assert all(call.result() for call in calls)
    numbers = sa.select(tables.call.c.number).where(tables.call.c.session_id == session.id)
    with world.office.database.reading() as connection:
        called = connection.execute(numbers).scalars().all()
        inside = sa.select(sa.func.count()).where(
            tables.appointment.c.session_id == session.id, tables.appointment.c.state == "called"
        )
        assert connection.execute(inside).scalar_one() == 1
    assert len(set(called)) == 8
    assert world.his.sessions(session.day)[0].day == session.day
    left = next(each for each in world.his.sessions(session.day) if each.id == session.id)
    assert left.waiting == session.waiting - 8


@pytest.fixture
def unguarded(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The same hospital as beginners write it: look how many places are left, then take; no keys."""
    together = threading.Barrier(POOL)

    def look_then_take(connection: Connection, slot_id: str, _door: Door) -> int:
        row = connection.execute(sa.select(tables.slot).where(tables.slot.c.id == slot_id)).one()
        together.wait(timeout=20)  # everybody has looked before anybody writes
        if row.share_taken >= row.share:
            raise HisRefused("slot_full")
        taking = sa.update(tables.slot).where(tables.slot.c.id == slot_id)
        connection.execute(taking.values(taken=row.taken + 1, share_taken=row.share_taken + 1))
        return int(row.first_number + row.taken)

    monkeypatch.setattr(stock, "take_place", look_then_take)
    with world.office.database.writing() as connection:
        for table, name in (("his_slot", "ck_his_slot_share_taken"), ("his_appointment", _seat_key())):
            connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    return world


def _seat_key() -> str:
    keys = (key for key in tables.appointment.constraints if isinstance(key, sa.UniqueConstraint))
    return str(next(key.name for key in keys if [c.name for c in key.columns] == ["session_id", "number", "active"]))


def test_control_without_the_guard_the_same_crowd_oversells(unguarded: World) -> None:
    slot = unguarded.free(left=3)
    booked, _ = _at_once([_book(unguarded, slot, who, f"k-{who}") for who in _crowd(unguarded, POOL)])
    assert len(booked) > slot.left
    assert _rows(unguarded, slot) > slot.capacity
