"""What can be booked: departments, doctors and half hours with places left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypeVar

from bot import clock
from bot.errors import HisRefused, HisUnavailable, NotFound, Refused
from bot.his.port import Department, Doctor, Slot, hospital_of
from bot.ports import Ports
from bot.services import hospitals, limits, returned

Period = Literal["am", "pm"]
T = TypeVar("T")
NOON = 12  # hour at which pm begins
LONGEST_PLACE = 128  # characters; as long as a booking can keep it


@dataclass(frozen=True)
class DayStock:
    """Places left on one hospital day."""

    day: date
    left: int


@dataclass(frozen=True)
class Offer:
    """One half hour of one doctor. Moments naive UTC, `left` as of now, `place` = building and floor."""

    slot_id: str
    day: date
    start: datetime
    end: datetime
    left: int
    fee_fen: int
    doctor_id: str
    doctor_name: str
    doctor_title: str
    department_id: str
    department_name: str
    room: str
    place: str
    closed: bool = False


def departments(ports: Ports) -> list[Department]:
    """All departments in the hospital's own order. Raises HisUnavailable."""
    return ports.his.departments()


def departments_of(ports: Ports, *, hospital_id: str) -> list[Department]:
    """The departments of one hospital in its own order. Raises HisUnavailable."""
    return [item for item in ports.his.departments() if hospital_of(item.id) == hospital_id]


def place(ports: Ports, *, department: Department) -> str:
    """Where a department is: campus, building and floor, after the hospital's name where there are several."""
    return _place(department, hospitals.labels(ports))


def department(ports: Ports, *, department_id: str) -> Department:
    """One department. Raises NotFound, HisUnavailable."""
    return _found(item for item in ports.his.departments() if item.id == department_id)


def doctor(ports: Ports, *, doctor_id: str) -> Doctor:
    """One doctor. Raises NotFound, HisUnavailable."""
    return _found(item for item in ports.his.doctors() if item.id == doctor_id)


def doctors(ports: Ports) -> list[Doctor]:
    """All doctors. Raises HisUnavailable."""
    return ports.his.doctors()


def doctors_of(ports: Ports, *, department_id: str) -> list[Doctor]:
    """The doctors of one department. Raises HisUnavailable."""
    return [item for item in ports.his.doctors() if item.department_id == department_id]


def stock(
    ports: Ports, *, department_id: str | None = None, doctor_id: str | None = None, period: Period | None = None
) -> list[DayStock]:
    """Days with a clinic still to come, full ones with 0 left, earliest first. Raises HisUnavailable."""
    today = clock.local(ports.now()).date()
    last = limits.last_day(ports.rules, ports.now())
    left: Counter[date] = Counter()
    for slot in _slots(ports, today, last, department_id, doctor_id):
        if period is None or _period(slot) == period:
            left[slot.day] += max(slot.left, 0)
    return [DayStock(day, left[day]) for day in sorted(left)]


def open_days(ports: Ports, *, department_id: str | None = None, doctor_id: str | None = None) -> list[DayStock]:
    """Days from today on that have places left, earliest first. Raises HisUnavailable."""
    return [each for each in stock(ports, department_id=department_id, doctor_id=doctor_id) if each.left]


def offers(
    ports: Ports,
    *,
    department_id: str | None = None,
    doctor_id: str | None = None,
    day: date,
    period: Period | None = None,
    full: bool = False,
) -> list[Offer]:
    """Half hours of one day with places left, by start; empty = full, closed or out of the booking window.

    `full`: those without a place too.
    """
    today = clock.local(ports.now()).date()
    if not today <= day <= limits.last_day(ports.rules, ports.now()):
        return []
    found = [
        slot
        for slot in _slots(ports, day, day, department_id, doctor_id)
        if (full or slot.left > 0) and (period is None or _period(slot) == period)
    ]
    if not found:
        return []
    names = _Directory(ports)
    return [names.offer(slot) for slot in found if names.know(slot)]


def full_days(
    ports: Ports, *, department_id: str, doctor_id: str | None = None, period: Period | None = None
) -> list[date]:
    """Days with a clinic still to come of which nothing is left, earliest first. Raises HisUnavailable."""
    found = stock(ports, department_id=department_id, doctor_id=doctor_id, period=period)
    return [each.day for each in found if not each.left]


def offer(ports: Ports, *, slot_id: str, closed: bool = False) -> Offer:
    """One half hour, also when it is full; with `closed` also when its clinic was called off.

    Raises NotFound, Refused('slot_closed' and others), HisUnavailable.
    """
    try:
        slot = ports.his.slot(slot_id)
    except HisRefused as refusal:
        raise (NotFound() if refusal.code == "not_found" else Refused(refusal.code)) from None
    if slot.closed and not closed:
        raise Refused("slot_closed")
    names = _Directory(ports)
    if not names.know(slot):
        raise HisUnavailable
    return names.offer(slot)


def _found(matches: Iterator[T]) -> T:
    first = next(matches, None)
    if first is None:
        raise NotFound
    return first


class _Directory:
    """Names of departments and doctors, read once for one call."""

    def __init__(self, ports: Ports) -> None:
        self._houses = hospitals.labels(ports)
        self._departments = {item.id: item for item in ports.his.departments()}
        self._doctors = {item.id: item for item in ports.his.doctors()}

    def know(self, slot: Slot) -> bool:
        """Whether it can be named: a hospital may answer for its slots and be silent about its doctors."""
        return slot.doctor_id in self._doctors and slot.department_id in self._departments

    def offer(self, slot: Slot) -> Offer:
        doctor, department = self._doctors[slot.doctor_id], self._departments[slot.department_id]
        return Offer(
            slot_id=slot.id,
            day=slot.day,
            start=slot.start,
            end=slot.end,
            left=slot.left,
            fee_fen=slot.fee_fen,
            doctor_id=doctor.id,
            doctor_name=doctor.name,
            doctor_title=doctor.title,
            department_id=department.id,
            department_name=department.name,
            room=slot.room,
            place=_place(department, self._houses),
            closed=slot.closed,
        )


def _place(department: Department, houses: Mapping[str, str]) -> str:
    parts = (houses.get(hospital_of(department.id), ""), department.campus, department.building, department.floor)
    return "".join(parts)[:LONGEST_PLACE]


def _slots(ports: Ports, first: date, last: date, department_id: str | None, doctor_id: str | None) -> list[Slot]:
    """Half hours to come, full ones too, with what everybody may have of them; by start, then doctor."""
    slots = ports.his.slots(first=first, last=last, department_id=department_id, doctor_id=doctor_id)
    now, rules = ports.now(), ports.rules
    chosen = [s for s in slots if first <= s.day <= last and limits.is_open(rules, now, day=s.day, start=s.start)]
    kept = returned.kept_back(ports, {slot.id for slot in chosen})
    chosen = [replace(slot, left=slot.left - kept.get(slot.id, 0)) for slot in chosen]
    return sorted(chosen, key=lambda slot: (slot.start, slot.doctor_id))


def _period(slot: Slot) -> Period:
    return "am" if clock.local(slot.start).hour < NOON else "pm"
