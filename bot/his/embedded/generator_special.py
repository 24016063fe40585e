"""Results that a doctor tells first: critical values and sensitive tests, some released, some still waiting."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bot.his.embedded.generator_labs import panel, subject
from bot.his.embedded.generator_reports import finished
from bot.his.embedded.generator_tables import dice, read

Row = dict[str, Any]


def reports(seed: str, patients: list[Row], today: date) -> tuple[list[Row], list[Row]]:
    """Rows of his_report and his_observation as special.csv names them."""
    made: list[Row] = []
    lines: list[Row] = []
    for row in read("special"):
        for patient in patients:
            if (patient["label"], str(patient["place"])) == (row["label"], row["place"]):
                report, items = _one(seed, patient, row, today)
                made.append(report)
                lines += items
    return made, lines


def _one(seed: str, patient: Row, row: dict[str, str], today: date) -> tuple[Row, list[Row]]:
    day = today - timedelta(days=int(row["days_ago"]))
    rng = dice(seed, "special", patient["id"], row["name"], day)
    fixed = dict(pair.split("=") for pair in row["values"].split())
    healthy = subject(seed, patient, day, 0.0)
    items = panel(row["name"], healthy, day, fixed) if row["kind"] == "lab" else []
    report, lines = finished(seed, rng, patient, row["kind"], row["name"], day, items, row)
    if row["released_after"]:
        report["released_at"] = report["ready_at"] + timedelta(days=int(row["released_after"]))
    return report, lines
