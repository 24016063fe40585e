"""gate-booking-model at a small size: some lives of a small hospital, and a guard that is missed at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Verbosity

from tests.gates.booking_model import find, live
from tests.gates.model.controls import old_number_held_while_moving
from tests.gates.model.hospital import build
from tests.gates.model.machine import Run


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    build(folder)
    return folder


def test_what_must_hold_holds_after_every_step(template: Path) -> None:
    run = Run(template, seed=6)
    assert live(run, 300, verbosity=Verbosity.quiet) is None
    assert run.steps >= 300
    assert all(run.tally[rule]["ok"] for rule in ("book", "pay", "reschedule", "cancel", "accept", "next_morning"))


def test_a_guard_that_is_gone_is_noticed(template: Path) -> None:
    assert find(template, old_number_held_while_moving)
