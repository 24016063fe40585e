"""The demo hospital's house and staff: departments, doctors, their rooms and weekly rota."""

from __future__ import annotations

from collections import Counter
from math import ceil
from random import Random
from typing import Any

from bot.his.embedded.generator_people import Registry, unique_name
from bot.his.embedded.generator_tables import dice, read

Row = dict[str, Any]
SHARE = 2.2  # one of so many doctors sees patients in a weekday's half day, the others are on the ward
POPULAR = (70, 85, 97, 100, 100)  # percent sold before we come: the department's head
ORDINARY = (20, 30, 45, 55, 75)
WECHAT = 0.7  # of a half hour's places, rounded: 3 of 4, 4 of 5, 4 of 6; the window sells the others

HOUSES = tuple(row["id"] for row in read("hospitals"))
FIRST = HOUSES[0]
EXTENSION = 4  # digits of a phone number; what stands before is the house's (an area code that is not given out)


def house(hospital_id: str = FIRST) -> Row:
    """A row of his_hospital, with its seed."""
    found = next(row for row in read("hospitals") if row["id"] == hospital_id)
    return {name: value for name, value in found.items() if name != "campuses"}


def departments(hospital_id: str = FIRST) -> list[Row]:
    """Rows of his_department in the order of the signboard, each after the department above it."""
    line = house(hospital_id)["phone"][:-EXTENSION]
    return [
        {
            "id": f"{hospital_id}.{row['code']}",
            "position": position,
            "name": row["name"],
            "standard_name": row["standard_name"] or None,
            "building": row["building"],
            "floor": row["floor"],
            "phone": line + row["ext"],
            "intro": row["intro"],
            "parent_id": f"{hospital_id}.{row['parent']}" if row["parent"] else None,
            "campus": _campus(hospital_id, int(row["campus"])),
            "audience": row["patients"],
        }
        for position, row in enumerate(read("departments"))
    ]


def _campus(hospital_id: str, number: int) -> str:
    """The name of the first, second … site; the main one has none."""
    names = next(row["campuses"] for row in read("hospitals") if row["id"] == hospital_id).split("|")
    return names[number - 1] if number <= len(names) else ""


def doctors(seed: str, registry: Registry, hospital_id: str = FIRST) -> list[Row]:
    """Rows of his_doctor: `yh.d001` and on, the head of each department first."""
    rng = dice(seed, "doctors")
    doors: Counter[tuple[str, str]] = Counter()
    made: list[Row] = []
    for department in read("departments"):
        for place in range(int(department["doctors"])):
            made.append(_doctor(rng, department, place, doors, registry))
            made[-1] |= {
                "id": f"{hospital_id}.d{len(made):03d}",
                "department_id": f"{hospital_id}.{department['code']}",
            }
    return made


def _doctor(rng: Random, department: dict[str, str], place: int, doors: Counter[Any], registry: Registry) -> Row:
    titles = read("titles")
    title = titles[place] if place < 2 else rng.choice(titles[1:] + titles[2:])  # noqa: PLR2004 - head, deputy, others
    door = (department["building"], department["floor"])
    doors[door] += 1
    fields = department["specialties"].split("|")
    fields = rng.sample(fields, min(rng.randint(2, 3), len(fields)))
    sex = department["patients"] if department["patients"] in {"f", "m"} else rng.choice("mf")
    return {
        "name": unique_name(rng, sex, registry),
        "title": title["title"],
        "specialty": f"擅长{'、'.join(fields)}的诊治。",
        "fee_fen": int(title["fee_fen"]),
        "room": f"{department['floor'].rstrip('层')}{doors[door]:02d}诊室",
        "capacity": int(title["capacity"]),
        "share": round(int(title["capacity"]) * WECHAT),
        "demand": rng.choice(POPULAR if place == 0 else ORDINARY),
    }


def rota(seed: str, staff: list[Row]) -> list[Row]:
    """Rows of his_rota: who sees patients on which weekday and half day."""
    made: list[Row] = []
    for department in read("departments"):
        team = [row["id"] for row in staff if row["department_id"].endswith(f".{department['code']}")]
        clinics = department["clinics"].split()
        if "none" not in clinics:
            made += _weekdays(dice(seed, "rota", department["code"]), team)
            made += _extra(dice(seed, "extra", department["code"]), team, clinics)
    return made


def _weekdays(rng: Random, team: list[str]) -> list[Row]:
    """Monday to Friday in turns, so that each department is open every half day."""
    order = rng.sample(team, len(team))
    share = ceil(len(team) / SHARE)
    halves = [(weekday, period) for weekday in range(5) for period in ("am", "pm")]
    return [
        _line(order[(turn * share + place) % len(order)], weekday, period)
        for turn, (weekday, period) in enumerate(halves)
        for place in range(share)
    ]


def _extra(rng: Random, team: list[str], clinics: list[str]) -> list[Row]:
    """Saturday and Sunday mornings, and night clinics twice a week."""
    lines: list[Row] = []
    if "sat" in clinics:
        lines += [_line(doctor, 5, "am") for doctor in rng.sample(team, min(2, len(team)))]
    if "sun" in clinics:
        lines += [_line(doctor, 6, "am") for doctor in rng.sample(team, min(2, len(team)))]
    if "night" in clinics:
        lines += [_line(rng.choice(team), weekday, "night") for weekday in rng.sample(range(5), 2)]
    return lines


def _line(doctor_id: str, weekday: int, period: str) -> Row:
    return {"doctor_id": doctor_id, "weekday": weekday, "period": period}
