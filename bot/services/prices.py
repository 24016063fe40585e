"""What examinations and drugs cost, and what a number with a doctor costs."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.errors import NotFound, Refused
from bot.his.port import Price, PriceKind
from bot.ports import Ports
from bot.services import hospitals

LONGEST = 50  # characters of a search; no item's name is longer
FILE = Path(__file__).resolve().parents[1] / "prices.yaml"


@dataclass(frozen=True)
class Fees:
    """Fees for a number in fen, lowest and highest; `whom` = the doctor or department they are of, may be empty."""

    whom: str
    low_fen: int
    high_fen: int


def find(ports: Ports, *, text: str, kind: PriceKind | None = None) -> list[Price]:
    """Items whose name contains the text, shortest name first; empty = none.

    Raises Refused('not_offered') where no hospital has connected its prices, HisUnavailable.
    """
    wanted = unicodedata.normalize("NFKC", text).strip()[:LONGEST]
    found = ports.his.prices(text=wanted, kind=kind) if wanted else []
    if wanted and not found and not hospitals.offers(ports, "prices"):
        raise Refused("not_offered")
    return found


def near(ports: Ports, *, text: str) -> list[Price]:
    """Items under the names that price lists use for an everyday name (B超 → 超声). Raises HisUnavailable."""
    for word in _listed_as().get(unicodedata.normalize("NFKC", text).strip().upper(), ()):
        found = find(ports, text=word)
        if found:
            return found
    return []


@lru_cache(maxsize=1)
def _listed_as() -> dict[str, tuple[str, ...]]:
    names = yaml.safe_load(FILE.read_text(encoding="utf-8"))["listed_as"]
    return {str(name).upper(): tuple(words) for name, words in names.items()}


def registration(ports: Ports, *, department_id: str | None = None, doctor_id: str | None = None) -> Fees:
    """What a number costs: with one doctor, in a department, or anywhere here. Raises NotFound, HisUnavailable."""
    doctors = [d for d in ports.his.doctors() if doctor_id in {None, d.id} and department_id in {None, d.department_id}]
    if not doctors:
        raise NotFound
    fees = [d.fee_fen for d in doctors]
    whom = f"{doctors[0].name}医生" if doctor_id else ""
    if department_id and not doctor_id:
        whom = next((d.name for d in ports.his.departments() if d.id == department_id), "")
    return Fees(whom, min(fees), max(fees))
