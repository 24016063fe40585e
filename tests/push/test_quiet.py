"""Nobody is woken, whichever way round the quiet hours are."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot import clock
from bot.push import quiet

NIGHT = {"quiet_from_hour": 22, "quiet_until_hour": 7}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return clock.utc(datetime(2026, 11, day, hour, minute))


@pytest.mark.parametrize(
    ("moment", "awake"),
    [
        (at(23, 7), at(23, 7)),
        (at(23, 21, 59), at(23, 21, 59)),
        (at(23, 22), at(24, 7)),
        (at(23, 23, 59), at(24, 7)),
        (at(24, 0), at(24, 7)),
        (at(24, 6, 59), at(24, 7)),
        (at(30, 23), clock.utc(datetime(2026, 12, 1, 7))),
    ],
)
def test_night_ends_in_the_morning(moment: datetime, awake: datetime) -> None:
    assert quiet.waking(NIGHT, moment) == awake


def test_hours_that_do_not_pass_midnight_and_none_at_all() -> None:
    small = {"quiet_from_hour": 1, "quiet_until_hour": 6}
    assert [quiet.waking(small, at(24, hour)) for hour in (0, 1, 5, 6)] == [at(24, 0), at(24, 6), at(24, 6), at(24, 6)]
    none = {"quiet_from_hour": 0, "quiet_until_hour": 0}
    assert quiet.waking(none, at(24, 0)) == at(24, 0)
