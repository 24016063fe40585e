"""The day itself: half days, calls, and who is here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.his.port.booking import AppointmentState


@dataclass(frozen=True)
class QueueState:
    """Where one appointment stands. `calling` is the number now being seen, None before the session opens.

    `arrived` = the hospital knows that the patient is here: he checked in, or came to the desk. `check_in_until` = who
    checks in later is too late (迟到作废); None = the hospital sets no such moment, or it matters no more.
    """

    appointment_id: str
    number: int
    calling: int | None
    ahead: int
    state: AppointmentState
    room: str
    minutes_low: int
    minutes_high: int
    arrived: bool = False
    check_in_until: datetime | None = None


@dataclass(frozen=True)
class Session:
    """One doctor's half day as the desk sees it; `closed` = called off (停诊)."""

    id: str
    doctor_id: str
    department_id: str
    day: date
    start: datetime
    end: datetime
    room: str
    calling: int | None
    waiting: int
    closed: bool = False


class Queue(Protocol):
    """Where the queue is offered; without it a day has no sessions."""

    def queue(self, appointment_id: str) -> QueueState:
        """Raises HisRefused('not_found')."""

    def check_in(self, *, appointment_id: str, key: str) -> QueueState:
        """报到: the patient is here. A booked number waits; a missed one is put back some places behind the next.

        Whoever is here already stays where he is; the same key is one check-in for ever.
        Raises HisRefused('not_found' | 'not_today' | 'too_early' | 'too_late' | 'not_queued' | 'conflict').
        """

    def sessions(self, day: date) -> list[Session]:
        """The half days of one hospital day, for desks and the demo's ticker."""

    def calls(self, *, session_id: str) -> list[datetime]:
        """Moments at which a number of this half day was called so far, oldest first.

        Raises HisRefused('not_found').
        """

    def call_next(self, *, session_id: str, key: str) -> Session:
        """Finish the patient now inside and call the next number; the same key calls once."""

    def miss(self, *, session_id: str, key: str) -> Session:
        """过号: the number now called did not come. It is missed and the next one is called; the same key once.

        Raises HisRefused('not_found' | 'slot_closed' | 'conflict').
        """

    def close_session(self, *, session_id: str, key: str) -> Session:
        """Call a half day off (停诊) as the hospital's desk does: all its appointments still to come are stopped.

        Closing twice is one. Raises HisRefused('not_found'; 'conflict' when the key closed another half day).
        """
