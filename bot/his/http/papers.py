"""Reports, prescriptions, bills."""

from __future__ import annotations

from datetime import date

from bot.his.http import decode
from bot.his.http.asking import LEFT_OUT, UNKNOWN, Asking, checked, of_patient, path_of, same
from bot.his.port import Bill, Prescription, Report

NOT_TOLD = UNKNOWN | LEFT_OUT


class Papers(Asking):
    """Of the patient who was asked for, and of nobody else."""

    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        with checked("reports"):
            data = self._caller.call("GET", path_of("patients", patient_id, "reports", since=since), refusals=LEFT_OUT)
            return of_patient(decode.many(Report, data), patient_id)

    def report(self, *, patient_id: str, report_id: str) -> Report:
        path = path_of("patients", patient_id, "reports", report_id)
        with checked("report"):
            found = decode.one(Report, self._caller.call("GET", path, refusals=NOT_TOLD))
            same((found.patient_id, found.id), (patient_id, report_id), "patient")
            return found

    def prescriptions(self, patient_id: str, *, since: date) -> list[Prescription]:
        with checked("prescriptions"):
            data = self._caller.call(
                "GET", path_of("patients", patient_id, "prescriptions", since=since), refusals=LEFT_OUT
            )
            return of_patient(decode.many(Prescription, data), patient_id)

    def bills(self, patient_id: str, *, since: date) -> list[Bill]:
        with checked("bills"):
            data = self._caller.call("GET", path_of("patients", patient_id, "bills", since=since), refusals=LEFT_OUT)
            return of_patient(decode.many(Bill, data), patient_id)
