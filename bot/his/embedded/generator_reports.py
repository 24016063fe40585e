"""Reports of the demo's patients: up to three years back, and each day's that are still in the laboratory."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from bot import clock
from bot.his.embedded.generator_labs import panel, subject
from bot.his.embedded.generator_people import name
from bot.his.embedded.generator_tables import dice, read
from bot.his.port import hospital_of

Row = dict[str, Any]
WORSE, BETTER = (
    1.15,
    0.7,
)  # how much a patient's trait shows at the first visit and at the last: treatment helps
ALWAYS_PENDING = 3  # the first patients have something in the laboratory every day: easy to try
TURN = 6  # of the others, one in so many has something on a given day
SECTIONS = ("CT平扫", "磁共振平扫")
SECOND_READING = timedelta(hours=3)
IMAGES = (1, 3)  # imaging reports in a patient's history


def history(seed: str, patients: list[Row], today: date) -> tuple[list[Row], list[Row]]:
    """Rows of his_report and his_observation of the days before today."""
    reports: list[Row] = []
    lines: list[Row] = []
    for patient in patients:
        for made, items in (*_labs(seed, patient, today), *_images(seed, patient, today)):
            reports.append(made)
            lines += items
    return reports, lines


def of_day(seed: str, patients: list[Row], day: date) -> tuple[list[Row], list[Row]]:
    """What is ordered on one day and comes out later that day or in the days after."""
    reports: list[Row] = []
    lines: list[Row] = []
    for index, patient in enumerate(patients):
        turn = (index + day.toordinal()) % TURN == 0
        wanted = 2 if index < ALWAYS_PENDING else int(turn)
        rng = dice(seed, "pending", patient["id"], day)
        for order in _orders(rng, patient, day, wanted):
            made, items = _ordered(seed, rng, patient, order, day)
            reports.append(made)
            lines += items
    return reports, lines


def _labs(seed: str, patient: Row, today: date) -> list[tuple[Row, list[Row]]]:
    """Every panel of every reason to come; two reasons on one day draw one tube."""
    wanted: dict[tuple[str, date], float] = {}
    reasons = {"", patient["label"], *patient["traits"]}
    for plan in (row for row in read("followups") if row["trait"] in reasons):
        days = _visits(dice(seed, "visits", patient["id"], plan["trait"]), patient, int(plan["every_days"]), today)
        for count, day in enumerate(days):
            severity = WORSE - (WORSE - BETTER) * count / max(len(days) - 1, 1)
            wanted |= {(title, day): severity for title in plan["panels"].split()}
    return [_lab(seed, patient, title, day, severity) for (title, day), severity in wanted.items()]


def _lab(seed: str, patient: Row, title: str, day: date, severity: float) -> tuple[Row, list[Row]]:
    rng = dice(seed, "lab report", patient["id"], title, day)
    items = panel(title, subject(seed, patient, day, severity), day)
    return finished(seed, rng, patient, "lab", title, day, items)


def _visits(rng: Random, patient: Row, every: int, today: date) -> list[date]:
    """Days before today, oldest first, one about every `every` days as far back as the history goes."""
    if not patient["years"]:
        return [today - timedelta(days=rng.randrange(2, 12))]
    back = range(patient["years"] * 365 - rng.randrange(20), 2, -every)
    days = (today - timedelta(days=max(count - rng.randrange(every // 6), 2)) for count in back)
    return [day - timedelta(days=1) if day.isoweekday() == 7 else day for day in days]  # noqa: PLR2004 - Sunday


def _images(seed: str, patient: Row, today: date) -> list[tuple[Row, list[Row]]]:
    rng = dice(seed, "images", patient["id"])
    fitting = _fitting(patient, today)
    special = [row for row in fitting if row["trait"]]
    plain = [row for row in fitting if not row["trait"]]
    wanted = special[:2] + rng.sample(plain, min(rng.randint(*IMAGES), len(plain)))
    made = []
    for row in wanted:
        day = today - timedelta(days=rng.randrange(3, 365 * max(patient["years"], 1) - 20))
        made.append(finished(seed, rng, patient, "imaging", row["name"], day, [], row))
    return made


def _fitting(patient: Row, day: date) -> list[dict[str, str]]:
    """Imaging texts that this patient's sex, age, pregnancy and traits allow."""
    age = (day - patient["birth_date"]).days // 366
    return [
        row
        for row in read("imaging")
        if row["sex"] in {"any", patient["sex"]}
        and (row["pregnant"] == "yes" or patient["label"] != "pregnant")
        and int(row["age_low"]) <= age <= int(row["age_high"])
        and (not row["trait"] or row["trait"] in {patient["label"], *patient["traits"]})
    ]


