"""gate-booking-model: patients, a hospital and time do as they like, and after every step all that must hold holds.

A state machine of hypothesis over the real services, the embedded hospital and the simulator's till, each in a
database of its own. What must hold is in model/truth.py and model/money.py as queries over all, what people were told
in model/told.py. The control takes the
guards of model/controls.py away one by one; the machine has to find each of them. A rule joins as one more class in
`Everybody`.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.stateful import run_state_machine_as_test

from tests.gates.model.by_hospital import Hospital
from tests.gates.model.by_paying import Payers
from tests.gates.model.by_time import Time
from tests.gates.model.by_waiting import Waiters
from tests.gates.model.controls import CONTROLS
from tests.gates.model.hospital import build
from tests.gates.model.machine import Run, ViolationError

STEPS_A_LIFE = 50  # of one copy of the hospital
CONTROL_STEPS = 6_000  # within which a guard that is gone has to be noticed; most are within 1,000
CONTROL_SEED = 7  # so that a control does not see the same lives
OFTEN = 10  # every rule has to succeed at least this often in a run of full size
FULL = 10_000  # steps of a run of full size


class Everybody(Payers, Waiters, Hospital, Time):
    """All rules there are."""


# Hypothesis likes to draw numbers that stand in our modules: those that happen to be loaded. A seed has to mean the
# same run wherever it is started.
@patch.object(HypothesisProvider, "_maybe_draw_constant", lambda *_, **__: None)
def live(run: Run, steps: int, *, verbosity: Verbosity = Verbosity.normal) -> ViolationError | None:
    """So many steps from one seed, in lives of a fresh hospital each; gives what did not hold."""
    began = run.steps
    try:
        while (missing := steps - (run.steps - began)) > 0:  # hypothesis may end sooner than it was asked to
            machine = seed(run.seed + run.steps)(type("BookingModel", (Everybody,), {"run": run}))
            run_state_machine_as_test(machine, settings=_lives(-(-missing // STEPS_A_LIFE), verbosity))
    except ViolationError as violation:
        return violation
    return None


def _lives(many: int, verbosity: Verbosity) -> settings:
    return settings(
        max_examples=many,
        stateful_step_count=STEPS_A_LIFE,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=verbosity,
    )


def find(template: Path, guard: Callable[[], Any], steps: int = CONTROL_STEPS) -> bool:
    """Whether the machine notices that a guard is gone."""
    run = Run(template, CONTROL_SEED)
    with guard():
        found = live(run, steps, verbosity=Verbosity.quiet)
    what = str(found).partition(":")[0] if found else "NOT FOUND"
    print(f"without {guard.__name__:30} step {run.steps:5}: {what}", flush=True)
    return found is not None


def seldom(run: Run) -> list[str]:
    """Rules that hardly ever did anything: a run without them proves nothing of them."""
    names = {rule.function.__name__ for rule in Everybody.setup_state().rules}
    return sorted(name for name in names if run.tally[name]["ok"] < OFTEN)


def report(run: Run) -> None:
    """How often each rule had which outcome, what else happened, and where everything ended."""
    for name, outcomes in sorted(run.tally.items()):
        print(f"{name:15}", " ".join(f"{outcome}={times}" for outcome, times in outcomes.most_common()))
    for name, times in sorted(run.seen.items()):
        print(f"{name:30} {times}")


def summary(run: Run, found: ViolationError | None, control: Sequence[bool], *, good: bool) -> str:
    tally, seen = run.tally, run.seen
    facts = {
        "steps": run.steps,
        "seed": run.seed,
        "rules": sum(not name.startswith("job:") for name in tally),
        "booked": tally["book"]["ok"] + tally["book_boldly"]["ok"],
        "cancelled": tally["cancel"]["ok"],
        "moved": tally["reschedule"]["ok"],
        "offers": seen["notice:place"],
        "offers_taken": tally["accept"]["ok"],
        "stopped": seen["notice:stopped"],
        "missed": seen["booking:missed"],
        "paid": seen["notice:paid_booked"],
        "lapsed": seen["notice:pay_lapsed"],
        "money_back": seen["pay_refund:done"],
        "unknown": tally["book"]["his_unavailable"] + tally["reschedule"]["his_unavailable"],
        "settled_later": tally["job:settle"]["ok"],
        "violations": int(found is not None),
        "control": f"{sum(control)}/{len(control)}",
    }
    return f"booking-model: {' '.join(f'{name}={value}' for name, value in facts.items())} {'OK' if good else 'FAIL'}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=FULL)
    options.add_argument("--seed", type=int, default=20261123)
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        run = Run(Path(folder), chosen.seed)
        found = live(run, chosen.steps)
        report(run)
        control = [find(Path(folder), guard) for guard in CONTROLS]
    empty = seldom(run) if chosen.steps >= FULL else []
    print("found:", found or "nothing", *getattr(found, "__notes__", ()), sep="\n")  # the notes are the steps to it
    print(f"seldom: {empty}")
    good = found is None and all(control) and not empty
    print(summary(run, found, control, good=good))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
