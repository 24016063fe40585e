"""What we keep of half days that are over, and what the next estimate makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.queue import ClinicPace
from bot.errors import HisRefused, HisUnavailable
from bot.ports import Ports
from bot.services import pace
from tests.factories import FakeHis, together

DOCTOR = "yh.p01"
DAY = date(2026, 11, 23)


@contextmanager
def at(hour: int, minute: int = 0, day: int = 23) -> Iterator[None]:
    with clock.frozen(clock.utc(datetime(2026, 11, day, hour, minute))):
        yield


def called(his: FakeHis, session_id: str, *, every: float, count: int = 12, late: float = 4.0) -> None:
    """A half day that is over: its calls, from a little after its start."""
    start = next(s.start for s in his.sessions(DAY) if s.id == session_id)
    his._called[session_id] = [start + timedelta(minutes=late + every * n) for n in range(count)]


def rows(ports: Ports) -> dict[str, Any]:
    with ports.transaction() as session:
        return {row.session_id: row for row in session.scalars(sa.select(ClinicPace))}


def habit(ports: Ports, doctor_id: str = DOCTOR, half: str = "am") -> Any:
    with ports.transaction() as session:
        return pace.habit(session, doctor_id=doctor_id, half=half, planned_minutes=10.0)


def test_a_half_day_is_observed_once_when_it_is_over(ports: Ports, his: FakeHis) -> None:
    called(his, "yh.h01-20261123-am", every=7)
    with at(8, 50):
        assert pace.learn(ports) == 6  # yesterday's six, of which nothing was heard
    with at(11, 59):
        assert pace.learn(ports) == 3
        assert pace.learn(ports) == 0
    row = rows(ports)["yh.h01-20261123-am"]
    assert (row.doctor_id, row.period, row.day) == (DOCTOR, "am", DAY)
    assert (row.seen, row.minutes, row.squares, row.absent, row.delay) == (11, 77.0, 11 * 49.0, 0, 4.0)
    assert {r.seen for key, r in rows(ports).items() if key != row.session_id} == {0}


def test_two_jobs_processes_observe_each_half_day_once(postgres_ports: Ports) -> None:
    with at(22):
        assert sum(together(6, lambda _n: pace.learn(postgres_ports))) == 12
    assert len(rows(postgres_ports)) == 12


def test_what_is_learned_belongs_to_one_doctor_and_one_half_of_the_day(ports: Ports, his: FakeHis) -> None:
    assert habit(ports).pace == 10
    called(his, "yh.h01-20261123-am", every=6)
    with at(22):
        pace.learn(ports)
    assert (habit(ports).days, round(habit(ports).pace, 1)) == (1, 7.3)
    assert (habit(ports, "yh.p02").days, habit(ports, "yh.p02").pace) == (0, 10)
    assert (habit(ports, half="pm").days, habit(ports, half="pm").pace) == (0, 10)


def test_others_teach_delays_and_no_shows_of_a_new_doctor_but_not_his_pace(ports: Ports, his: FakeHis) -> None:
    before = habit(ports, "yh.p03")
    called(his, "yh.h01-20261123-am", every=6, late=25)
    called(his, "yh.h02-20261123-am", every=5, late=31)
    with at(22):
        pace.learn(ports)
    after = habit(ports, "yh.p03")
    assert after.delay > before.delay + 5
    assert (after.pace, after.days) == (10, 0)


def test_a_half_day_that_the_hospital_took_back_is_not_asked_for_ever(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: object) -> None:
        raise HisRefused("not_found")

    monkeypatch.setattr(his, "calls", gone)
    with at(22):
        assert pace.learn(ports) == 12
        assert pace.learn(ports) == 0


def test_a_silent_hospital_is_asked_again(ports: Ports, his: FakeHis) -> None:
    his.down = True
    with at(22), pytest.raises(HisUnavailable):
        pace.learn(ports)
    his.down = False
    with at(22):
        assert pace.learn(ports) == 12


@pytest.mark.parametrize(
    ("hour", "half"), [(8, "am"), (11, "am"), (12, "pm"), (13, "pm"), (17, "night"), (20, "night")]
)
def test_halves_of_the_day(hour: int, half: str) -> None:
    assert pace.period(clock.utc(datetime(2026, 11, 23, hour, 30))) == half
