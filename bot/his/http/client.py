"""HttpHis: HisPort over a hospital's HTTP interface. Every answer is checked before anybody sees it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timezone
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx

from bot.errors import HisRefused, HisUnavailable
from bot.his.http import decode
from bot.his.http.caller import Caller
from bot.his.port import (
    Appointment,
    Bill,
    Change,
    Department,
    Doctor,
    Hospital,
    Patient,
    Prescription,
    Price,
    PriceKind,
    QueueState,
    Report,
    Session,
    Slot,
)

log = logging.getLogger(__name__)
T = TypeVar("T")
UNKNOWN = frozenset({"not_found"})
MISMATCH = frozenset({"card_mismatch"})
NOT_REGISTERED = frozenset({"card_mismatch", "bad_id_number", "conflict"})
NOT_BOOKED = frozenset({"slot_full", "slot_past", "slot_closed", "already_booked", "not_found", "conflict"})
NOT_CANCELLED = frozenset({"not_cancellable", "not_found"})
NOT_CALLED = frozenset({"not_found", "slot_closed", "conflict"})
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)  # needs no quoting in a path
LONGEST_QUERY = 64  # characters of a price search that travel


class HttpHis:
    """A hospital that implements docs/his-api.yaml. `key` is `<key id>:<secret>`."""

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._caller = Caller(url, key, transport)

    def close(self) -> None:
        """Close this process's connections."""
        self._caller.close()

    def hospital(self) -> Hospital:
        with _checked("hospital"):
            return decode.one(Hospital, self._caller.call("GET", "/hospital"))

    def departments(self) -> list[Department]:
        with _checked("departments"):
            return decode.many(Department, self._caller.call("GET", "/departments"))

    def doctors(self) -> list[Doctor]:
        with _checked("doctors"):
            return decode.many(Doctor, self._caller.call("GET", "/doctors"))

    def slots(
        self, *, first: date, last: date, department_id: str | None = None, doctor_id: str | None = None
    ) -> list[Slot]:
        wanted = {"first": first, "last": last, "department_id": department_id, "doctor_id": doctor_id}
        with _checked("slots"):
            found = decode.many(Slot, self._caller.call("GET", _path("slots", **wanted)))
            for slot in found:
                _same(slot.department_id, department_id or slot.department_id, "department")
                _same(slot.doctor_id, doctor_id or slot.doctor_id, "doctor")
                _same(first <= slot.day <= last, True, "day")
            return found

    def slot(self, slot_id: str) -> Slot:
        with _checked("slot"):
            found = decode.one(Slot, self._caller.call("GET", _path("slots", slot_id), refusals=UNKNOWN))
            _same(found.id, slot_id, "slot")
            return found

    def find_patient(self, *, name: str, id_number: str, phone: str) -> Patient | None:
        body = {"name": name, "id_number": id_number, "phone": phone}
        with _checked("find_patient"):
            data = self._caller.call("POST", "/patients/search", body=body, refusals=MISMATCH)
            found = decode.maybe(Patient, data, "patient")
            if found is not None:
                _same_person(found, name, id_number, phone)
            return found

    def register_patient(self, *, name: str, id_number: str, phone: str, key: str) -> Patient:
        body = {"name": name, "id_number": id_number, "phone": phone}
        with _checked("register_patient"):
            data = self._caller.call("POST", "/patients", body=body, key=key, refusals=NOT_REGISTERED)
            made = decode.one(Patient, data)
            _same_person(made, name, id_number, phone)
            return made

    def patient(self, patient_id: str) -> Patient:
        with _checked("patient"):
            found = decode.one(Patient, self._caller.call("GET", _path("patients", patient_id), refusals=UNKNOWN))
            _same(found.id, patient_id, "patient")
            return found

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        body = {"slot_id": slot_id, "patient_id": patient_id}
        with _checked("book"):
            data = self._caller.call("POST", "/appointments", body=body, key=key, refusals=NOT_BOOKED)
            booked = decode.one(Appointment, data)
            _same((booked.slot_id, booked.patient_id, booked.key), (slot_id, patient_id, key), "appointment")
            return booked

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        path = _path("appointments", appointment_id, "cancel")
        with _checked("cancel"):
            freed = decode.one(Appointment, self._caller.call("POST", path, key=key, refusals=NOT_CANCELLED))
            _same((freed.id, freed.state), (appointment_id, "cancelled"), "appointment")
            return freed

    def appointment_by_key(self, key: str) -> Appointment | None:
        with _checked("appointment_by_key"):
            data = self._caller.call("GET", _path("appointments", key=key))
            found = decode.maybe(Appointment, data, "appointment")
            if found is not None:
                _same(found.key, key, "key")
            return found

    def appointments(self, patient_id: str) -> list[Appointment]:
        with _checked("appointments"):
            data = self._caller.call("GET", _path("patients", patient_id, "appointments"))
            found = decode.many(Appointment, data)
            for appointment in found:
                _same(appointment.patient_id, patient_id, "patient")
            return found

    def queue(self, appointment_id: str) -> QueueState:
        path = _path("appointments", appointment_id, "queue")
        with _checked("queue"):
            state = decode.one(QueueState, self._caller.call("GET", path, refusals=UNKNOWN))
            _same(state.appointment_id, appointment_id, "appointment")
            return state

    def sessions(self, day: date) -> list[Session]:
        with _checked("sessions"):
            found = decode.many(Session, self._caller.call("GET", _path("sessions", day=day)))
            for session in found:
                _same(session.day, day, "day")
            return found

    def call_next(self, *, session_id: str, key: str) -> Session:
        path = _path("sessions", session_id, "call-next")
        with _checked("call_next"):
            called = decode.one(Session, self._caller.call("POST", path, key=key, refusals=NOT_CALLED))
            _same(called.id, session_id, "session")
            return called

    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        with _checked("reports"):
            data = self._caller.call("GET", _path("patients", patient_id, "reports", since=since))
            return _of_patient(decode.many(Report, data), patient_id)

    def report(self, *, patient_id: str, report_id: str) -> Report:
        path = _path("patients", patient_id, "reports", report_id)
        with _checked("report"):
            found = decode.one(Report, self._caller.call("GET", path, refusals=UNKNOWN))
            _same((found.patient_id, found.id), (patient_id, report_id), "patient")
            return found

    def prescriptions(self, patient_id: str, *, since: date) -> list[Prescription]:
        with _checked("prescriptions"):
            data = self._caller.call("GET", _path("patients", patient_id, "prescriptions", since=since))
            return _of_patient(decode.many(Prescription, data), patient_id)

    def bills(self, patient_id: str, *, since: date) -> list[Bill]:
        with _checked("bills"):
            data = self._caller.call("GET", _path("patients", patient_id, "bills", since=since))
            return _of_patient(decode.many(Bill, data), patient_id)

    def changes(self, *, since: datetime) -> list[Change]:
        with _checked("changes"):
            begin = since.replace(tzinfo=timezone.utc).isoformat()
            found = decode.many(Change, self._caller.call("GET", _path("changes", since=begin)))
            _once(found)
            _same([change.at for change in found], sorted(change.at for change in found), "order")
            return found

    def prices(self, *, text: str, kind: PriceKind | None = None, limit: int = 10) -> list[Price]:
        wanted = "".join(letter for letter in text if letter.isprintable())[:LONGEST_QUERY]
        with _checked("prices"):
            data = self._caller.call("GET", _path("prices", text=wanted, kind=kind, limit=limit))
            return decode.many(Price, data)


