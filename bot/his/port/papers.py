"""What the hospital wrote for a patient: reports, prescriptions, bills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

ReportKind = Literal["lab", "imaging"]
Flag = Literal["H", "L", "HH", "LL", "N", ""]  # doubled = critical: a doctor must hear of it at once
ReportStatus = Literal["registered", "preliminary", "final"]
PrescriptionState = Literal["open", "dispensed", "cancelled"]
BillState = Literal["open", "paid", "refunded"]


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


class Papers(Protocol):
    """Reports and papers, each where it is offered."""

    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        """Newest first, without items, finding and impression."""

    def report(self, *, patient_id: str, report_id: str) -> Report:
        """One whole report. Raises HisRefused('not_found'), also for another patient's."""

    def prescriptions(self, patient_id: str, *, since: date) -> list[Prescription]:
        """Ordered on `since` or later, newest first, with their items."""

    def bills(self, patient_id: str, *, since: date) -> list[Bill]:
        """Made on `since` or later, newest first, with their items."""
