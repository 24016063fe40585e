"""HisPort: what Peizhen asks of a hospital information system, in the hospital's own vocabulary.

Units: money in integer fen; moments are naive UTC; days are hospital days (Asia/Shanghai).
Ids are opaque strings `<hospital>.<local>` (`yh.d012`), so that many hospitals can stand behind one port.
Failures: `HisUnavailable` (no usable answer, try later) and `HisRefused(code)` (a clear no). Source: docs/his-api.yaml.
"""

from __future__ import annotations

from typing import Protocol

from bot.his.port.booking import Appointment, AppointmentState, Booking, Slot
from bot.his.port.directory import (
    EVERY_PART,
    Department,
    Directory,
    Doctor,
    Hospital,
    Part,
    Price,
    PriceKind,
    hospital_of,
)
from bot.his.port.news import Change, ChangeKind, News
from bot.his.port.papers import (
    Bill,
    BillItem,
    BillState,
    Flag,
    Observation,
    Papers,
    Prescription,
    PrescriptionItem,
    PrescriptionState,
    Report,
    ReportKind,
    ReportStatus,
)
from bot.his.port.patients import CardKind, Patient, Patients
from bot.his.port.queue import Queue, QueueState, Session

__all__ = [
    "EVERY_PART",
    "Appointment",
    "AppointmentState",
    "Bill",
    "BillItem",
    "BillState",
    "CardKind",
    "Change",
    "ChangeKind",
    "Department",
    "Doctor",
    "Flag",
    "HisPort",
    "Hospital",
    "Observation",
    "Part",
    "Patient",
    "Prescription",
    "PrescriptionItem",
    "PrescriptionState",
    "Price",
    "PriceKind",
    "QueueState",
    "Report",
    "ReportKind",
    "ReportStatus",
    "Session",
    "Slot",
    "hospital_of",
]


class HisPort(Directory, Patients, Booking, Queue, News, Papers, Protocol):
    """Every call may raise `HisUnavailable`; refusals are named per call.

    A call of a part that the hospital does not offer raises `HisRefused('not_offered')`. Only what is asked of all
    hospitals at once (prices, sessions, changes) is an empty list there.
    """
