"""People who come to the hospital under test: new ones with valid numbers, who leave nothing behind but their cards."""

from __future__ import annotations

import random
import uuid
from datetime import date, timedelta

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded.identity import check_digit
from bot.his.http import HttpHis
from bot.his.port import Appointment, Patient, Slot

DAYS = 7  # slots are looked for from tomorrow to so many days ahead
_dice = random.SystemRandom()


def person() -> dict[str, str]:
    """An adult man whom no hospital knows; his number is valid (GB 11643), his phone nobody's."""
    born = date(1986, 1, 1) + timedelta(days=_dice.randrange(5000))
    first = f"330106{born:%Y%m%d}{_dice.randrange(500) * 2 + 1:03d}"
    name = "测试" + "".join(_dice.choices("甲乙丙丁戊己庚辛壬癸", k=2))
    return {"name": name, "id_number": first + check_digit(first), "phone": f"1390000{_dice.randrange(10000):04d}"}


def key() -> str:
    return f"connecting-{uuid.uuid4().hex}"


class Desk:
    """Books for new people and remembers what must be given back."""

    def __init__(self, his: HttpHis) -> None:
        self.his = his
        hospitals = his.hospitals()
        self.hospital_id = hospitals[0].id if len(hospitals) > 1 else None
        self._booked: list[str] = []

    def patient(self) -> Patient:
        """Somebody new with a card."""
        return self.his.register_patient(**person(), key=key(), hospital_id=self.hospital_id)

    def offered(self) -> list[Slot]:
        """The slots of the next days with places."""
        tomorrow = clock.today() + timedelta(days=1)
        found = self.his.slots(first=tomorrow, last=tomorrow + timedelta(days=DAYS))
        return [slot for slot in found if slot.left]

    def free(self, left: int = 1) -> Slot:
        """The offered slot with the fewest places, but so many."""
        fitting = [slot for slot in self.offered() if slot.left >= left]
        assert fitting, f"the hospital offers no slot with {left} places from tomorrow on: open some for the test"
        return min(fitting, key=lambda slot: slot.left)

    def book(self, slot: Slot, patient: Patient, *, with_key: str | None = None) -> Appointment:
        booked = self.his.book(slot_id=slot.id, patient_id=patient.id, key=with_key or key())
        self._booked.append(booked.id)
        return booked

    def hold(self, slot: Slot, patient: Patient, *, with_key: str | None = None) -> Appointment:
        held = self.his.hold(slot_id=slot.id, patient_id=patient.id, key=with_key or key(), minutes=5)
        self._booked.append(held.id)
        return held

    def move(self, booked: Appointment, slot: Slot) -> Appointment:
        moved = self.his.reschedule(appointment_id=booked.id, slot_id=slot.id, key=key())
        self._booked.append(moved.id)
        return moved

    def tidy(self) -> None:
        for booked in self._booked:
            try:
                self.his.cancel(appointment_id=booked, key=key())
            except (HisRefused, HisUnavailable):
                continue
