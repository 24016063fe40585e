"""Half hours and numbers."""

from __future__ import annotations

from datetime import date

from bot.his.http import decode
from bot.his.http.asking import LEFT_OUT, UNKNOWN, Asking, checked, path_of, same
from bot.his.port import Appointment, Slot

NOT_BOOKED = frozenset({"slot_full", "slot_past", "slot_closed", "already_booked", "not_found", "conflict"})
NOT_HELD = NOT_BOOKED | LEFT_OUT
NOT_CONFIRMED = frozenset({"hold_lapsed", "not_found"}) | LEFT_OUT
NOT_CANCELLED = frozenset({"not_cancellable", "not_found"})
NOT_MOVED = NOT_BOOKED | NOT_CANCELLED | LEFT_OUT


class Booking(Asking):
    """Whatever is booked, held or moved is what was asked for, under the key it was asked with."""

    def slots(
        self, *, first: date, last: date, department_id: str | None = None, doctor_id: str | None = None
    ) -> list[Slot]:
        wanted = {"first": first, "last": last, "department_id": department_id, "doctor_id": doctor_id}
        with checked("slots"):
            found = decode.many(Slot, self._caller.call("GET", path_of("slots", **wanted)))
            for slot in found:
                same(slot.department_id, department_id or slot.department_id, "department")
                same(slot.doctor_id, doctor_id or slot.doctor_id, "doctor")
                same(first <= slot.day <= last, True, "day")
            return found

    def slot(self, slot_id: str) -> Slot:
        with checked("slot"):
            found = decode.one(Slot, self._caller.call("GET", path_of("slots", slot_id), refusals=UNKNOWN))
            same(found.id, slot_id, "slot")
            return found

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        body = {"slot_id": slot_id, "patient_id": patient_id}
        with checked("book"):
            data = self._caller.call("POST", "/appointments", body=body, key=key, refusals=NOT_BOOKED)
            booked = decode.one(Appointment, data)
            same((booked.slot_id, booked.patient_id, booked.key), (slot_id, patient_id, key), "appointment")
            return booked

    def hold(self, *, slot_id: str, patient_id: str, key: str, minutes: int) -> Appointment:
        body = {"slot_id": slot_id, "patient_id": patient_id, "minutes": minutes}
        with checked("hold"):
            held = decode.one(Appointment, self._caller.call("POST", "/holds", body=body, key=key, refusals=NOT_HELD))
            same((held.slot_id, held.patient_id, held.key), (slot_id, patient_id, key), "appointment")
            return held

    def confirm(self, *, appointment_id: str, key: str) -> Appointment:
        path = path_of("appointments", appointment_id, "confirm")
        with checked("confirm"):
            kept = decode.one(Appointment, self._caller.call("POST", path, key=key, refusals=NOT_CONFIRMED))
            same((kept.id, kept.state == "held"), (appointment_id, False), "appointment")
            return kept

    def reschedule(self, *, appointment_id: str, slot_id: str, key: str) -> Appointment:
        path = path_of("appointments", appointment_id, "reschedule")
        with checked("reschedule"):
            data = self._caller.call("POST", path, body={"slot_id": slot_id}, key=key, refusals=NOT_MOVED)
            moved = decode.one(Appointment, data)
            given = (moved.slot_id, moved.key, moved.id == appointment_id, moved.state == "held")
            same(given, (slot_id, key, False, False), "appointment")
            return moved

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        path = path_of("appointments", appointment_id, "cancel")
        with checked("cancel"):
            freed = decode.one(Appointment, self._caller.call("POST", path, key=key, refusals=NOT_CANCELLED))
            same((freed.id, freed.state), (appointment_id, "cancelled"), "appointment")
            return freed

    def appointment(self, appointment_id: str) -> Appointment:
        path = path_of("appointments", appointment_id)
        with checked("appointment"):
            found = decode.one(Appointment, self._caller.call("GET", path, refusals=UNKNOWN))
            same(found.id, appointment_id, "appointment")
            return found

    def appointment_by_key(self, key: str, *, hospital_id: str | None = None) -> Appointment | None:
        path = path_of("appointments", key=key, hospital_id=hospital_id)
        with checked("appointment_by_key"):
            data = self._caller.call("GET", path, refusals=UNKNOWN)
            found = decode.maybe(Appointment, data, "appointment")
            if found is not None:
                same(found.key, key, "key")
            return found

    def appointments(self, patient_id: str) -> list[Appointment]:
        with checked("appointments"):
            data = self._caller.call("GET", path_of("patients", patient_id, "appointments"))
            found = decode.many(Appointment, data)
            for appointment in found:
                same(appointment.patient_id, patient_id, "patient")
            return found