def _orders(rng: Random, patient: Row, day: date, wanted: int) -> list[dict[str, str]]:
    """As many orders as wanted; of two, the second takes days."""
    images = {row["name"] for row in _fitting(patient, day)}
    possible = [row for row in read("pending") if row["kind"] == "lab" or row["name"] in images]
    today = [row for row in possible if row["day_offset"] == "0"]
    later = [row for row in possible if row["day_offset"] != "0"]
    return ([rng.choice(today)] if wanted else []) + ([rng.choice(later)] if wanted > 1 else [])


def _ordered(seed: str, rng: Random, patient: Row, order: dict[str, str], day: date) -> tuple[Row, list[Row]]:
    ordered = _at(day, order["ordered_from"]) + timedelta(minutes=rng.randrange(100))
    expected = _at(day + timedelta(days=int(order["day_offset"])), order["expected"])
    ready = expected + timedelta(minutes=rng.randrange(-25, 12))  # most come a little early, some late
    texts = [row for row in _fitting(patient, day) if row["name"] == order["name"]]
    text = rng.choice(texts) if texts else None
    items = panel(order["name"], subject(seed, patient, day, BETTER), day) if order["kind"] == "lab" else []
    made, lines = _report(seed, rng, patient, order["kind"], order["name"], (ordered, expected, ready), items, text)
    return _read_twice(made), lines


def finished(
    seed: str,
    rng: Random,
    patient: Row,
    kind: str,
    title: str,
    day: date,
    items: list[Row],
    text: dict[str, str] | None = None,
) -> tuple[Row, list[Row]]:
    """A report of one day before today, with its lines."""
    ordered = _at(day, "07:40") + timedelta(minutes=rng.randrange(170))
    ready = ordered + timedelta(minutes=rng.randrange(80, 360))
    expected = _at(day, "15:30")
    return _report(seed, rng, patient, kind, title, (ordered, expected, ready), items, text)


def _report(
    seed: str,
    rng: Random,
    patient: Row,
    kind: str,
    title: str,
    times: tuple[datetime, datetime, datetime],
    items: list[Row],
    text: dict[str, str] | None,
) -> tuple[Row, list[Row]]:
    ordered, expected, ready = times
    stamp = hashlib.sha256(f"{seed}/{patient['id']}/{title}/{ordered}".encode()).hexdigest()
    report = {
        "id": f"{hospital_of(patient['id'])}.r{stamp[:16]}",
        "patient_id": patient["id"],
        "kind": kind,
        "name": title,
        "ordered_at": ordered,
        "expected_at": expected,
        "ready_at": ready,
        "doctor_name": _signer(seed, kind, rng),
        "finding": text["finding"] if text else "",
        "impression": text["impression"] if text else "",
        "preliminary": "",
        "final_at": None,
        "critical": any(line["flag"] in {"HH", "LL"} for line in items),
        "released_at": None,
    }
    return report, [{**line, "report_id": report["id"], "position": place} for place, line in enumerate(items)]


def _read_twice(report: Row) -> Row:
    """Sections are read by a second doctor hours after the first; until then the first one's opinion stands."""
    if not report["name"].endswith(SECTIONS):
        return report
    opinion = report["impression"].partition("，建议")[0].rstrip("。") + "。"
    return {**report, "preliminary": opinion, "final_at": report["ready_at"] + SECOND_READING}


def _signer(seed: str, kind: str, rng: Random) -> str:
    """One of six people of the laboratory or of imaging."""
    who = rng.randrange(6)
    return name(dice(seed, "signer", kind, who), "mf"[who % 2])


def _at(day: date, clock_time: str) -> datetime:
    return clock.utc(datetime.combine(day, time.fromisoformat(clock_time)))
