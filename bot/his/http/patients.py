"""People: found, registered, looked up."""

from __future__ import annotations

from bot.his.http import decode
from bot.his.http.asking import UNKNOWN, Asking, checked, path_of, same
from bot.his.port import CardKind, Patient, hospital_of

MISMATCH = frozenset({"card_mismatch", "which_hospital", "not_found"})
NOT_REGISTERED = MISMATCH | {"bad_id_number", "conflict"}


class Patients(Asking):
    """Whoever is answered is the one who was asked for."""

    def find_patient(self, *, name: str, id_number: str, phone: str, hospital_id: str | None = None) -> Patient | None:
        body = _person(name, id_number, phone, hospital_id)
        with checked("find_patient"):
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
        with checked("register_patient"):
            data = self._caller.call("POST", "/patients", body=body, key=key, refusals=NOT_REGISTERED)
            made = decode.one(Patient, data)
            _same_person(made, body)
            return made

    def patient(self, patient_id: str) -> Patient:
        with checked("patient"):
            found = decode.one(Patient, self._caller.call("GET", path_of("patients", patient_id), refusals=UNKNOWN))
            same(found.id, patient_id, "patient")
            return found


def _person(name: str, id_number: str, phone: str, hospital_id: str | None) -> dict[str, str]:
    """The body that names a person, and the hospital where there are several."""
    person = {"name": name, "id_number": id_number, "phone": phone}
    return person if hospital_id is None else {**person, "hospital_id": hospital_id}


def _same_person(found: Patient, asked: dict[str, str]) -> None:
    given = (found.name, found.id_number.upper(), found.phone)
    same(given, (asked["name"].strip(), asked["id_number"].strip().upper(), asked["phone"].strip()), "patient")
    same(hospital_of(found.id), asked.get("hospital_id", hospital_of(found.id)), "hospital")
