"""A small release morning of gate-scalpers: scripts get their patients' part, and without the guards most."""

from __future__ import annotations

import random
from collections import Counter
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.ports import Ports
from bot.services import guards, operations, turns
from tests.factories import someone
from tests.gates.scenes.morning import MONDAY
from tests.gates.scenes.rush import DAY, Rush, an_account

PEOPLE, PATIENTS, ACCOUNTS, PLACES = 24, 4, 40, 6
SLOTS = [f"yh.s01-{DAY:%Y%m%d}-0900", f"yh.s02-{DAY:%Y%m%d}-0900"]


def rush(ports: Ports, seed: int) -> tuple[int, int, int]:
    """(places that people got, that scripts got, most of one patient)."""
    ports.his.capacity = PLACES
    place: Any = SimpleNamespace(ports=ports)
    shared = [someone() for _ in range(PATIENTS)]
    with clock.frozen(MONDAY):
        people = [an_account(place, someone(), human=True) for _ in range(PEOPLE)]
        scripts = [an_account(place, shared[n % PATIENTS], human=False) for n in range(ACCOUNTS)]
    morning = Rush(SimpleNamespace(place=place, slots=SLOTS), [*people, *scripts], random.Random(seed))
    morning.run()
    assert not morning.broken
    with ports.transaction() as session:
        held = Counter(session.scalars(sa.select(Booking.patient_id).where(Booking.state == "booked")))
    theirs = sum(held[patient] for patient in {script.patient_id for script in scripts})
    return held.total() - theirs, theirs, max(held.values())


def test_forty_accounts_of_four_patients_get_no_more_than_four_numbers(postgres_ports: Ports) -> None:
    people, scripts, most = rush(postgres_ports, seed=1)
    assert people + scripts == PLACES * len(SLOTS)
    assert scripts <= PATIENTS
    assert most == 1


def test_control_without_limits_and_turns_scripts_take_most(postgres_ports: Ports) -> None:
    def free(*_: object) -> list[str]:
        return [f"free-{random.random()}"]

    def nothing(*_: object, **__: object) -> None:
        return None

    gone = patch.object(guards, "day_places", free), patch.object(guards, "week_places", free)
    with gone[0], gone[1], patch.object(operations, "count", nothing), patch.object(turns, "check", nothing):
        _people, scripts, most = rush(postgres_ports, seed=1)
    assert scripts > PATIENTS and scripts > PLACES * len(SLOTS) / 2
    assert most > 1
