"""The hospital behind the web tests: one department, one doctor, whoever registers, and reports on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.errors import HisRefused, HisUnavailable
from bot.his import port
from bot.his.port import (
    Appointment,
    CardKind,
    Department,
    Doctor,
    Observation,
    Patient,
    QueueState,
    Report,
    Slot,
)

DAY = date(2026, 11, 23)
START = datetime(2026, 11, 23, 2, 0)  # naive UTC: 10:00 in Shanghai
HEART = Department("yh.d1", "心血管内科", "心血管内科", "门诊楼", "2层", "", "")
DOCTOR = Doctor("yh.doc1", "陈晓明", HEART.id, "主任医师", "", 3550)
SLOT = Slot("yh.s1", "yh.am", HEART.id, DOCTOR.id, DAY, START, START + timedelta(minutes=30), 4, 4, 3550, "203诊室")


class Hospital:
    """What of HisPort the web tests reach; `down` makes every call fail as a silent hospital does."""

    def __init__(self) -> None:
        self.down = False
        self.calling: int | None = 9
        self.arrived, self.state, self.silent = False, "booked", False
        self.visits: list[Appointment] = []
        self._patients: dict[str, Patient] = {}
        self._reports: dict[str, Report] = {}

    def _answering(self) -> None:
        if self.down:
            raise HisUnavailable

    def hospitals(self) -> list[port.Hospital]:
        self._answering()
        return [port.Hospital("yh", "云和医院", "云和路1号", "010-55550000", "010-55550120", "急诊楼一层")]

    def departments(self) -> list[Department]:
        self._answering()
        return [HEART]

    def doctors(self) -> list[Doctor]:
        self._answering()
        return [DOCTOR]

    def find_patient(self, *, name: str, id_number: str, phone: str, hospital_id: str | None = None) -> Patient | None:
        self._answering()
        return self._patients.get(id_number)

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
        born = date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
        number = f"yh.p{len(self._patients) + 1}"
        patient = Patient(number, name, id_number, phone, "m", born, f"60{len(self._patients):04d}", card_kind)
        return self._patients.setdefault(id_number, patient)

    def slot(self, slot_id: str) -> Slot:
        self._answering()
        return SLOT

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        self._answering()
        facts = (SLOT.session_id, patient_id, HEART.id, DOCTOR.id, DAY, START, 12, SLOT.room)
        return Appointment(f"yh.a-{patient_id}", key, slot_id, *facts, "booked", SLOT.fee_fen)

    def appointments(self, patient_id: str) -> list[Appointment]:
        self._answering()
        return [one for one in self.visits if one.patient_id == patient_id]

    def queue(self, appointment_id: str) -> QueueState:
        self._answering()
        ahead, state = 12 - (self.calling or 0) - 1, self.state
        here, times = self.arrived, (0, 0) if self.silent else (ahead * 5, ahead * 10)
        return QueueState(appointment_id, 12, self.calling, ahead, state, SLOT.room, *times, here)  # type: ignore[arg-type]

    def calls(self, *, session_id: str) -> list[datetime]:
        """Nobody tells: the page falls back on the hospital's own minutes."""
        raise HisUnavailable

    def check_in(self, *, appointment_id: str, key: str) -> QueueState:
        self._answering()
        self.arrived, self.state = True, "waiting"
        return self.queue(appointment_id)

    def add_report(self, patient_id: str, *, ready: bool = True, **changes: Any) -> str:
        """A blood count with one value of each kind; gives its id."""
        items = (
            Observation("WBC", "白细胞", "11.8", "10^9/L", 3.5, 9.5, "3.5-9.5", "H"),
            Observation("HGB", "血红蛋白", "98", "g/L", 130, 175, "130-175", "L"),
            Observation("CRP", "C反应蛋白", "阴性", "", None, None, "阴性", "N"),
        )
        report = Report(
            id=f"yh.r{len(self._reports) + 1}",
            patient_id=patient_id,
            kind="lab",
            name="血常规",
            ordered_at=START - timedelta(days=1),
            expected_at=START + timedelta(hours=3),
            ready_at=START - timedelta(hours=20),
            doctor_name="陈晓明",
            items=items,
        )
        report = replace(report, **changes)
        self._reports[report.id] = report if ready else replace(report, ready_at=None, items=())
        return report.id

    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        self._answering()
        return [replace(r, items=()) for r in self._reports.values() if r.patient_id == patient_id]

    def report(self, *, patient_id: str, report_id: str) -> Report:
        self._answering()
        found = self._reports.get(report_id)
        if found is None or found.patient_id != patient_id:
            raise HisRefused("not_found")
        return found
