"""Prescriptions and bills of the demo's patients: one visit a day on which something was examined."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from bot import clock
from bot.his.embedded.generator_people import name
from bot.his.embedded.generator_prices import prices
from bot.his.embedded.generator_tables import dice, read
from bot.his.port import hospital_of

Row = dict[str, Any]
Rows = list[Row]
UNLISTED_FEN = 8000  # an examination that stands under another name in the price list
REFUNDED = 12  # one bill in so many was given back
CLINICS = {
    "diabetes": "内分泌科",
    "hyperthyroid": "内分泌科",
    "hypothyroid": "内分泌科",
    "lipid": "心血管内科",
    "clot": "血管外科",
    "anaemia": "血液科",
    "liver": "消化内科",
    "gout": "风湿免疫科",
    "kidney": "肾内科",
    "infection": "呼吸内科",
}


def papers(seed: str, patients: Rows, reports: Rows) -> dict[str, Rows]:
    """Rows by table: prescription, prescription_item, bill, bill_item."""
    made: dict[str, Rows] = {"prescription": [], "prescription_item": [], "bill": [], "bill_item": []}
    by_id = {patient["id"]: patient for patient in patients}
    for (patient_id, _day), examined in sorted(_visits(reports).items()):
        _visit(made, seed, by_id[patient_id], examined)
    _leave_the_newest_open(made["bill"])
    return made


def _visits(reports: Rows) -> dict[tuple[str, Any], Rows]:
    visits: dict[tuple[str, Any], Rows] = defaultdict(list)
    for report in reports:
        visits[report["patient_id"], clock.local(report["ordered_at"]).date()].append(report)
    return visits


def _visit(made: dict[str, Rows], seed: str, patient: Row, examined: Rows) -> None:
    at = min(report["ordered_at"] for report in examined)
    rng = dice(seed, "papers", patient["id"], at)
    items = [{"name": report["name"], "quantity": 1, "fen": _price(report["name"])} for report in examined]
    _bill(made, patient, "检验检查费", at, items, state="paid")
    drugs = [row for row in read("regimens") if row["trait"] in patient["traits"]]
    if drugs:
        later = at + timedelta(minutes=rng.randrange(90, 240))
        _prescription(made, seed, patient, later, drugs)
        cost = [_drug_line(row) for row in drugs]
        _bill(made, patient, "药费", later, cost, state="paid" if rng.randrange(REFUNDED) else "refunded")


def _prescription(made: dict[str, Rows], seed: str, patient: Row, at: datetime, drugs: list[dict[str, str]]) -> None:
    prescription_id, listed = _id("rx", patient, at, "rx"), _drugs()
    clinic = CLINICS[drugs[0]["trait"]]
    made["prescription"].append(
        {
            "id": prescription_id,
            "patient_id": patient["id"],
            "ordered_at": at,
            "doctor_name": name(dice(seed, "prescriber", clinic), "f"),
            "department_name": clinic,
            "state": "dispensed",
        }
    )
    made["prescription_item"] += [
        {
            "prescription_id": prescription_id,
            "position": place,
            "name": row["drug"],
            "spec": listed[row["drug"]]["spec"],
            "quantity": int(row["quantity"]),
            "unit": listed[row["drug"]]["unit"],
            "usage": row["usage"],
        }
        for place, row in enumerate(drugs)
    ]


def _bill(made: dict[str, Rows], patient: Row, title: str, at: datetime, items: Rows, *, state: str) -> None:
    bill_id = _id("b", patient, at, title)
    facts = {"id": bill_id, "patient_id": patient["id"], "made_at": at, "name": title}
    made["bill"].append({**facts, "fen": sum(item["fen"] for item in items), "state": state})
    made["bill_item"] += [{**item, "bill_id": bill_id, "position": place} for place, item in enumerate(items)]


def _leave_the_newest_open(bills: Rows) -> None:
    """Every third patient has not paid his newest bill yet."""
    newest = {bill["patient_id"]: bill for bill in sorted(bills, key=lambda bill: (bill["made_at"], bill["id"]))}
    for bill in list(newest.values())[::3]:
        bill["state"] = "open"


def _drug_line(row: dict[str, str]) -> Row:
    return {
        "name": row["drug"],
        "quantity": int(row["quantity"]),
        "fen": int(_drugs()[row["drug"]]["fen"]) * int(row["quantity"]),
    }


@cache
def _drugs() -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in read("drugs")}


@cache
def _price(title: str) -> int:
    """Of the examination with this name, or whose name begins with it."""
    listed = {row["name"]: row["fen"] for row in prices() if row["kind"] == "exam"}
    close = [fen for known, fen in listed.items() if known.startswith(title)]
    return int(listed.get(title) or next(iter(close), UNLISTED_FEN))


def _id(kind: str, patient: Row, at: datetime, what: str) -> str:
    stamp = hashlib.sha256(f"{patient['id']}/{at}/{what}".encode()).hexdigest()
    return f"{hospital_of(patient['id'])}.{kind}{stamp[:16]}"
