"""From what the components found (an id, a standard name, `surname:王`) to the hospital's own entries."""

from __future__ import annotations

from collections.abc import Sequence

from bot.his.port import Department, Doctor
from bot.ports import Ports
from bot.services import booking, hospitals
from bot.services.hospitals import hospital_of

SURNAME = "surname:"


def departments_named(ports: Ports, value: str) -> list[Department]:
    """Departments meant by an entity value: an id, the hospital's own name, or a standard name."""
    known = booking.departments(ports)
    by_id = [d for d in known if d.id == value]
    return by_id or [d for here in _by_hospital(known) for d in _called(here, value)]


def department_value(ports: Ports, one: Department) -> str:
    """What a choice says for this department: its id, or the name that departments of several hospitals go by."""
    common = one.standard_name or one.name
    return common if len(departments_named(ports, common)) > 1 else one.id


def department_labels(ports: Ports, found: Sequence[Department]) -> list[tuple[Department, str]]:
    """Departments with what a choice calls them: 骨科, after the hospital's name where there are several."""
    houses = hospitals.labels(ports)
    return [(d, f"{houses.get(hospital_of(d.id), '')}{d.name}") for d in found]


def _by_hospital(known: Sequence[Department]) -> list[list[Department]]:
    found: dict[str, list[Department]] = {}
    for one in known:
        found.setdefault(hospital_of(one.id), []).append(one)
    return list(found.values())


def _called(here: Sequence[Department], value: str) -> list[Department]:
    """One hospital's departments of a name: its own names count more than standard ones."""
    return [d for d in here if d.name == value] or [d for d in here if d.standard_name == value]


def doctors_named(ports: Ports, value: str, department_id: str | None = None) -> list[Doctor]:
    """Doctors meant by an entity value: an id, a full name, or `surname:王`, inside one department if given."""
    known = [d for d in booking.doctors(ports) if department_id in {None, d.department_id}]
    if value.startswith(SURNAME):
        return [d for d in known if d.name.startswith(value[len(SURNAME) :])]
    return [d for d in known if value in {d.id, d.name}]


def doctor_labels(ports: Ports, found: Sequence[Doctor]) -> list[tuple[Doctor, str]]:
    """Doctors with what a choice calls them: 王艳 副主任医师（心血管内科）; several hospitals are named too."""
    names, houses = {d.id: d.name for d in booking.departments(ports)}, hospitals.labels(ports)
    places = {d.id: f"{houses.get(hospital_of(d.id), '')}{names.get(d.department_id, '')}" for d in found}
    return [(d, f"{d.name} {d.title}（{places[d.id]}）") for d in found]
