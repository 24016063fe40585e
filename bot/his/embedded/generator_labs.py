"""Laboratory values: around each person's own level, moved by what he has, with the sums that must add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from bot.his.embedded.generator_tables import dice, read

Row = dict[str, Any]
Values = dict[str, float]
NOTHING: Mapping[str, str] = {}
CHILD_UNTIL = 14  # years
ODD_FINDING = 0.03  # chance of an abnormal word in a healthy person
WITHIN = 0.4  # of the spread lies between visits of one person, the rest between people
BETWEEN = 0.7


@dataclass(frozen=True)
class Subject:
    """Whose blood it is. `severity` scales what his traits do: 1 = as in traits.csv, 0 = not at all."""

    seed: str
    patient_id: str
    sex: str
    age: int
    traits: tuple[str, ...]
    severity: float = 1.0

    @property
    def child(self) -> bool:
        return self.age < CHILD_UNTIL


def subject(seed: str, patient: Row, day: date, severity: float) -> Subject:
    """The patient (a row of generator_people) on one day."""
    age = int((day - patient["birth_date"]).days / 365.25)
    return Subject(seed, patient["id"], patient["sex"], age, tuple(patient["traits"]), severity)


def _egfr(values: Values, who: Subject) -> float:
    """CKD-EPI 2021 from creatinine in μmol/L; at most 130 as laboratories print it."""
    low, power, factor = (0.7, -0.241, 1.012) if who.sex == "f" else (0.9, -0.302, 1.0)
    ratio = values["CREA"] / 88.4 / low
    raw = 142 * min(ratio, 1) ** power * max(ratio, 1) ** -1.2 * 0.9938**who.age * factor
    return float(min(raw, 130))


# Values that follow from others of the same panel, in the order in which they can be computed.
DERIVED: dict[str, Callable[[Values, Subject], float]] = {
    "NEUT%": lambda v, _: 100 - v["LYMPH%"] - v["MONO%"] - v["EO%"] - v["BASO%"],
    "NEUT#": lambda v, _: v["WBC"] * v["NEUT%"] / 100,
    "LYMPH#": lambda v, _: v["WBC"] * v["LYMPH%"] / 100,
    "HCT": lambda v, _: v["MCV"] * v["RBC"] / 10,
    "HGB": lambda v, _: v["MCHC"] * v["HCT"] / 100,
    "MCH": lambda v, _: v["HGB"] / v["RBC"],
    "GLB": lambda v, _: v["TP"] - v["ALB"],
    "AG": lambda v, _: v["ALB"] / v["GLB"],
    "DBIL": lambda v, _: v["TBIL"] * 0.31,
    "IBIL": lambda v, _: v["TBIL"] - v["DBIL"],
    "LDL": lambda v, _: v["TC"] - v["HDL"] - v["TG"] / 2.2,
    "NHDL": lambda v, _: v["TC"] - v["HDL"],
    "INR": lambda v, _: v["PT"] / 11.8,
    "EGFR": _egfr,
}


def panel(name: str, who: Subject, visit: object, fixed: Mapping[str, str] = NOTHING) -> list[Row]:
    """The lines of one panel at one visit: rows of his_observation without report and position.

    `fixed` are values by code that do not follow from who it is; what is computed from them follows them.
    """
    rng = dice(who.seed, "lab", who.patient_id, name, visit)
    lines = [line for line in read("panels") if line["panel"] == name and not (who.child and line["code"] == "EGFR")]
    values = {line["code"]: _level(rng, line, who) for line in lines if not line["words"]}
    values |= {code: float(value) for code, value in fixed.items() if code in values}
    for code, rule in DERIVED.items():
        if code in values and code not in fixed:
            values[code] = rule(values, who)
    return [
        _words(rng, line, who, fixed) if line["words"] else _number(line, who, values[line["code"]]) for line in lines
    ]


def limits(reference: str) -> tuple[float | None, float | None]:
    """`3.5-9.5` → both ends, `<5.2` → (None, 5.2), `>1.0` → (1.0, None)."""
    if reference[0] == "<":
        return None, float(reference[1:])
    if reference[0] == ">":
        return float(reference[1:]), None
    low, high = reference.split("-")
    return float(low), float(high)


def _reference(line: dict[str, str], who: Subject) -> str:
    special = line["child"] if who.child else line["female"] if who.sex == "f" else ""
    return special or line["male"]


def _usual(line: dict[str, str], who: Subject) -> tuple[float, float]:
    """Mean and spread among the healthy: as the table says, else the range's middle and a sixth of it."""
    low, high = limits(_reference(line, who))
    if line["mean"]:
        return float(line["mean"]), float(line["sd"])
    low, high = low or 0.0, high or (low or 0.0) * 1.4
    return (low + high) / 2, (high - low) / 6


def _level(rng: Random, line: dict[str, str], who: Subject) -> float:
    mean, spread = _usual(line, who)
    own = dice(who.seed, "level", who.patient_id, line["code"]).gauss(0, BETWEEN)
    for trait in read("traits"):
        if trait["trait"] in who.traits and trait["code"] == line["code"] and trait["mean"]:
            mean *= (float(trait["mean"]) / mean) ** who.severity
            spread = float(trait["sd"])
    return max(mean + spread * (own + rng.gauss(0, WITHIN)), mean * 0.2)


def _number(line: dict[str, str], who: Subject, value: float) -> Row:
    reference = _reference(line, who)
    low, high = limits(reference)
    text = f"{value:.{int(line['decimals'])}f}"
    printed = float(text)
    above = high is not None and (printed >= high if low is None else printed > high)
    below = low is not None and (printed <= low if high is None else printed < low)
    flag = "H" if above else "L" if below else "N"
    return _line(line, text, reference, low, high, flag * 2 if _critical(line["code"], printed) else flag)


def _critical(code: str, printed: float) -> bool:
    """Whether somebody must be called at once."""
    row = next((row for row in read("critical") if row["code"] == code), {})
    return bool((row.get("low") and printed < float(row["low"])) or (row.get("high") and printed > float(row["high"])))


def _words(rng: Random, line: dict[str, str], who: Subject, fixed: Mapping[str, str]) -> Row:
    usual, odd = line["words"].split("/")
    value = odd if rng.random() < ODD_FINDING else usual
    for trait in read("traits"):
        found = trait["trait"] in who.traits and trait["code"] == line["code"] and rng.random() < who.severity
        value = trait["words"] if found else value
    value = fixed.get(line["code"], value)
    return _line(line, value, usual, None, None, "N" if value == usual else "H")


def _line(line: dict[str, str], value: str, reference: str, low: float | None, high: float | None, flag: str) -> Row:
    return {
        "code": line["code"],
        "name": line["name"],
        "value": value,
        "unit": line["unit"],
        "low": low,
        "high": high,
        "reference": reference,
        "flag": flag,
    }
