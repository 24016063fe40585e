"""Who and where: hospitals, departments, doctors, prices, and what a hospital offers over this port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

PriceKind = Literal["exam", "drug"]

# What a hospital may leave out; everything else is asked of every one.
Part = Literal["prices", "holds", "moves", "queue", "news", "reports", "papers"]
EVERY_PART: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True)
class Hospital:
    """`offers` = the parts that it has connected beside what every hospital must have."""

    id: str
    name: str
    address: str
    phone: str
    emergency_phone: str
    emergency_place: str
    offers: tuple[Part, ...] = EVERY_PART


@dataclass(frozen=True)
class Department:
    """`standard_name` is the contract's name of it (骨科), or None where there is none.

    `parent_id` is the department above it (乳腺外科 under 普通外科), `campus` the site (城南院区), "" = the main one.
    """

    id: str
    name: str
    standard_name: str | None
    building: str
    floor: str
    phone: str
    intro: str
    parent_id: str | None = None
    campus: str = ""


@dataclass(frozen=True)
class Doctor:
    id: str
    name: str
    department_id: str
    title: str
    specialty: str
    fee_fen: int


@dataclass(frozen=True)
class Price:
    code: str
    name: str
    kind: PriceKind
    spec: str
    unit: str
    fen: int
    hospital_id: str = ""


def hospital_of(any_id: str) -> str:
    """The hospital that an id belongs to: `yh` of `yh.d012`."""
    return any_id.split(".", 1)[0]


class Directory(Protocol):
    """Asked of every hospital; prices only where they are offered."""

    def hospitals(self) -> list[Hospital]:
        """One, or those of a region in the order in which they should be shown; `id` is the prefix of all their ids."""

    def departments(self) -> list[Department]: ...

    def doctors(self) -> list[Doctor]: ...

    def prices(self, *, text: str, kind: PriceKind | None = None, limit: int = 10) -> list[Price]:
        """Items whose name contains the text (empty text: the first by name), shortest name first.

        None where they are not offered.
        """
