"""HttpHis: HisPort over a hospital's HTTP interface. Every answer is checked before anybody sees it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urlencode

import httpx

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his.http import decode
from bot.his.http.caller import Caller
from bot.his.port import (
    Appointment,
    Bill,
    CardKind,
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
    hospital_of,
)

log = logging.getLogger(__name__)
T = TypeVar("T")
UNKNOWN = frozenset({"not_found"})
MISMATCH = frozenset({"card_mismatch", "which_hospital", "not_found"})
NOT_REGISTERED = MISMATCH | {"bad_id_number", "conflict"}
NOT_BOOKED = frozenset({"slot_full", "slot_past", "slot_closed", "already_booked", "not_found", "conflict"})
NOT_CONFIRMED = frozenset({"hold_lapsed", "not_found"})
NOT_CANCELLED = frozenset({"not_cancellable", "not_found"})
NOT_MOVED = NOT_BOOKED | NOT_CANCELLED
NOT_CALLED = frozenset({"not_found", "slot_closed", "conflict"})
NOT_CLOSED = frozenset({"not_found", "conflict"})
NOT_CHECKED_IN = frozenset({"not_found", "not_today", "too_early", "not_queued", "conflict"})
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)  # needs no quoting in a path
LONGEST_QUERY = 64  # characters of a price search that travel


class HttpHis:
    """A hospital that implements docs/his-api.yaml. `key` is `<key id>:<secret>`."""

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._caller = Caller(url, key, transport)

    def close(self) -> None:
        """Close this process's connections."""
        self._caller.close()

    def hospitals(self) -> list[Hospital]:
        with _checked("hospitals"):
            return decode.many(Hospital, self._caller.call("GET", "/hospitals"))

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

    def find_patient(self, *, name: str, id_number: str, phone: str, hospital_id: str | None = None) -> Patient | None:
        body = _person(name, id_number, phone, hospital_id)
        with _checked("find_patient"):
            data = self._caller.call("POST", "/patients/search", body=body, refusals=MISMATCH)
            found = decode.maybe(Patient, data, "patient")
            if found is not None:
                _same_person(found, body)
            return found

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
        body = {**_person(name, id_number, phone, hospital_id), "card_kind": card_kind}
        with _checked("register_patient"):
            data = self._caller.call("POST", "/patients", body=body, key=key, refusals=NOT_REGISTERED)
            made = decode.one(Patient, data)
            _same_person(made, body)
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

    def hold(self, *, slot_id: str, patient_id: str, key: str, minutes: int) -> Appointment:
        body = {"slot_id": slot_id, "patient_id": patient_id, "minutes": minutes}
        with _checked("hold"):
            held = decode.one(Appointment, self._caller.call("POST", "/holds", body=body, key=key, refusals=NOT_BOOKED))
            _same((held.slot_id, held.patient_id, held.key), (slot_id, patient_id, key), "appointment")
            return held

    def confirm(self, *, appointment_id: str, key: str) -> Appointment:
        path = _path("appointments", appointment_id, "confirm")
        with _checked("confirm"):
            kept = decode.one(Appointment, self._caller.call("POST", path, key=key, refusals=NOT_CONFIRMED))
            _same((kept.id, kept.state == "held"), (appointment_id, False), "appointment")
            return kept

    def reschedule(self, *, appointment_id: str, slot_id: str, key: str) -> Appointment:
        path = _path("appointments", appointment_id, "reschedule")
        with _checked("reschedule"):
            data = self._caller.call("POST", path, body={"slot_id": slot_id}, key=key, refusals=NOT_MOVED)
            moved = decode.one(Appointment, data)
            given = (moved.slot_id, moved.key, moved.id == appointment_id, moved.state == "held")
            _same(given, (slot_id, key, False, False), "appointment")
            return moved

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        path = _path("appointments", appointment_id, "cancel")
        with _checked("cancel"):
            freed = decode.one(Appointment, self._caller.call("POST", path, key=key, refusals=NOT_CANCELLED))
            _same((freed.id, freed.state), (appointment_id, "cancelled"), "appointment")
            return freed

    def appointment(self, appointment_id: str) -> Appointment:
        path = _path("appointments", appointment_id)
        with _checked("appointment"):
            found = decode.one(Appointment, self._caller.call("GET", path, refusals=UNKNOWN))
            _same(found.id, appointment_id, "appointment")
            return found

    def appointment_by_key(self, key: str, *, hospital_id: str | None = None) -> Appointment | None:
        path = _path("appointments", key=key, hospital_id=hospital_id)
        with _checked("appointment_by_key"):
            data = self._caller.call("GET", path, refusals=UNKNOWN)
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

    def close_session(self, *, session_id: str, key: str) -> Session:
        path = _path("sessions", session_id, "close")
        with _checked("close_session"):
            shut = decode.one(Session, self._caller.call("POST", path, key=key, refusals=NOT_CLOSED))
            _same((shut.id, shut.closed), (session_id, True), "session")
            return shut

    def changes(self, *, since: datetime, hospital_id: str | None = None) -> list[Change]:
        with _checked("changes"):
            found = decode.many(
                Change, self._caller.call("GET", _path("changes", since=clock.local(since).isoformat()))
            )
            moments = [change.at for change in found]
            _same(moments, sorted(moment for moment in moments if moment >= since), "moments")
            return found

    def miss(self, *, session_id: str, key: str) -> Session:
        path = _path("sessions", session_id, "miss")
        with _checked("miss"):
            called = decode.one(Session, self._caller.call("POST", path, key=key, refusals=NOT_CALLED))
            _same(called.id, session_id, "session")
            return called

    def calls(self, *, session_id: str) -> list[datetime]:
        path = _path("sessions", session_id, "calls")
        with _checked("calls"):
            return decode.moments(self._caller.call("GET", path, refusals=UNKNOWN))

    def check_in(self, *, appointment_id: str, key: str) -> QueueState:
        path = _path("appointments", appointment_id, "check-in")
        with _checked("check_in"):
            data = self._caller.call("POST", path, key=key, refusals=NOT_CHECKED_IN)
            state = decode.one(QueueState, data)
            _same(state.appointment_id, appointment_id, "appointment")
            return state

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
    """Papers of this patient alone."""
    for paper in found:
        _same(getattr(paper, "patient_id"), patient_id, "patient")  # noqa: B009 - T is any of the port's papers
    return found


def _person(name: str, id_number: str, phone: str, hospital_id: str | None) -> dict[str, str]:
    """The body that names a person, and the hospital where there are several."""
    person = {"name": name, "id_number": id_number, "phone": phone}
    return person if hospital_id is None else {**person, "hospital_id": hospital_id}


def _same_person(found: Patient, asked: dict[str, str]) -> None:
    given = (found.name, found.id_number.upper(), found.phone)
    _same(given, (asked["name"].strip(), asked["id_number"].strip().upper(), asked["phone"].strip()), "patient")
    _same(hospital_of(found.id), asked.get("hospital_id", hospital_of(found.id)), "hospital")
