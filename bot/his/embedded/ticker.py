"""The demo's doctors: they call the next number as time goes by, as a desk does.

Every half day has its own pace. Time since its start is cut into steps of that pace; in each step the
doctor calls once, with a key made of the half day and the step. So two jobs processes call once.
A patient who was called and is not there is missed when the next call is due.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

from bot import clock
from bot.errors import HisRefused
from bot.his.port import HisPort, Session

PACES = (4.0, 4.5, 5.0, 5.5, 6.0)  # minutes a patient
EARLY = timedelta(minutes=15)  # a patient is at the door this long before his slot


class Desk(HisPort, Protocol):
    """What a doctor's own screen shows besides HisPort: the embedded hospital has it."""

    def waiting_from(self, day: date, moment: datetime) -> Mapping[str, int]:
        """By half day of a day: how many wait whose slots begin after a moment."""

    def absent(self, day: date) -> frozenset[str]:
        """Half days whose called number nobody answers to."""


def pace(session_id: str) -> timedelta:
    """This half day's time for one patient: always the same for one id."""
    return timedelta(minutes=PACES[hashlib.sha256(session_id.encode()).digest()[0] % len(PACES)])


def tick(his: Desk, now: datetime) -> int:
    """Call in every half day of today where a call is due; returns how many calls were made or repeated.

    `now` is the hospital's time, naive UTC. Raises HisUnavailable as HisPort does.
    """
    today = clock.local(now).date()
    later = his.waiting_from(today, now + EARLY)
    absent = his.absent(today)
    keys = ((session.id, _due(session, later.get(session.id, 0), absent, now)) for session in his.sessions(today))
    return sum(_call(his, session_id, key, absent) for session_id, key in keys if key is not None)


def _due(session: Session, later: int, absent: frozenset[str], now: datetime) -> str | None:
    """The key of the call that is due in this half day, or None."""
    if now < session.start:
        return None
    if session.waiting > later or session.id in absent:
        return f"tick:{session.id}:{int((now - session.start) / pace(session.id))}"
    if now >= session.end and session.waiting == 0 and session.calling is not None:
        return f"tick:{session.id}:last:{session.calling}"  # sees the last patient out
    return None


def _call(his: HisPort, session_id: str, key: str, absent: frozenset[str]) -> bool:
    act = his.miss if session_id in absent else his.call_next
    try:
        act(session_id=session_id, key=key)
    except HisRefused:  # closed since we looked, or this step's call is the one nobody answers to
        return False
    return True
