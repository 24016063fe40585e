"""Demo hospitals in files: each is loaded once for a whole run, by whichever worker needs it first, and then copied."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from bot import clock
from bot.his.embedded import EmbeddedHis, demo

Loaded = Callable[[str, datetime], Path]


def shared(factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all its workers see."""
    own = factory.getbasetemp()
    found = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "hospitals"
    found.mkdir(exist_ok=True)
    return found


def loaded(folder: Path, hospital_id: str, moment: datetime) -> Path:
    """The file of one hospital as it is at this moment (naive UTC), without a journal beside it: a copy is whole."""
    path = folder / f"{hospital_id}-{moment:%Y%m%d%H%M}.db"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _load(path.with_suffix(".new"), hospital_id, moment).rename(path)
    return path


def _load(path: Path, hospital_id: str, moment: datetime) -> Path:
    his = EmbeddedHis(f"sqlite:///{path}")
    with clock.frozen(moment):
        assert demo.load(his, hospital_id=hospital_id)
    with his.database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")
    his.close()
    return path
