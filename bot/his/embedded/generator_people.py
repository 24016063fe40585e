"""Made-up people: names, valid identity numbers (GB 11643), phones and card numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from bot.his.embedded.generator_tables import dice, read
from bot.his.embedded.identity import check_digit

AGES_ON = date(2026, 1, 1)  # ages in cohorts.csv count on this day, so that birthdays do not move with the clock
PHONES = ("135", "136", "138", "139", "150", "158", "177", "186", "188", "199")
CROWD = (("f", 18, 90, 1100), ("m", 18, 90, 1000), ("c", 1, 12, 700))  # kind, ages, how many
DOUBLE_SURNAME = 0.02
CARD_KINDS = ("self_pay", "city_insurance", "province_insurance", "rural_insurance", "other")
CARD_SHARES = (25, 45, 12, 15, 3)  # percent: most people of a city are in its own insurance
Row = dict[str, Any]


@dataclass
class Registry:
    """What is given out only once."""

    names: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)


def name(rng: Random, sex: str, *, surname: str | None = None) -> str:
    """A Chinese name of two to four characters."""
    words = {row["kind"]: row["values"] for row in read("people")}
    double = rng.random() < DOUBLE_SURNAME
    family = surname or (rng.choice(words["surname2"].split()) if double else rng.choice(words["surname"]))
    return family + rng.choice(words["male" if sex == "m" else "female"].split())


def unique_name(rng: Random, sex: str, registry: Registry, *, surname: str | None = None) -> str:
    """A name that nobody in the registry has yet."""
    while True:
        drawn = name(rng, sex, surname=surname)
        if drawn not in registry.names:
            registry.names.add(drawn)
            return drawn


def birthday(rng: Random, low: int, high: int) -> date:
    """A birth date with an age of low..high full years on AGES_ON."""
    oldest = AGES_ON.replace(year=AGES_ON.year - high - 1) + timedelta(days=1)
    youngest = AGES_ON.replace(year=AGES_ON.year - low)
    return oldest + timedelta(days=rng.randrange((youngest - oldest).days + 1))


def identity_number(rng: Random, born: date, sex: str, registry: Registry) -> str:
    """A number with a real area code, this birth date and sex, and the right check digit."""
    while True:
        order = rng.randrange(1, 500) * 2 - (sex == "m")
        first = f"{rng.choice(read('areas'))['code']}{born:%Y%m%d}{order:03d}"
        number = first + check_digit(first)
        if number not in registry.numbers:
            registry.numbers.add(number)
            return number


def card_kind(index: int, *words: object) -> str:
    """Who pays: dice of its own, so that nobody's name or number moves when the shares change."""
    return dice("card kind", *words, index).choices(CARD_KINDS, CARD_SHARES)[0]


def patients(seed: str, registry: Registry, hospital_id: str) -> list[Row]:
    """The demo's named patients: one of each cohort, then the second of each, and so on."""
    rng = dice(seed, "patients")
    made: list[Row] = []
    for cohort in read("cohorts"):
        parents = iter([row for row in made if row["label"] == "parent"])
        for place in range(int(cohort["count"])):
            parent = next(parents) if cohort["label"] == "child" else None
            made.append({**_patient(rng, cohort, len(made), parent, registry), "place": place})
            made[-1]["id"] = f"{hospital_id}.p{len(made):05d}"
    return sorted(made, key=lambda row: row["place"])


def _patient(rng: Random, cohort: Row, index: int, parent: Row | None, registry: Registry) -> Row:
    """A child has a parent's phone and surname."""
    sex = rng.choice("mf") if cohort["sex"] == "any" else cohort["sex"]
    born = birthday(rng, int(cohort["age_low"]), int(cohort["age_high"]))
    surname = parent["name"][:-2] or parent["name"][0] if parent else None
    phone = parent["phone"] if parent else f"{rng.choice(PHONES)}0000{1000 + index * 97:04d}"
    return {
        "name": unique_name(rng, sex, registry, surname=surname),
        "id_number": identity_number(rng, born, sex, registry),
        "phone": phone,
        "sex": sex,
        "birth_date": born,
        "card_no": f"80{index + 1:03d}{rng.randrange(100000):05d}",
        "card_kind": card_kind(index, "patients"),
        "label": cohort["label"],
        "traits": cohort["traits"].split(),
        "years": int(cohort["years"]),
    }


def crowd(seed: str, registry: Registry, hospital_id: str) -> list[Row]:
    """Everybody else who ever booked: rows of his_patient."""
    rng = dice(seed, "crowd people")
    return [
        {**_one_of_many(rng, kind, low, high, index, registry), "id": f"{hospital_id}.q{kind}{index + 1:05d}"}
        for kind, low, high, count in CROWD
        for index in range(count)
    ]


def _one_of_many(rng: Random, kind: str, low: int, high: int, index: int, registry: Registry) -> Row:
    sex = rng.choice("mf") if kind == "c" else kind
    born = birthday(rng, low, high)
    return {
        "name": name(rng, sex),
        "id_number": identity_number(rng, born, sex, registry),
        "phone": f"{rng.choice(PHONES)}0001{rng.randrange(10000):04d}",
        "sex": sex,
        "birth_date": born,
        "card_no": f"9{'fmc'.index(kind)}{index + 1:08d}",
        "card_kind": card_kind(index, kind),
    }
