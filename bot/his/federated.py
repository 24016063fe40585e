"""FederatedHis: many hospitals behind one port, told apart by the first part of every id (`yh` of `yh.d012`).

Three ways to ask: `_at` goes to the hospital of an id, `_named` to one that the caller names, `_everywhere` to all.
What is asked everywhere leaves out, with an alarm, a hospital that does not answer in time, because the others'
patients can go on; of its directory the last one is shown. What belongs to one patient has one hospital, and its
silence is `HisUnavailable`. News are read hospital by hospital; asked for all at once, anybody's silence is
`HisUnavailable`, because whoever reads all reads on from one moment.
An answer that holds another hospital's id is refused: the next call would go there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

from bot.errors import HisRefused, HisUnavailable
from bot.his.member import Member
from bot.his.port import (
    Appointment,
    Bill,
    CardKind,
    Change,
    Department,
    Doctor,
    HisPort,
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
PATIENCE_SECONDS = 2.5  # of WeChat's 5: so long everybody waits for the slowest hospital, then goes on without it


class FederatedHis:
    """Hospitals by id, in the order in which their lists are joined."""

    def __init__(self, hospitals: Mapping[str, HisPort]) -> None:
        self._members = {each: Member(each, his) for each, his in hospitals.items()}
        self._last: dict[tuple[str, str], list[Any]] = {}  # (hospital, list) → what it said when it last answered

    @property
    def members(self) -> Mapping[str, HisPort]:
        """The hospitals' own ports, for those who look after them."""
        return {member.id: member.his for member in self._members.values()}

    def close(self) -> None:
        """Give all connections back."""
        for member in self._members.values():
            member.close()

    # --- who is asked

    def _at(self, any_id: str, call: Callable[[HisPort], T]) -> T:
        """Ask the hospital of an id. Raises HisRefused('not_found') when there is none."""
        return self._member(hospital_of(any_id)).ask(call)

    def _named(self, hospital_id: str | None, call: Callable[[HisPort], T]) -> T:
        """Ask the hospital that the caller names. Raises HisRefused('which_hospital' | 'not_found')."""
        if hospital_id is None and len(self._members) > 1:
            raise HisRefused("which_hospital")
        return self._member(hospital_id or next(iter(self._members))).ask(call)

    def _member(self, hospital_id: str) -> Member:
        if hospital_id not in self._members:
            raise HisRefused("not_found")
        return self._members[hospital_id]

    def _everywhere(self, what: str, call: Callable[[HisPort], list[T]], *, remember: bool = False) -> list[T]:
        """All hospitals' lists in their order. Raises HisUnavailable when none has one."""
        answers = self._ask_all(what, call, remember=remember)
        if all(answer is None for answer in answers):
            raise HisUnavailable(why="no hospital answers")
        return [item for answer in answers for item in answer or []]

    def _ask_all(
        self, what: str, call: Callable[[HisPort], list[T]], *, remember: bool = False
    ) -> list[list[T] | None]:
        """One list a hospital, asked at once; None where there is none."""
        late = time.monotonic() + PATIENCE_SECONDS
        asked = [
            (member, member.later(partial(self._ask_list, member, what, call, remember=remember)))
            for member in self._members.values()
        ]
        return [self._in_time(member, what, future, late) for member, future in asked]

    def _ask_list(self, member: Member, what: str, call: Callable[[HisPort], list[T]], *, remember: bool) -> list[T]:
        found = member.ask(call)
        if remember:
            self._last[member.id, what] = found
        return found

    def _in_time(self, member: Member, what: str, future: Future[list[T]], late: float) -> list[T] | None:
        """A hospital's list; when it is silent or late, an alarm and its last one, or None."""
        try:
            return future.result(timeout=max(late - time.monotonic(), 0.0))
        except (HisUnavailable, TookTooLong) as error:
            future.cancel()
            log.error("HIS ALARM %s: no %s (%s)", member.id, what, type(error).__name__)
            return self._last.get((member.id, what))

    # --- who and where

    def hospitals(self) -> list[Hospital]:
        return self._everywhere("hospitals", lambda his: his.hospitals(), remember=True)

    def departments(self) -> list[Department]:
        return self._everywhere("departments", lambda his: his.departments(), remember=True)

    def doctors(self) -> list[Doctor]:
        return self._everywhere("doctors", lambda his: his.doctors(), remember=True)

    def prices(self, *, text: str, kind: PriceKind | None = None, limit: int = 10) -> list[Price]:
        found = self._everywhere("prices", lambda his: his.prices(text=text, kind=kind, limit=limit))
        return sorted(found, key=lambda price: (len(price.name) if text else 0, price.name))[:limit]

    # --- patients

    def find_patient(self, *, name: str, id_number: str, phone: str, hospital_id: str | None = None) -> Patient | None:
        return self._named(
            hospital_id,
            lambda his: his.find_patient(name=name, id_number=id_number, phone=phone, hospital_id=hospital_id),
        )

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
        return self._named(
            hospital_id,
            lambda his: his.register_patient(
                name=name, id_number=id_number, phone=phone, key=key, card_kind=card_kind, hospital_id=hospital_id
            ),
        )

    def patient(self, patient_id: str) -> Patient:
        return self._at(patient_id, lambda his: his.patient(patient_id))

    # --- slots and appointments

    def slots(
        self, *, first: date, last: date, department_id: str | None = None, doctor_id: str | None = None
    ) -> list[Slot]:
        def ask(his: HisPort) -> list[Slot]:
            return his.slots(first=first, last=last, department_id=department_id, doctor_id=doctor_id)

        where = department_id or doctor_id
        if where is not None:
            return self._at(where, ask)
        return sorted(self._everywhere("slots", ask), key=lambda slot: (slot.start, slot.doctor_id))

    def slot(self, slot_id: str) -> Slot:
        return self._at(slot_id, lambda his: his.slot(slot_id))

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        self._together(slot_id, patient_id)
        return self._at(slot_id, lambda his: his.book(slot_id=slot_id, patient_id=patient_id, key=key))

    def hold(self, *, slot_id: str, patient_id: str, key: str, minutes: int) -> Appointment:
        self._together(slot_id, patient_id)
        return self._at(slot_id, lambda his: his.hold(slot_id=slot_id, patient_id=patient_id, key=key, minutes=minutes))

    def confirm(self, *, appointment_id: str, key: str) -> Appointment:
        return self._at(appointment_id, lambda his: his.confirm(appointment_id=appointment_id, key=key))

    def reschedule(self, *, appointment_id: str, slot_id: str, key: str) -> Appointment:
        self._together(appointment_id, slot_id)
        return self._at(
            appointment_id, lambda his: his.reschedule(appointment_id=appointment_id, slot_id=slot_id, key=key)
        )

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        return self._at(appointment_id, lambda his: his.cancel(appointment_id=appointment_id, key=key))

    def appointment(self, appointment_id: str) -> Appointment:
        return self._at(appointment_id, lambda his: his.appointment(appointment_id))

    def appointment_by_key(self, key: str, *, hospital_id: str | None = None) -> Appointment | None:
        """Without a hospital's name all are asked; a None is a no only when every one of them answered."""
        if hospital_id is not None:
            return self._named(hospital_id, lambda his: his.appointment_by_key(key, hospital_id=hospital_id))
        silent: HisUnavailable | None = None
        for member in self._members.values():
            try:
                found = member.ask(lambda his: his.appointment_by_key(key))
            except HisUnavailable as error:
                silent = error
                continue
            if found is not None:
                return found
        if silent is not None:
            raise silent
        return None

    def appointments(self, patient_id: str) -> list[Appointment]:
        return self._at(patient_id, lambda his: his.appointments(patient_id))

    # --- the queue

    def queue(self, appointment_id: str) -> QueueState:
        return self._at(appointment_id, lambda his: his.queue(appointment_id))

    def sessions(self, day: date) -> list[Session]:
        found = self._everywhere("sessions", lambda his: his.sessions(day))
        return sorted(found, key=lambda session: (session.start, session.doctor_id))

    def call_next(self, *, session_id: str, key: str) -> Session:
        return self._at(session_id, lambda his: his.call_next(session_id=session_id, key=key))

    def miss(self, *, session_id: str, key: str) -> Session:
        return self._at(session_id, lambda his: his.miss(session_id=session_id, key=key))

    def calls(self, *, session_id: str) -> list[datetime]:
        return self._at(session_id, lambda his: his.calls(session_id=session_id))

    def check_in(self, *, appointment_id: str, key: str) -> QueueState:
        return self._at(appointment_id, lambda his: his.check_in(appointment_id=appointment_id, key=key))

    def close_session(self, *, session_id: str, key: str) -> Session:
        return self._at(session_id, lambda his: his.close_session(session_id=session_id, key=key))

    # --- news

    def changes(self, *, since: datetime, hospital_id: str | None = None) -> list[Change]:
        """One hospital's, or all in one order of time. Raises HisUnavailable when one of all is silent."""
        if hospital_id is not None:
            return self._named(hospital_id, lambda his: his.changes(since=since, hospital_id=hospital_id))
        answers = self._ask_all("changes", lambda his: his.changes(since=since))
        heard = [answer for answer in answers if answer is not None]
        if len(heard) < len(answers):
            raise HisUnavailable(why="not every hospital answers")
        return sorted((change for answer in heard for change in answer), key=lambda change: (change.at, change.id))

    # --- reports

    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        return self._at(patient_id, lambda his: his.reports(patient_id, since=since))

    def report(self, *, patient_id: str, report_id: str) -> Report:
        self._together(patient_id, report_id)
        return self._at(patient_id, lambda his: his.report(patient_id=patient_id, report_id=report_id))

    def prescriptions(self, patient_id: str, *, since: date) -> list[Prescription]:
        return self._at(patient_id, lambda his: his.prescriptions(patient_id, since=since))

    def bills(self, patient_id: str, *, since: date) -> list[Bill]:
        return self._at(patient_id, lambda his: his.bills(patient_id, since=since))

    @staticmethod
    def _together(*ids: str) -> None:
        """What one call joins is one hospital's. Raises HisRefused('not_found')."""
        if len({hospital_of(each) for each in ids}) > 1:
            raise HisRefused("not_found")
