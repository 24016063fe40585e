"""The demo's desk and a real patient who does not come: called, missed, back in the queue, seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.his.embedded import EmbeddedHis, demo
from bot.his.embedded.ticker import pace, tick
from bot.his.port import Appointment
from tests.his.conftest import MORNING

MONDAY = date(2026, 11, 23)
TICK = timedelta(minutes=1)


@pytest.fixture
def mine(his: EmbeddedHis) -> Appointment:
    """A real patient's number of the first half hour of a long queue; only this clinic is open."""
    slot = next(s for s in his.slots(first=MONDAY, last=MONDAY) if s.left)
    for session in his.sessions(MONDAY):
        if session.id != slot.session_id:
            his.close_session(session_id=session.id, key=session.id)
    one = demo.demo_facts()["patients"][0]
    found = his.find_patient(name=one["name"], id_number=one["id_number"], phone=one["phone"])
    assert found is not None
    return his.book(slot_id=slot.id, patient_id=found.id, key="b")


def _minutes(his: EmbeddedHis, start: datetime, *, until: datetime) -> Iterator[datetime]:
    """Every minute of the morning, ticked."""
    minute = start
    while minute < until:
        with clock.frozen(minute):
            tick(his, minute)
            yield minute
        minute += TICK


def _state(his: EmbeddedHis, mine: Appointment) -> str:
    return his.queue(mine.id).state


def _until(his: EmbeddedHis, mine: Appointment, state: str, start: datetime) -> datetime:
    """The first minute at which the appointment stands so."""
    return next(m for m in _minutes(his, start, until=MORNING + timedelta(hours=9)) if _state(his, mine) == state)


def test_who_does_not_come_is_called_then_missed_and_never_silently_done(his: EmbeddedHis, mine: Appointment) -> None:
    called = _until(his, mine, "called", MORNING)
    missed = _until(his, mine, "missed", called)
    assert timedelta(0) < missed - called <= pace(mine.session_id) + TICK
    with clock.frozen(missed):
        assert his.appointments(mine.patient_id)[0].state == "missed"


def test_who_comes_back_is_called_again_and_seen(his: EmbeddedHis, mine: Appointment) -> None:
    missed = _until(his, mine, "missed", MORNING)
    back = missed + timedelta(minutes=10)
    list(_minutes(his, missed, until=back))
    with clock.frozen(back):
        assert his.check_in(appointment_id=mine.id, key="i").state == "waiting"
    again = _until(his, mine, "called", back)
    assert again - back < timedelta(minutes=40)
    _until(his, mine, "done", again)


def test_who_comes_back_when_everybody_has_left_is_seen_too(his: EmbeddedHis, mine: Appointment) -> None:
    evening = MORNING + timedelta(hours=6)
    assert list(_minutes(his, MORNING, until=evening))
    assert _state(his, mine) == "missed"
    with clock.frozen(evening):
        his.check_in(appointment_id=mine.id, key="i")
    _until(his, mine, "done", _until(his, mine, "called", evening))


def test_who_checked_in_is_seen_without_being_missed(his: EmbeddedHis, mine: Appointment) -> None:
    with clock.frozen(mine.start):
        his.check_in(appointment_id=mine.id, key="i")
    states = {_state(his, mine) for _ in _minutes(his, mine.start, until=MORNING + timedelta(hours=6))}
    assert "missed" not in states
    assert _state(his, mine) == "done"


def test_a_late_start_of_the_demo_does_not_see_who_was_not_there(tmp_path: Path) -> None:
    late = EmbeddedHis(f"sqlite:///{tmp_path / 'late.db'}")
    with clock.frozen(MORNING):
        demo.load(late)
        one = demo.demo_facts()["patients"][0]
        found = late.find_patient(name=one["name"], id_number=one["id_number"], phone=one["phone"])
        assert found is not None
        slot = next(s for s in late.slots(first=MONDAY, last=MONDAY) if s.left)
        mine = late.book(slot_id=slot.id, patient_id=found.id, key="b")
    with clock.frozen(MORNING + timedelta(hours=5)):
        demo.advance(late)
        assert late.queue(mine.id).state == "missed"
        assert len(late.calls(session_id=mine.session_id)) > 3
