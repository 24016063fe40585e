"""The embedded hospital beyond HisPort: tables, rolling days, changing staff, moving queues, processes."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import EmbeddedHis, demo, tables
from bot.his.embedded.ticker import pace, tick
from tests.his.conftest import MORNING

MONDAY = date(2026, 11, 23)


def test_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    his = EmbeddedHis(f"sqlite:///{tmp_path / 'his.db'}")
    his.prepare()
    his.prepare()
    with his.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "his_alembic_version"})
        assert compare_metadata(context, tables.metadata) == []


def test_an_empty_hospital_is_unavailable_not_wrong(tmp_path: Path) -> None:
    his = EmbeddedHis(f"sqlite:///{tmp_path / 'his.db'}")
    with pytest.raises(HisUnavailable):
        his.hospitals()
    his.prepare()
    with pytest.raises(HisUnavailable):
        his.hospitals()
    assert his.departments() == []
    assert his.ensure_schedule(MONDAY, MONDAY) == 1
    assert his.slots(first=MONDAY, last=MONDAY) == []


def test_days_are_added_as_the_calendar_moves(his: EmbeddedHis) -> None:
    assert his.slots(first=MONDAY + timedelta(days=15), last=MONDAY + timedelta(days=15)) == []
    assert his.ensure_schedule(MONDAY, MONDAY + timedelta(days=14)) == 0
    with clock.frozen(MORNING + timedelta(days=1)):
        demo.advance(his)
        demo.advance(his)
        assert his.slots(first=MONDAY + timedelta(days=15), last=MONDAY + timedelta(days=15))


def test_a_new_doctor_can_be_booked_at_once(his: EmbeddedHis) -> None:
    department = his.departments()[0]
    added = his.add_doctor(name="司马新", department_id=department.id, title="主任医师", fee_fen=5000)
    assert added in his.doctors()
    slots = his.slots(first=MONDAY, last=MONDAY + timedelta(days=14), doctor_id=added.id)
    assert len({slot.day for slot in slots}) == 11
    assert {slot.left for slot in slots} == {5}
    patient = _patient(his)
    assert his.book(slot_id=slots[0].id, patient_id=patient, key="b").number == 1
    his.ensure_schedule(MONDAY + timedelta(days=15), MONDAY + timedelta(days=15))
    assert his.slots(first=MONDAY + timedelta(days=15), last=MONDAY + timedelta(days=15), doctor_id=added.id)


def test_a_new_doctor_needs_a_department(his: EmbeddedHis) -> None:
    with pytest.raises(HisRefused, match="not_found"):
        his.add_doctor(name="司马新", department_id="yh.nowhere")
    with pytest.raises(HisRefused, match="not_found"):
        his.close_session(session_id="yh.s-nowhere", key="c")


def _patient(his: EmbeddedHis) -> str:
    one = demo.demo_facts()["patients"][0]
    found = his.find_patient(name=one["name"], id_number=one["id_number"], phone=one["phone"])
    assert found is not None
    return found.id


# --- Queues that move


def _calls(his: EmbeddedHis) -> int:
    with his.database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.call)).scalar_one())


def test_nobody_is_called_before_the_clinics_open(his: EmbeddedHis) -> None:
    assert tick(his, clock.now()) == 0
    assert all(session.calling is None for session in his.sessions(MONDAY))


def test_two_tickers_call_as_one(his: EmbeddedHis) -> None:
    with clock.frozen(MORNING + timedelta(minutes=45)):
        first = tick(his, clock.now())
        after = his.sessions(MONDAY)
        assert first > 30
        assert _calls(his) == first
        tick(his, clock.now())
        assert his.sessions(MONDAY) == after
        assert _calls(his) == first


def _only(his: EmbeddedHis, count: int) -> None:
    """Stop all but so many of the morning's clinics, so that a whole morning of ticks is quick."""
    for session in his.sessions(MONDAY)[count:]:
        his.close_session(session_id=session.id, key=f"c-{session.id}")


def test_a_morning_of_ticks_keeps_the_times_and_the_promises(his: EmbeddedHis) -> None:
    """Patients are seen at about their slot's time, and about when the queue said so at 9:00."""
    _only(his, 20)
    nine = clock.utc(datetime(2026, 11, 23, 9, 0))
    minute, said = MORNING, {}
    while minute < clock.utc(datetime(2026, 11, 23, 13, 0)):
        minute += timedelta(minutes=2)
        with clock.frozen(minute):
            tick(his, minute)
            if minute == nine:
                said = {each: his.queue(each) for each in _waiting(his)}
    seen = _seen(his)
    assert len(seen) > 200
    assert {row.state for row in seen.values()} == {"done"}
    waits = sorted((row.called_at - row.start).total_seconds() / 60 for row in seen.values())
    assert waits[0] >= -15
    assert -15 <= waits[len(waits) // 2] < 30
    assert waits[-1] < 60
    waited = {each: (seen[each].called_at - nine).total_seconds() / 60 for each in said}
    kept = sum(said[each].minutes_low - 5 <= waited[each] <= said[each].minutes_high + 5 for each in said)
    assert len(said) > 100
    assert kept / len(said) > 0.8


def _seen(his: EmbeddedHis) -> dict[str, Any]:
    query = sa.select(tables.appointment).join_from(tables.appointment, tables.session)
    query = query.where(tables.session.c.day == MONDAY, sa.not_(tables.session.c.closed))
    with his.database.reading() as connection:
        return {row.id: row for row in connection.execute(query).all()}


def _waiting(his: EmbeddedHis) -> list[str]:
    return [key for key, row in _seen(his).items() if row.state == "booked"]


def test_a_late_start_finds_the_queues_where_they_would_be(tmp_path: Path) -> None:
    late = EmbeddedHis(f"sqlite:///{tmp_path / 'late.db'}")
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 10, 0))):
        demo.load(late)
        morning = [session for session in late.sessions(MONDAY) if clock.local(session.start).hour == 8]
        moving = [session for session in morning if session.calling is not None]
        assert len(moving) > 0.9 * len(morning)
        assert any(session.waiting for session in moving)
        before = {session.id: session.calling for session in moving}
        demo.advance(late)
        assert {session.id: session.calling for session in late.sessions(MONDAY) if session.id in before} == before


def test_the_paces_differ_but_are_minutes() -> None:
    paces = {pace(f"yh.s-d{number:03d}-20261123-am") for number in range(60)}
    assert len(paces) > 3
    assert all(timedelta(minutes=3) < each < timedelta(minutes=8) for each in paces)


# --- Processes


def _count(his: EmbeddedHis, answers: multiprocessing.Queue[int]) -> None:
    answers.put(len(his.departments()))


def test_a_forked_process_makes_its_own_engine(his: EmbeddedHis) -> None:
    here = his.database.engine
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[int] = context.Queue()
    child = context.Process(target=_count, args=(his, answers))
    child.start()
    assert answers.get(timeout=20) == len(his.departments())
    child.join()
    assert his.database.engine is here


def test_a_reader_does_not_wait_for_a_writer(his: EmbeddedHis) -> None:
    with his.database.writing():
        assert his.departments()


def test_importing_the_hospital_brings_no_heavy_thing() -> None:
    code = (
        "import sys, bot.his.embedded, bot.his.http, bot.his.serve;"
        "bad = {'tensorflow', 'rasa', 'spacy', 'alembic', 'bot.db', 'bot.services'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0
