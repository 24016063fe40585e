"""People as the hospital knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

CardKind = Literal["self_pay", "city_insurance", "province_insurance", "rural_insurance", "other"]


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


class Patients(Protocol):
    """Asked of every hospital."""

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
