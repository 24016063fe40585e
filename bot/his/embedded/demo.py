"""The demo hospital as others use it: load it, let a day begin, and say who is in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.his.embedded import crowd, generator, generator_staff, tables
from bot.his.embedded.generator import FIRST
from bot.his.embedded.hospital import EmbeddedHis

HOUSES = generator_staff.HOUSES
DAYS = 14  # bookable days after today


def load(his: EmbeddedHis, seed: str | None = None, hospital_id: str = FIRST) -> bool:
    """Tables, hospital, schedule and today's queues up to the hospital's now; True when it was empty before.

    `hospital_id` is one of data/hospitals.csv and the prefix of all its ids; without a seed, its own.

    May run at every start: what is there stays, what is missing is added.
    """
    his.prepare()
    seed = seed or generator_staff.house(hospital_id)["seed"]
    made = generator.generate(his.database, seed, clock.today(), hospital_id)
    advance(his)
    return made


def advance(his: EmbeddedHis) -> None:
    """Begin a day: schedule up to 14 days ahead, today's orders, half days that began while nobody ticked.

    For a daily job and every start; running it twice or in two processes changes nothing.
    """
    now = clock.now()
    today = clock.local(now).date()
    his.ensure_schedule(today, today + timedelta(days=DAYS))
    with his.database.writing() as connection:
        house = connection.execute(sa.select(tables.hospital.c.id, tables.hospital.c.seed)).first()
        if house is not None and house.seed is not None:
            generator.days_reports(connection, house.seed, today, house.id)
            crowd.catch_up(connection, now)


def demo_facts(seed: str | None = None, hospital_id: str = FIRST) -> dict[str, Any]:
    """`hospital`, `patients[]`, `departments[]`, `doctors[]` for `peizhen demo`; needs no database.

    Doctors carry also `id`, which a staff account can point to.
    """
    house = generator_staff.house(hospital_id)
    doctors, patients = generator.cast(seed or house["seed"], hospital_id)
    departments = generator_staff.departments(hospital_id)
    names = {row["id"]: row["name"] for row in departments}
    return {
        "hospital": house["name"],
        "patients": [{key: row[key] for key in ("name", "id_number", "phone", "card_no")} for row in patients],
        "departments": [{"id": row["id"], "name": row["name"]} for row in departments],
        "doctors": [
            {
                "id": row["id"],
                "name": row["name"],
                "department": names[row["department_id"]],
                "title": row["title"],
            }
            for row in doctors
        ],
    }
