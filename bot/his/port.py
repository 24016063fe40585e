"""HisPort: what Peizhen asks of a hospital information system, in the hospital's own vocabulary.

Units: money in integer fen; moments are naive UTC; days are hospital days (Asia/Shanghai).
Ids are opaque strings `<hospital>.<local>` (`yh.d012`), so that many hospitals can stand behind one port.
Failures: `HisUnavailable` (no usable answer, try later) and `HisRefused(code)` (a clear no). Source: docs/his-api.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

# held: kept until `hold_until`, not paid. waiting: checked in today. missed: called and not there, or never called
# before the half day was over. stopped: the clinic was called off (停诊); the place is gone, it counts for no
# limit, and it may be moved to another half hour.
AppointmentState = Literal["held", "booked", "waiting", "called", "done", "missed", "stopped", "cancelled"]
ChangeKind = Literal["appointment", "session_closed", "report_ready", "patient"]
ReportKind = Literal["lab", "imaging"]
Flag = Literal["H", "L", "HH", "LL", "N", ""]  # doubled = critical: a doctor must hear of it at once
ReportStatus = Literal["registered", "preliminary", "final"]
PrescriptionState = Literal["open", "dispensed", "cancelled"]
BillState = Literal["open", "paid", "refunded"]
PriceKind = Literal["exam", "drug"]
CardKind = Literal["self_pay", "city_insurance", "province_insurance", "rural_insurance", "other"]


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
    """`standard_name` is the contract's name of it (骨科), or None where there is none.

    `parent_id` is the department above it (乳腺外科 under 普通外科), `campus` the site (城南院区), "" = the main one.
    """

    id: str
    name: str
    standard_name: str | None
    building: str
    floor: str
    phone: str
    intro: str
    parent_id: str | None = None
    campus: str = ""


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
class Patient:
    """A person as the hospital knows him. `id_number` is whole; callers must seal or mask it.

    `card_kind` is who pays by this card: the hospital's desk sets it, and its insurance counter changes it.
    """

    id: str
    name: str
    id_number: str
    phone: str
    sex: Literal["m", "f"]
    birth_date: date
    card_no: str
    card_kind: CardKind = "self_pay"


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


@dataclass(frozen=True)
class QueueState:
    """Where one appointment stands. `calling` is the number now being seen, None before the session opens.

    `arrived` = the hospital knows that the patient is here: he checked in, or came to the desk.
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


@dataclass(frozen=True)
class Change:
    """Something that happened at the hospital and not through this port: what it is now, the subject itself says.

    `subject_id` is an appointment's, a session's, a report's or a patient's id, as `kind` says. `patient_id` None = it
    is nobody's alone.
    """

    id: str
    at: datetime
    kind: ChangeKind
    subject_id: str
    patient_id: str | None


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
class Price:
    code: str
    name: str
    kind: PriceKind
    spec: str
    unit: str
    fen: int
    hospital_id: str = ""


def hospital_of(any_id: str) -> str:
    """The hospital that an id belongs to: `yh` of `yh.d012`."""
    return any_id.split(".", 1)[0]


class HisPort(Protocol):
    """Every call may raise `HisUnavailable`; refusals are named per call."""

    def hospitals(self) -> list[Hospital]:
        """One, or those of a region in the order in which they should be shown; `id` is the prefix of all their ids."""

    def departments(self) -> list[Department]: ...

    def doctors(self) -> list[Doctor]: ...

    def slots(
        self, *, first: date, last: date, department_id: str | None = None, doctor_id: str | None = None
    ) -> list[Slot]:
        """Slots of the days first..last (both included) that have not begun, full ones too, sorted by start, doctor."""

    def slot(self, slot_id: str) -> Slot:
        """Raises HisRefused('not_found')."""

    def find_patient(self, *, name: str, id_number: str, phone: str, hospital_id: str | None = None) -> Patient | None:
        """The patient with this ID number when name and phone agree; every hospital has patients of its own.

        None = the hospital does not know the ID number.
        Raises HisRefused('card_mismatch') when it does and name or phone differ, HisRefused('which_hospital') when
        there are several and none is named, HisRefused('not_found') for an unknown one.
        """

    def register_patient(
        self,
        *,
        name: str,
        id_number: str,
        phone: str,
        key: str,
        card_kind: CardKind = "self_pay",
        hospital_id: str | None = None,
    ) -> Patient:
        """Open a digital card for somebody new; the same key gives the same patient.

        Somebody the hospital knows already is given back as he is, with the kind of card he has.
        Raises HisRefused as `find_patient`, and 'bad_id_number' | 'conflict': another's key.
        """

    def patient(self, patient_id: str) -> Patient:
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

    def queue(self, appointment_id: str) -> QueueState:
        """Raises HisRefused('not_found')."""

    def sessions(self, day: date) -> list[Session]:
        """The half days of one hospital day, for desks and the demo's ticker."""

    def call_next(self, *, session_id: str, key: str) -> Session:
        """Finish the patient now inside and call the next number; the same key calls once."""

    def close_session(self, *, session_id: str, key: str) -> Session:
        """Call a half day off (停诊) as the hospital's desk does: all its appointments still to come are stopped.

        Closing twice is one. Raises HisRefused('not_found'; 'conflict' when the key closed another half day).
        """

    def changes(self, *, since: datetime, hospital_id: str | None = None) -> list[Change]:
        """What happened at the hospital at or after a moment, oldest first; reaches back at least three days.

        `report_ready`: a report became readable, became final after a preliminary one, or was released by a doctor.
        A change can become visible a little after its `at`: ask with an overlap, and take repeats for one.
        `hospital_id` = of this one alone. Without it all are asked, and one that does not answer is HisUnavailable.
        """

    def miss(self, *, session_id: str, key: str) -> Session:
        """过号: the number now called did not come. It is missed and the next one is called; the same key once.

        Raises HisRefused('not_found' | 'slot_closed' | 'conflict').
        """

    def calls(self, *, session_id: str) -> list[datetime]:
        """Moments at which a number of this half day was called so far, oldest first.

        Raises HisRefused('not_found').
        """

    def check_in(self, *, appointment_id: str, key: str) -> QueueState:
        """报到: the patient is here. A booked number waits; a missed one is put back some places behind the next.

        Whoever is here already stays where he is; the same key is one check-in for ever.
        Raises HisRefused('not_found' | 'not_today' | 'too_early' | 'not_queued' | 'conflict').
        """

    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        """Newest first, without items, finding and impression."""

    def report(self, *, patient_id: str, report_id: str) -> Report:
        """One whole report. Raises HisRefused('not_found'), also for another patient's."""

    def prescriptions(self, patient_id: str, *, since: date) -> list[Prescription]:
        """Ordered on `since` or later, newest first, with their items."""

    def bills(self, patient_id: str, *, since: date) -> list[Bill]:
        """Made on `since` or later, newest first, with their items."""

    def prices(self, *, text: str, kind: PriceKind | None = None, limit: int = 10) -> list[Price]:
        """Items whose name contains the text (empty text: the first by name), shortest name first."""
