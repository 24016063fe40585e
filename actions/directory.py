"""From what the components found (an id, a standard name, `surname:王`) to the hospital's own entries."""

from __future__ import annotations

from collections.abc import Sequence

from bot.his.port import Department, Doctor
from bot.ports import Ports
from bot.services import booking

SURNAME = "surname:"


def departments_named(ports: Ports, value: str) -> list[Department]:
    """Departments meant by an entity value: an id, the hospital's own name, or a standard name."""
    known = booking.departments(ports)
    for field in ("id", "name", "standard_name"):
        found = [d for d in known if getattr(d, field) == value]
        if found:
            return found
    return []


def doctors_named(ports: Ports, value: str, department_id: str | None = None) -> list[Doctor]:
    """Doctors meant by an entity value: an id, a full name, or `surname:王`, inside one department if given."""
    known = [d for d in booking.doctors(ports) if department_id in {None, d.department_id}]
    if value.startswith(SURNAME):
        return [d for d in known if d.name.startswith(value[len(SURNAME) :])]
    return [d for d in known if value in {d.id, d.name}]


def doctor_labels(ports: Ports, found: Sequence[Doctor]) -> list[tuple[Doctor, str]]:
    """Doctors with what a choice calls them: 王艳 副主任医师（心血管内科）."""
    names = {d.id: d.name for d in booking.departments(ports)}
    return [(d, f"{d.name} {d.title}（{names.get(d.department_id, '')}）") for d in found]
