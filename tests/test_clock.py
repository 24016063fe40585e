"""Two clocks: the hospital's can be shifted and goes on over a restart, the machine's never moves."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from bot import clock

START = datetime(2026, 11, 23, 8, 30)


@pytest.fixture
def process(tmp_path, monkeypatch):
    """Begin a new process: the offset is read once in each."""
    monkeypatch.setenv("PEIZHEN_VAR", str(tmp_path))

    def begin():
        monkeypatch.setattr(clock, "_shift", None)
        return tmp_path

    yield begin
    begin()


@pytest.fixture
def machine(monkeypatch):
    """The machine's time, moved by hand."""
    held = [datetime(2030, 1, 1)]
    monkeypatch.setattr(clock, "wire", lambda: held[0])
    return lambda delta: held.__setitem__(0, held[0] + delta)


def test_the_hospitals_clock_starts_where_it_was_told(process, machine):
    clock.write_offset(process(), START)
    assert clock.now() == clock.utc(START) == datetime(2026, 11, 23, 0, 30)
    machine(timedelta(hours=2))
    assert clock.local(clock.now()).hour == 10


def test_a_restart_with_the_same_start_goes_on_and_never_back(process, machine):
    clock.write_offset(process(), START)
    machine(timedelta(hours=3))
    clock.write_offset(process(), START)
    assert clock.now() == clock.utc(START) + timedelta(hours=3)


def test_another_start_begins_anew_and_none_ends_the_shift(process, machine):
    clock.write_offset(process(), START)
    machine(timedelta(hours=3))
    clock.write_offset(process(), START + timedelta(days=1))
    assert clock.now() == clock.utc(START) + timedelta(days=1)
    clock.write_offset(process(), None)
    assert clock.now() == clock.wire()
    clock.write_offset(process(), None)


@pytest.mark.parametrize("content", ["", "\n", "soon 2026", "1,5"])
def test_an_unreadable_offset_is_none_and_is_written_anew(process, machine, content):
    (process() / clock.OFFSET_FILE).write_text(content)
    assert clock.now() == clock.wire()
    clock.write_offset(process(), START)
    assert clock.now() == clock.utc(START)


def test_the_machines_clock_is_not_shifted(process):
    clock.write_offset(process(), START)
    real = datetime.now(timezone.utc).replace(tzinfo=None)
    with clock.frozen(datetime(2001, 1, 1)):
        assert abs(clock.wire() - real) < timedelta(minutes=1)
        assert abs(clock.wire_seconds() - real.replace(tzinfo=timezone.utc).timestamp()) < 60


def test_frozen_stands_nests_and_lets_go(process):
    process()
    with clock.frozen(datetime(2026, 1, 1)):
        assert clock.now() == clock.now() == datetime(2026, 1, 1)
        with clock.frozen(datetime(2027, 1, 1)):
            assert clock.now().year == 2027
        assert clock.now().year == 2026
    with pytest.raises(ValueError, match="x"), clock.frozen(datetime(2001, 1, 1)):
        raise ValueError("x")
    assert clock.now().year != 2001


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        (datetime(2026, 11, 22, 15, 59, 59), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 16, 0, 0), date(2026, 11, 23)),
        (datetime(2026, 12, 31, 16, 0, 0), date(2027, 1, 1)),
        (datetime(2028, 2, 28, 16, 0, 0), date(2028, 2, 29)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(utc, day):
    with clock.frozen(utc):
        assert clock.today() == day
    assert clock.utc(clock.local(utc)) == utc
    assert clock.utc(clock.local(utc).replace(tzinfo=None)) == utc
