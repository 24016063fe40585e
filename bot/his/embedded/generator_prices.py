"""The price list: registration, examinations, imaging by body part, drugs."""

from __future__ import annotations

from typing import Any

from bot.his.embedded.generator_tables import read

Row = dict[str, Any]


def prices() -> list[Row]:
    """Rows of his_price; codes count within exams (E) and drugs (D)."""
    exams = [*_registration(), *read("exams"), *_imaging()]
    return [
        {**_price(row), "kind": kind, "code": f"{kind[0].upper()}{serial:04d}"}
        for kind, rows in (("exam", exams), ("drug", read("drugs")))
        for serial, row in enumerate(rows, 1)
    ]


def _price(row: dict[str, str]) -> Row:
    return {"name": row["name"], "spec": row["spec"], "unit": row["unit"], "fen": int(row["fen"])}


def _registration() -> list[dict[str, str]]:
    return [
        {"name": f"门诊诊查费（{row['title']}）", "spec": "", "unit": "次", "fen": row["fee_fen"]}
        for row in read("titles")
    ]


def _imaging() -> list[dict[str, str]]:
    return [
        {"name": row["pattern"].format(part), "spec": row["spec"], "unit": row["unit"], "fen": row["fen"]}
        for row in read("imaging_parts")
        for part in row["parts"].split()
    ]
