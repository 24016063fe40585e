"""gate-scalpers: on a release morning a thousand scripted accounts with fifty patients stand against two hundred people.

The scripts come twice: `hammering`, all accounts call at once and again whenever they may; `clever`, one account a
patient calls at the second that is best for it. Afterwards they sell: every place they give back is asked for in the
same second, and every minute after, in a buyer's name, while the people who got none stand in line.

What bounds them. A patient has one number a department and day, however many accounts ask for him: fifty at most. Turns
are drawn by lot for each patient, so the scripts' part of the places is about their patients' part of all patients who
ask; people come late, which gives the scripts a little more, and a lot has its chance: the gate allows the fair share,
a third of it for the lateness, and three standard deviations. A place given back is the line's, then nobody's for a
random time: what is sold is at most the buyers' part of the line, and the same three deviations. The control takes the
three guards away: the scripts have to win more than half of the places, and sell more than half of what they try.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import logging
import math
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from unittest.mock import patch

import sqlalchemy as sa

from bot.his.embedded import booking as desk
from bot.services import guards, operations, returned, turns
from tests.factories import RULES, someone
from tests.gates.scenes.morning import Morning, morning
from tests.gates.scenes.rush import Account, Rush, Sale, Wanted, an_account

DEVIATIONS = 3
LATENESS = 1 / 3  # of the fair share
ONE_A_DAY = "uq_his_appointment_patient_id_department_id_day_active"
WON = 0.5  # of the places, and of what was to be sold, without the guards


@dataclass(frozen=True)
class Shares:
    """Who held the places after the rush, and what became of those that scripts gave back for their buyers."""

    people: int
    scripts: int
    most: int  # numbers of one patient
    tried: int
    sold: int
    in_line: int
    broken: int

    def says(self, name: str) -> str:
        return (
            f"{name:10} people={self.people} scripts={self.scripts} most_of_one_patient={self.most}"
            f" sold={self.sold}/{self.tried} errors={self.broken}"
        )


@dataclass(frozen=True)
class Crowd:
    people: list[Account]
    scripts: list[Account]
    buyers: list[Account]

    def run(self, wanted: Wanted, scripts: Sequence[Account], seed: int) -> Shares:
        """One morning and its sale."""
        chance = random.Random(seed)
        wanted.open()
        rush = Rush(wanted, [*self.people, *scripts], chance)
        rush.run()
        held = wanted.holders()
        patients = {script.patient_id: script for script in self.scripts}
        sellers = [script for patient, script in patients.items() if held[patient]][: len(self.buyers)]
        without = [person for person in self.people if not held[person.patient_id]]
        Sale(wanted, sellers, self.buyers, chance).run(without)
        after, theirs = wanted.holders(), sum(held[patient] for patient in patients)
        sold = sum(after[buyer.patient_id] > 0 for buyer in self.buyers)
        most = max((held | after).values())
        line = len(without) + len(sellers)
        return Shares(held.total() - theirs, theirs, most, len(sellers), sold, line, rush.broken.total())


def gather(place: Morning, *, people: int, accounts: int, patients: int, buyers: int) -> Crowd:
    """People with their own cards, scripts that share so many, and buyers whom scripts serve."""
    shared = [someone() for _ in range(patients)]
    return Crowd(
        [an_account(place, someone(), human=True) for _ in range(people)],
        [an_account(place, shared[n % patients], human=False) for n in range(accounts)],
        [an_account(place, someone(), human=False) for _ in range(buyers)],
    )


@contextmanager
def unguarded(place: Morning) -> Iterator[None]:
    """Every number finds a place of its own name, here and at the hospital; nothing is counted, drawn or kept back."""
    names = count()

    def anew(*_: object) -> list[str]:
        return [f"unguarded-{next(names)}"]

    def free(*_: object, left: int, **__: object) -> bool:
        return left > 0

    with place.office.database.writing() as connection:
        connection.execute(sa.text(f"ALTER TABLE his_appointment DROP CONSTRAINT {ONE_A_DAY}"))
    with ExitStack() as gone:
        for room, name, instead in (
            (desk, "_same_day", lambda *_: sa.false()),
            (guards, "day_places", anew),
            (guards, "week_places", anew),
            (operations, "count", lambda *_, **__: None),
            (turns, "check", lambda *_, **__: None),
            (returned, "note", lambda *_, **__: True),
            (returned, "for_sale", free),
        ):
            gone.enter_context(patch.object(room, name, instead))
        yield


def most_places(places: int, people: int, patients: int) -> int:
    """The fair share of so many patients among all, with what lateness and chance may add; never more than one each."""
    everybody = patients + people
    fair = places * patients / everybody
    chance = math.sqrt(fair * people / everybody * max(1 - places / everybody, 0))  # drawn without replacement
    return min(patients, math.floor(fair * (1 + LATENESS) + DEVIATIONS * chance))


def most_sold(found: Shares) -> int:
    """The buyers' part of the line, of the places that came back to it."""
    fair = found.tried * found.tried / max(found.in_line, 1)
    return math.floor(fair + DEVIATIONS * math.sqrt(fair))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=1000, help="of scripts")
    options.add_argument("--patients", type=int, default=50, help="whose cards the scripts share")
    options.add_argument("--people", type=int, default=200)
    options.add_argument("--places", type=int, default=100)
    options.add_argument("--buyers", type=int, default=15, help="to whom scripts want to pass places on")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    sizes = {name: getattr(chosen, name) for name in ("people", "accounts", "patients", "buyers")}
    with morning() as place:
        crowd, wanted = gather(place, **sizes), Wanted(place, places=chosen.places, slots=5)
        clever = crowd.scripts[: chosen.patients]
        alone = crowd.run(wanted, [], chosen.seed)
        found = {
            "hammering": crowd.run(wanted, crowd.scripts, chosen.seed),
            "clever": crowd.run(wanted, clever, chosen.seed),
        }
        with unguarded(place):
            control = crowd.run(wanted, crowd.scripts, chosen.seed)
    for name, shares in {"no scripts": alone, **found, "control": control}.items():
        print(shares.says(name))
    bound = most_places(chosen.places, chosen.people, chosen.patients)
    held = all(
        shares.scripts <= bound
        and shares.most <= RULES["bookings_per_department_day"]
        and shares.sold <= most_sold(shares)
        and not shares.broken
        for shares in found.values()
    )
    lost = control.scripts > WON * chosen.places and control.sold > WON * control.tried
    worst = max(found.values(), key=lambda shares: shares.scripts)
    print(
        f"scalpers: places={chosen.places} people={chosen.people} accounts={chosen.accounts} patients={chosen.patients}"
        f" to_people={worst.people} to_scripts={worst.scripts} bound={bound} kept={worst.people / max(alone.people, 1):.0%}"
        f" sold={max(s.sold for s in found.values())}/{worst.tried} most_of_one_patient={worst.most}"
        f" control={control.scripts}/{chosen.places}_to_scripts,{control.sold}/{control.tried}_sold"
        f" {'OK' if held and lost else 'FAIL'}"
    )
    return 0 if held and lost else 1


if __name__ == "__main__":
    sys.exit(main())
