"""Half hours and the numbers in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

# held: kept until `hold_until`, not paid. waiting: checked in today. missed: called and not there, or never called
# before the half day was over. stopped: the clinic was called off (停诊); the place is gone, it counts for no
# limit, and it may be moved to another half hour.
AppointmentState = Literal["held", "booked", "waiting", "called", "done", "missed", "stopped", "cancelled"]


@dataclass(frozen=True)
class Slot:
    """One doctor's half hour. `left` can be stale by the time it is shown; only `book` and `hold` decide.

    `capacity` counts all places; `share` those that the hospital keeps for this channel (0 = it sells the same places
    as the desk). `left` is what this channel may still sell. `closed` = called off (停诊): nothing is left.
    """

    id: str
    session_id: str
    department_id: str
    doctor_id: str
    day: date
    start: datetime
    end: datetime
    capacity: int
    left: int
    fee_fen: int
    room: str
    share: int = 0
    closed: bool = False


@dataclass(frozen=True)
class Appointment:
    """A booked number (号). `number` counts within doctor and session (half day).

    `hold_until` is set while the state is held, and only then.
    """

    id: str
    key: str
    slot_id: str
    session_id: str
    patient_id: str
    department_id: str
    doctor_id: str
    day: date
    start: datetime
    number: int
    room: str
    state: AppointmentState
    fee_fen: int
    hold_until: datetime | None = None


class Booking(Protocol):
    """Asked of every hospital, but `hold`, `confirm` (holds) and `reschedule` (moves)."""

    def slots(
        self, *, first: date, last: date, department_id: str | None = None, doctor_id: str | None = None
    ) -> list[Slot]:
        """Slots of the days first..last (both included) that have not begun, full ones too, sorted by start, doctor."""

    def slot(self, slot_id: str) -> Slot:
        """Raises HisRefused('not_found')."""

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        """Take one place; the same key gives the same appointment.

        Raises HisRefused('slot_full' | 'slot_past' | 'slot_closed' | 'already_booked' | 'not_found').
        """

    def hold(self, *, slot_id: str, patient_id: str, key: str, minutes: int) -> Appointment:
        """Keep one place for so many minutes; unless confirmed it is given back by itself.

        The same key gives the same appointment. Refusals are those of `book`.
        """

    def confirm(self, *, appointment_id: str, key: str) -> Appointment:
        """Make a held place a booked one; confirming twice is one, and gives the appointment as it is now.

        Raises HisRefused('hold_lapsed': given back, cancelled or stopped before it was confirmed | 'not_found').
        """

    def reschedule(self, *, appointment_id: str, slot_id: str, key: str) -> Appointment:
        """Take a place in another half hour and give the old one back, in one step, or change nothing.

        For booked and stopped appointments. The new one has its own id and this key; the old one is cancelled.
        The same key gives the same appointment. Refusals are those of `book`, and 'not_cancellable' when the old one
        has begun, was called, is only held or stands no longer.
        """

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        """Give the place back; cancelling twice is one cancel. Raises HisRefused('not_cancellable' | 'not_found').

        A held place can be given back at any time.
        """

    def appointment(self, appointment_id: str) -> Appointment:
        """As it is now. Raises HisRefused('not_found')."""

    def appointment_by_key(self, key: str, *, hospital_id: str | None = None) -> Appointment | None:
        """What became of a `book`, `hold` or `reschedule` whose answer was lost; None = nothing was booked.

        `hospital_id` = where it was tried. Without it all are asked, and one that does not answer may have booked it.
        """

    def appointments(self, patient_id: str) -> list[Appointment]:
        """All of one patient's appointments, newest day first."""
