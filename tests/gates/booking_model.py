"""gate-booking-model: patients, a hospital and time do as they like, and after every step all that must hold holds.

A state machine of hypothesis over the real services and the embedded hospital, each in a database of its own. What
must hold is in model/truth.py as queries over both, what people were told in model/told.py. The control takes the
guards away one by one (model/controls.py); the machine has to find each of them.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import logging
import sys
import tempfile
from pathlib import Path
from time import monotonic

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.gates.model.by_hospital import Hospital
from tests.gates.model.by_patients import Patients
from tests.gates.model.by_time import Time
from tests.gates.model.by_waiting import Waiters
from tests.gates.model.hospital import build
from tests.gates.model.machine import Run

STEPS_A_LIFE = 64  # of one copy of the hospital
PHASES = (Phase.generate,)


class Everybody(Patients, Waiters, Hospital, Time):
    """All rules there are."""


def live(run: Run, lives: int, phases: tuple[Phase, ...] = PHASES) -> None:
    """So many lives of the hospital from one seed; raises what was found."""
    machine = seed(run.seed)(type("BookingModel", (Everybody,), {"run": run}))
    chosen = settings(
        max_examples=lives,
        stateful_step_count=STEPS_A_LIFE,
        phases=phases,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=20261123)
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    began = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        run = Run(Path(folder), chosen.seed)
        live(run, -(-chosen.steps // STEPS_A_LIFE))
    for name in sorted(run.tally):
        print(f"{name:22} {dict(run.tally[name].most_common())}")
    print(dict(sorted(run.seen.items())), monotonic() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main())
