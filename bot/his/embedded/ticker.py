"""The demo's doctors: they call the next number as time goes by, through HisPort alone.

Every half day has its own pace. Time since its start is cut into steps of that pace; in each step the
doctor calls once, with a key made of the half day and the step. So two jobs processes call once.
A patient who was called and is not there is missed when the next call is due.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Protocol

from bot import clock
from bot.errors import HisRefused
from bot.his.port import HisPort, Session, Slot

PACES = (4.0, 4.5, 5.0, 5.5, 6.0)  # minutes a patient
EARLY = timedelta(minutes=15)  # a patient is at the door this long before his slot


class Desk(HisPort, Protocol):
    """A hospital seen from its own desk."""

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
    later = _waiting_later(his.slots(first=today, last=today), now)
    absent = his.absent(today)
    keys = ((session.id, _due(session, later[session.id], absent, now)) for session in his.sessions(today))
    return sum(_call(his, session_id, key, absent) for session_id, key in keys if key is not None)


def _waiting_later(slots: list[Slot], now: datetime) -> Counter[str]:
    """By half day: how many of the numbers sold belong to slots whose patients are not expected yet."""
    later: Counter[str] = Counter()
    for slot in slots:
        if slot.start > now + EARLY:
            later[slot.session_id] += slot.capacity - slot.left
    return later


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
