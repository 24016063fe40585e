"""A loaded hospital to copy: Monday 2026-11-23, 7:30, before the clinics open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot import clock
from bot.his.embedded import EmbeddedHis, demo
from tests.hospitals import Loaded

MORNING = clock.utc(datetime(2026, 11, 23, 7, 30))


@pytest.fixture(scope="session")
def loaded(demo_hospital: Loaded) -> Path:
    """Path of a loaded hospital in one file."""
    return demo_hospital(demo.HOUSES[0], MORNING)


@pytest.fixture(scope="session")
def loaded_neighbour(demo_hospital: Loaded) -> Path:
    """Path of another hospital."""
    return demo_hospital(demo.HOUSES[1], MORNING)


@pytest.fixture
def his(loaded: Path, tmp_path: Path) -> Iterator[EmbeddedHis]:
    """A loaded hospital of this test's own, at 7:30."""
    shutil.copy(loaded, tmp_path / "his.db")
    made = EmbeddedHis(f"sqlite:///{tmp_path / 'his.db'}")
    with clock.frozen(MORNING):
        yield made
    made.close()


@pytest.fixture
def neighbour(loaded_neighbour: Path, tmp_path: Path) -> Iterator[EmbeddedHis]:
    """The other hospital, this test's own too."""
    shutil.copy(loaded_neighbour, tmp_path / "neighbour.db")
    made = EmbeddedHis(f"sqlite:///{tmp_path / 'neighbour.db'}")
    yield made
    made.close()
