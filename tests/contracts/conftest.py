"""The adapters under contract: the embedded hospital on both databases, and HTTP against a served one."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from bot import clock
from bot.his.embedded import EmbeddedHis, demo
from bot.his.http import HttpHis
from bot.his.port import HisPort, Patient, Slot
from bot.his.serve import create_app

MONDAY = date(2026, 11, 23)
NOW = clock.utc(datetime(2026, 11, 23, 9, 5))  # Monday, in the middle of the morning's clinics
KEY = "contract:a-secret-that-is-long-enough"
TEMPLATE = "his_template"
_numbers = count(1)


@dataclass
class World:
    """One hospital: `his` is the adapter under test, `office` the same hospital from the inside."""

    his: HisPort
    office: EmbeddedHis
    _given: Iterator[int] = field(default_factory=count)

    def patient(self) -> Patient:
        """A demo patient whom nobody in this test has used yet."""
        known = demo.demo_facts()["patients"][next(self._given)]
        found = self.his.find_patient(name=known["name"], id_number=known["id_number"], phone=known["phone"])
        assert found is not None
        return found

    def free(self, *, day: date = MONDAY + timedelta(days=1), left: int = 1, department_id: str | None = None) -> Slot:
        """The first slot of a day with at least so many places left."""
        found = self.his.slots(first=day, last=day, department_id=department_id)
        return next(slot for slot in found if slot.left >= left)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture(scope="session")
def _sqlite_hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loaded hospital in one file without a journal beside it, so that a copy is whole."""
    path = tmp_path_factory.mktemp("his") / "template.db"
    his = EmbeddedHis(f"sqlite:///{path}")
    with clock.frozen(NOW):
        assert demo.load(his)
    with his.database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")
    his.close()
    return path


@pytest.fixture(scope="session")
def _postgres_hospital(postgres: Callable[[str], str]) -> str:
    _command(postgres("postgres"), f"CREATE DATABASE {TEMPLATE}")
    his = EmbeddedHis(postgres(TEMPLATE))
    with clock.frozen(NOW):
        assert demo.load(his)
    his.close()
    return TEMPLATE


@pytest.fixture
def sqlite_office(_sqlite_hospital: Path, tmp_path: Path) -> Iterator[EmbeddedHis]:
    """A loaded hospital of this test's own on SQLite."""
    shutil.copy(_sqlite_hospital, tmp_path / "his.db")
    his = EmbeddedHis(f"sqlite:///{tmp_path / 'his.db'}")
    yield his
    his.close()


@pytest.fixture
def postgres_office(postgres: Callable[[str], str], _postgres_hospital: str) -> Iterator[EmbeddedHis]:
    """A loaded hospital of this test's own on PostgreSQL."""
    name = f"his_{next(_numbers)}"
    _command(postgres("postgres"), f"CREATE DATABASE {name} TEMPLATE {_postgres_hospital} STRATEGY FILE_COPY")
    his = EmbeddedHis(postgres(name))
    yield his
    his.close()
    _command(postgres("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def served(sqlite_office: EmbeddedHis) -> Iterator[World]:
    """The hospital behind a real HTTP server on loopback."""
    server = make_server("127.0.0.1", 0, create_app(sqlite_office, KEY), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    his = HttpHis(f"http://127.0.0.1:{server.server_port}", KEY)
    yield World(his, sqlite_office)
    his.close()
    server.shutdown()
    thread.join()


@pytest.fixture(params=["embedded_sqlite", "embedded_postgresql", "http"])
def world(request: pytest.FixtureRequest) -> World:
    """Every adapter, one after the other."""
    if request.param == "http":
        made: Any = request.getfixturevalue("served")
        assert isinstance(made, World)
        return made
    office = request.getfixturevalue("sqlite_office" if request.param == "embedded_sqlite" else "postgres_office")
    return World(office, office)


def _command(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