def _path(*parts: str, **query: object) -> str:
    """`/a/b?c=d`, queries that are None left out. Raises HisRefused('not_found') for what cannot be an id."""
    if not all(ID.fullmatch(part) for part in parts):
        raise HisRefused("not_found")
    asked = {name: value for name, value in query.items() if value is not None}
    path = "/" + "/".join(parts)
    return f"{path}?{urlencode(asked, errors='replace')}" if asked else path


@contextmanager
def _checked(call: str) -> Iterator[None]:
    """An answer that breaks the contract is an alarm (without a value from it) and HisUnavailable."""
    try:
        yield
    except decode.MalformedError as error:
        log.error("HIS ALARM %s: %s", call, error)
        raise HisUnavailable(why="malformed") from None


def _same(given: object, asked: object, what: str) -> None:
    """Whose answer it is must be what was asked: somebody else's data is never passed on."""
    if given != asked:
        raise decode.MalformedError(f"wrong {what}")


def _of_patient(found: list[T], patient_id: str) -> list[T]:
    """Papers of this patient, each once: a doubled one would be read, or paid, twice."""
    for paper in found:
        _same(getattr(paper, "patient_id"), patient_id, "patient")  # noqa: B009 - T is any of the port's papers
    _once(found)
    return found


def _once(found: Sequence[Any]) -> None:
    _same(len({each.id for each in found}), len(found), "number of ids")


def _same_person(found: Patient, name: str, id_number: str, phone: str) -> None:
    given = (found.name, found.id_number.upper(), found.phone)
    _same(given, (name.strip(), id_number.strip().upper(), phone.strip()), "patient")
