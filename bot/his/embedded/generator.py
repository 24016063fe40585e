"""Writes the demo hospital into an empty database: the same for one seed and day on every machine."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.his.embedded import (
    generator_papers,
    generator_people,
    generator_prices,
    generator_reports,
    generator_special,
    generator_staff,
    tables,
)
from bot.his.embedded.engine import Database
from bot.his.embedded.generator_people import Registry

Row = dict[str, Any]
SEED = generator_staff.house()["seed"]
FIRST = generator_staff.FIRST


def cast(seed: str, hospital_id: str = FIRST) -> tuple[list[Row], list[Row]]:
    """Doctors and named patients of one seed, with nothing else: fast, no database."""
    registry = Registry()
    doctors = generator_staff.doctors(seed, registry, hospital_id)
    return doctors, generator_people.patients(seed, registry, hospital_id)


def generate(database: Database, seed: str, today: date, hospital_id: str = FIRST) -> bool:
    """Write house, staff, patients, history and prices in one transaction; False when a hospital is there."""
    if _inhabited(database):
        return False
    try:
        with database.writing() as connection:
            _write(connection, seed, today, hospital_id)
    except IntegrityError:
        if _inhabited(database):  # another process was faster
            return False
        raise
    return True


def _inhabited(database: Database) -> bool:
    with database.reading() as connection:
        return connection.execute(sa.select(tables.hospital.c.id)).first() is not None


def _write(connection: Connection, seed: str, today: date, hospital_id: str) -> None:
    registry = Registry()
    doctors = generator_staff.doctors(seed, registry, hospital_id)
    patients = generator_people.patients(seed, registry, hospital_id)
    crowd = generator_people.crowd(seed, registry, hospital_id)
    reports, lines = generator_reports.history(seed, patients, today)
    special, special_lines = generator_special.reports(seed, patients, today)
    reports, lines = [*reports, *special], [*lines, *special_lines]
    papers = generator_papers.papers(seed, patients, reports)
    for table, rows in (
        (tables.hospital, [{**generator_staff.house(hospital_id), "seed": seed}]),
        (tables.department, generator_staff.departments(hospital_id)),
        (tables.doctor, doctors),
        (tables.rota, generator_staff.rota(seed, doctors)),
        (tables.patient, [_known(row) for row in patients] + crowd),
        (tables.price, generator_prices.prices()),
        (tables.report, reports),
        (tables.observation, lines),
        *((getattr(tables, name), rows) for name, rows in papers.items()),
    ):
        connection.execute(sa.insert(table), rows)


def _known(patient: Row) -> Row:
    """Without what only the generator knows of him."""
    return {name: value for name, value in patient.items() if name in tables.patient.c}


def days_reports(connection: Connection, seed: str, day: date, hospital_id: str = FIRST) -> bool:
    """Write what is ordered on one scheduled day; once, however many processes ask."""
    day_row = tables.scheduled_day
    marking = sa.update(day_row).where(day_row.c.day == day, sa.not_(day_row.c.reports_made))
    if connection.execute(marking.values(reports_made=True)).rowcount != 1:
        return False
    reports, lines = generator_reports.of_day(seed, cast(seed, hospital_id)[1], day)
    connection.execute(sa.insert(tables.report), reports)
    connection.execute(sa.insert(tables.observation), lines)
    return True
