"""All departments of a hospital as one walks through it: building by building, each with those that belong to it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from bot.his.port import Department, Doctor
from bot.ports import Ports
from bot.services import offers


@dataclass(frozen=True)
class Branch:
    """A department and those below it (乳腺外科 under 普通外科)."""

    department: Department
    below: tuple[Department, ...] = ()


@dataclass(frozen=True)
class House:
    """One building of one campus; `name` is 城南院区门诊一号楼, "" where the hospital says none."""

    name: str
    branches: tuple[Branch, ...]


def tree(ports: Ports, *, hospital_id: str, wanted: str = "") -> list[House]:
    """Those that a word fits, or all of them, in the hospital's own order. Raises HisUnavailable."""
    word = _plain(wanted)
    shown = [d for d in offers.departments_of(ports, hospital_id=hospital_id) if _fits(d, word)]
    ids = {d.id for d in shown}
    houses: dict[str, list[Branch]] = {}
    for top in (d for d in shown if d.parent_id not in ids):
        below = tuple(d for d in shown if d.parent_id == top.id)
        houses.setdefault(f"{top.campus}{top.building}", []).append(Branch(top, below))
    return [House(name, tuple(branches)) for name, branches in houses.items()]


def doctors(ports: Ports, *, hospital_id: str, wanted: str) -> list[tuple[Doctor, Department]]:
    """The doctors whose name holds a word, each with his department; none for no word. Raises HisUnavailable."""
    word = _plain(wanted).removesuffix("医生").removesuffix("大夫")
    known = {d.id: d for d in offers.departments_of(ports, hospital_id=hospital_id)}
    found = [d for d in offers.doctors(ports) if word and word in d.name and d.department_id in known]
    return [(each, known[each.department_id]) for each in found]


def _fits(department: Department, word: str) -> bool:
    """Its names count, and what it says that it sees (高血压)."""
    return any(word in _plain(text or "") for text in (department.name, department.standard_name, department.intro))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
