"""HisPort: what Peizhen asks of a hospital information system, in the hospital's own vocabulary.

Units: money in integer fen; moments are naive UTC; days are hospital days (Asia/Shanghai).
Ids are opaque strings `<hospital>.<local>` (`yh.d012`), so that many hospitals can stand behind one port.
Failures: `HisUnavailable` (no usable answer, try later) and `HisRefused(code)` (a clear no). Source: docs/his-api.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

AppointmentState = Literal["booked", "waiting", "called", "done", "missed", "cancelled"]
ReportKind = Literal["lab", "imaging"]
Flag = Literal["H", "L", "HH", "LL", "N", ""]  # doubled = critical: a doctor must hear of it at once
ReportStatus = Literal["registered", "preliminary", "final"]
PrescriptionState = Literal["open", "dispensed", "cancelled"]
BillState = Literal["open", "paid", "refunded"]
ChangeKind = Literal["appointment", "session_closed", "report_ready", "patient"]
PriceKind = Literal["exam", "drug"]


@dataclass(frozen=True)
class Hospital:
    id: str
    name: str
    address: str
    phone: str
    emergency_phone: str
    emergency_place: str


@dataclass(frozen=True)
class Department:
    """`standard_name` is the contract's name of it (骨科), or None where there is none."""

    id: str
    name: str
    standard_name: str | None
    building: str
    floor: str
    phone: str
    intro: str


@dataclass(frozen=True)
class Doctor:
    id: str
    name: str
    department_id: str
    title: str
    specialty: str
    fee_fen: int


@dataclass(frozen=True)
class Slot:
    """One doctor's half hour. `left` can be stale by the time it is shown; only `book` decides."""

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


@dataclass(frozen=True)
class Patient:
    """A person as the hospital knows him. `id_number` is whole; callers must seal or mask it."""

    id: str
    name: str
    id_number: str
    phone: str
    sex: Literal["m", "f"]
    birth_date: date
    card_no: str


@dataclass(frozen=True)
class Appointment:
    """A booked number (号). `number` counts within doctor and session (half day)."""

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


@dataclass(frozen=True)
class QueueState:
    """Where one appointment stands. `calling` is the number now being seen, None before the session opens."""

    appointment_id: str
    number: int
    calling: int | None
    ahead: int
    state: AppointmentState
    room: str
    minutes_low: int
    minutes_high: int


@dataclass(frozen=True)
class Session:
    """One doctor's half day as the desk sees it."""

    id: str
    doctor_id: str
    department_id: str
    day: date
    start: datetime
    end: datetime
    room: str
    calling: int | None
    waiting: int


@dataclass(frozen=True)
class Observation:
    """One line of a lab panel. `value` as the laboratory prints it; `low`/`high` None where the range is words."""

    code: str
    name: str
    value: str
    unit: str
    low: float | None
    high: float | None
    reference: str
    flag: Flag


@dataclass(frozen=True)
class Report:
    """A lab or imaging report; `ready_at` None = not ready (`registered`), then `expected_at` says when.

    `preliminary` = readable, and the final one may differ. `critical` = at least one HH or LL, or a finding that
    a doctor must hear of at once. `released_at` = when a doctor let the patient see a result that is held.
    """

    id: str
    patient_id: str
    kind: ReportKind
    name: str
    ordered_at: datetime
    expected_at: datetime | None
    ready_at: datetime | None
    doctor_name: str
    items: tuple[Observation, ...] = ()
    finding: str = ""
    impression: str = ""
    status: ReportStatus = "final"
    critical: bool = False
    released_at: datetime | None = None


@dataclass(frozen=True)
class PrescriptionItem:
    """One drug of a prescription. `usage` is the doctor's own line: how much, how often, how."""

    name: str
    spec: str
    quantity: int
    unit: str
    usage: str


@dataclass(frozen=True)
class Prescription:
    id: str
    patient_id: str
    ordered_at: datetime
    doctor_name: str
    department_name: str
    items: tuple[PrescriptionItem, ...]
    state: PrescriptionState


@dataclass(frozen=True)
class BillItem:
    """One line of a bill; `fen` is the whole line's, not the single piece's."""

    name: str
    quantity: int
    fen: int


@dataclass(frozen=True)
class Bill:
    """What one visit costs; `fen` is the sum of its items."""

    id: str
    patient_id: str
    made_at: datetime
    name: str
    fen: int
    state: BillState
    items: tuple[BillItem, ...]


@dataclass(frozen=True)
class Change:
    """Something happened at the hospital; `id` names the event, `subject_id` what it happened to."""

    id: str
    at: datetime
    kind: ChangeKind
    subject_id: str
    patient_id: str | None


@dataclass(frozen=True)
class Price:
    code: str
    name: str
    kind: PriceKind
    spec: str
    unit: str
    fen: int


class HisPort(Protocol):
    """Every call may raise `HisUnavailable`; refusals are named per call."""

    def hospital(self) -> Hospital: ...

    def departments(self) -> list[Department]: ...

    def doctors(self) -> list[Doctor]: ...

    def slots(
        self, *, first: date, last: date, department_id: str | None = None, doctor_id: str | None = None
    ) -> list[Slot]:
        """Slots of the days first..last (both included) that have not begun, full ones too, sorted by start, doctor."""

    def slot(self, slot_id: str) -> Slot:
        """Raises HisRefused('not_found')."""

    def find_patient(self, *, name: str, id_number: str, phone: str) -> Patient | None:
        """The patient with this ID number when name and phone agree.

        None = the hospital does not know the ID number.
        Raises HisRefused('card_mismatch') when it does and name or phone differ.
        """

    def register_patient(self, *, name: str, id_number: str, phone: str, key: str) -> Patient:
        """Open a digital card for somebody new; the same key gives the same patient."""

    def patient(self, patient_id: str) -> Patient:
        """Raises HisRefused('not_found')."""

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        """Take one place; the same key gives the same appointment.

        Raises HisRefused('slot_full' | 'slot_past' | 'slot_closed' | 'already_booked' | 'not_found').
        """

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        """Give the place back; cancelling twice is one cancel. Raises HisRefused('not_cancellable' | 'not_found')."""

    def appointment_by_key(self, key: str) -> Appointment | None:
        """What became of a `book` whose answer was lost; None = nothing was booked."""

    def appointments(self, patient_id: str) -> list[Appointment]:
        """All of one patient's appointments, newest day first."""

    def queue(self, appointment_id: str) -> QueueState:
        """Raises HisRefused('not_found')."""

    def sessions(self, day: date) -> list[Session]:
        """The half days of one hospital day, for desks and the demo's ticker."""

    def call_next(self, *, session_id: str, key: str) -> Session:
        """Finish the patient now inside and call the next number; the same key calls once."""

    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        """Newest first, without items, finding and impression."""

    def report(self, *, patient_id: str, report_id: str) -> Report:
        """One whole report. Raises HisRefused('not_found'), also for another patient's."""

    def prescriptions(self, patient_id: str, *, since: date) -> list[Prescription]:
        """Ordered on `since` or later, newest first, with their items."""

    def bills(self, patient_id: str, *, since: date) -> list[Bill]:
        """Made on `since` or later, newest first, with their items."""

    def changes(self, *, since: datetime) -> list[Change]:
        """What happened at or after `since`, oldest first. Callers ask with an overlap and handle repeats.

        `report_ready`: a report became readable, became final after a preliminary one, or was released by a doctor.
        """

    def prices(self, *, text: str, kind: PriceKind | None = None, limit: int = 10) -> list[Price]:
        """Items whose name contains the text (empty text: the first by name), shortest name first."""
