"""Seven in the morning: a day opens, everybody taps at once, and nobody loses what he chose."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot import clock
from bot.services import hurry, turns
from tests.conversations.bookings import BONES, at_hospital, cards_of, nothing_happened, theirs
from tests.conversations.house import Talk

SEVEN = clock.utc(datetime(2026, 11, 23, 7, 0))
OPENS = date(2026, 12, 7)
SECOND = timedelta(seconds=1)


@pytest.fixture
def chosen(bound: Talk) -> Talk:
    """A patient who has chosen a half hour of the day that opens, and is asked to confirm it."""
    with clock.frozen(SEVEN):
        bound("挂12月7日骨科的号")
        assert "请核对" in bound("1")
    return bound


def test_out_of_turn_one_is_told_the_second_and_everything_chosen_stays(
    chosen: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hurry, "rush", lambda _ports: False)  # a test types faster than anybody reads
    turn = turns.begins(chosen.ports, patient_id=cards_of(chosen)[0].patient_id, day=OPENS)
    with clock.frozen(turn - SECOND):
        said = chosen("确认挂号")
    assert "先后是随机排的" in said and f"{clock.local(turn):%H:%M}" in said
    assert "请核对" in said
    assert nothing_happened(chosen)
    with clock.frozen(turn + SECOND):
        assert "挂好了" in chosen("确认挂号")
    assert theirs(chosen) == [(BONES, OPENS, "booked")]


def test_who_confirms_before_anybody_can_have_read_it_is_asked_once_more(chosen: Talk) -> None:
    with clock.frozen(SEVEN + timedelta(minutes=5)):
        said = chosen("确认挂号")
        assert "您点得真快" in said and "请核对" in said
        assert nothing_happened(chosen)
    with clock.frozen(SEVEN + timedelta(minutes=10)):  # the rush is over
        assert "挂好了" in chosen("确认挂号")
    assert len(at_hospital(chosen)) == 1
