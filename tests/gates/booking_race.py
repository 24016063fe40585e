"""gate-booking-race: a crowd books one slot at once on PostgreSQL; nobody is sold what is not there.

Every seed opens the same slot anew and lets the crowd come in another order. The control is the same crowd with the
stock looked at and then written, as a beginner would, and the constraints that would notice taken away: it has to
oversell. The same key from everybody at once has to be one booking.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import HisRefused
from bot.his.embedded import stock, tables
from bot.his.embedded.stock import Door
from tests.gates.scenes.morning import Morning, morning

CONTROL_MUST_OVERSELL = 0.95  # of the seeds
GUARDS = {  # what the control takes away besides the conditional UPDATE
    "his_slot": ("ck_his_slot_stock", "ck_his_slot_share_taken", "ck_his_slot_both_shares"),
    "his_appointment": ("uq_his_appointment_session_id_number_active",),
}


def rush(place: Morning, slot: str, seed: int, *, people: int, places: int) -> tuple[int, int, int, bool]:
    """One seed: booked, refused and broken calls, and whether both databases agree with that."""
    place.open([slot], places)
    calls = [(buyer, f"race-{seed}-{n}") for n, buyer in enumerate(place.buyers[:people])]
    random.Random(seed).shuffle(calls)
    outcome = place.rush(slot, calls)
    numbers = place.at_the_hospital(slot)
    agree = len(numbers) == len(set(numbers)) == len(outcome.booked) == place.ours("booked")
    for code, times in outcome.errors.items():
        print(f"seed {seed}: {code} x {times}")
    return len(outcome.booked), outcome.refused.total(), outcome.errors.total(), agree


def one_key(place: Morning, slot: str, *, people: int, places: int) -> bool:
    """The same person, card and key from everybody: one row, and everybody hears of that one."""
    place.open([slot], places)
    outcome = place.rush(slot, [(place.buyers[0], "one-key")] * people)
    same = len(outcome.booked) == people and len(set(outcome.booked)) == 1
    return same and place.ours() == 1 and len(place.at_the_hospital(slot)) == 1


@contextmanager
def unguarded(place: Morning) -> Iterator[None]:
    """Look how many places are left, then take one."""

    def look_then_take(connection: Connection, slot_id: str, _door: Door) -> int:
        row = connection.execute(sa.select(tables.slot).where(tables.slot.c.id == slot_id)).one()
        if row.taken >= row.capacity:
            raise HisRefused("slot_full")
        taking = sa.update(tables.slot).where(tables.slot.c.id == slot_id)
        connection.execute(taking.values(taken=row.taken + 1))
        return int(row.first_number + row.taken)

    with place.office.database.writing() as connection:
        for table, names in GUARDS.items():
            for name in names:
                connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    with patch.object(stock, "take_place", look_then_take):
        yield


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--people", type=int, default=500)
    options.add_argument("--places", type=int, default=20)
    chosen = options.parse_args()
    crowd = {"people": chosen.people, "places": chosen.places}
    with morning() as place:
        place.gather(chosen.people)
        slot = place.empty_slots(1)[0]
        found = [rush(place, slot, seed, **crowd) for seed in range(chosen.seeds)]
        once = one_key(place, slot, **crowd)
        with unguarded(place):
            control = [rush(place, slot, seed, **crowd)[0] > chosen.places for seed in range(chosen.seeds)]
    expected = (chosen.places, chosen.people - chosen.places, 0, True)
    exact = sum(seed == expected for seed in found)
    good = exact == chosen.seeds and once and sum(control) >= CONTROL_MUST_OVERSELL * chosen.seeds
    print(
        f"booking-race: seeds={chosen.seeds} people={chosen.people} places={chosen.places} exact={exact}"
        f" errors={sum(seed[2] for seed in found)} one_key_one_row={once}"
        f" control={sum(control)}/{chosen.seeds}_oversold {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
