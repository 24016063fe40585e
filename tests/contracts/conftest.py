"""The adapters under contract: the embedded hospital on both databases, HTTP against a served one, and a federation.

The federation is an embedded hospital and a served one; the suite runs once for the patients of each.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from bot import clock
from bot.his.embedded import EmbeddedHis, demo
from bot.his.federated import FederatedHis
from bot.his.http import HttpHis
from bot.his.port import HisPort, Patient, Slot
from bot.his.serve import create_app
from tests.hospitals import Loaded

MONDAY = date(2026, 11, 23)
NOW = clock.utc(datetime(2026, 11, 23, 9, 5))  # Monday, in the middle of the morning's clinics
KEY = "contract:a-secret-that-is-long-enough"
TEMPLATE = "his_template"
ADAPTERS = ("embedded_sqlite", "embedded_postgresql", "http", "federated_embedded", "federated_http")
HOME, AWAY = "yh", "yz"
NAMED = frozenset({"find_patient", "register_patient", "appointment_by_key"})
_numbers = count(1)


@dataclass
class World:
    """One hospital: `his` is the adapter under test, `office` the same hospital from the inside.

    Behind a federation there are more hospitals than this one, and their ids come later in every order.
    """

    his: HisPort
    office: EmbeddedHis
    _given: Iterator[int] = field(default_factory=count)

    def patient(self) -> Patient:
        """A demo patient whom nobody in this test has used yet."""
        known = _people()[next(self._given)]
        found = self.his.find_patient(name=known["name"], id_number=known["id_number"], phone=known["phone"])
        assert found is not None
        return found

    def free(self, *, day: date = MONDAY + timedelta(days=1), left: int = 1, department_id: str | None = None) -> Slot:
        """The first slot of a day with at least so many places left."""
        found = self.his.slots(first=day, last=day, department_id=department_id)
        return next(slot for slot in found if slot.left >= left)


@cache
def _people() -> list[dict[str, str]]:
    """The demo's patients, drawn once for all tests."""
    return list(demo.demo_facts()["patients"])


class AtHome:
    """A federation as the services ask it: whoever looks for a patient names the hospital."""

    def __init__(self, his: FederatedHis, hospital_id: str) -> None:
        self._his, self._hospital_id = his, hospital_id

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._his, name)
        return partial(call, hospital_id=self._hospital_id) if name in NAMED else call


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture(scope="session")
def _sqlite_hospital(demo_hospital: Loaded) -> Path:
    """A loaded hospital in one file."""
    return demo_hospital(HOME, NOW)


@pytest.fixture(scope="session")
def _sqlite_neighbour(demo_hospital: Loaded) -> Path:
    """Another one, with the same departments and other doctors and patients."""
    return demo_hospital(AWAY, NOW)


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
def neighbour(_sqlite_neighbour: Path, tmp_path: Path) -> Iterator[EmbeddedHis]:
    """The other hospital, this test's own too."""
    shutil.copy(_sqlite_neighbour, tmp_path / "neighbour.db")
    his = EmbeddedHis(f"sqlite:///{tmp_path / 'neighbour.db'}")
    yield his
    his.close()


@pytest.fixture
def embedded_sqlite(sqlite_office: EmbeddedHis) -> World:
    return World(sqlite_office, sqlite_office)


@pytest.fixture
def embedded_postgresql(postgres_office: EmbeddedHis) -> World:
    return World(postgres_office, postgres_office)


@pytest.fixture
def http(sqlite_office: EmbeddedHis) -> Iterator[World]:
    with serving(sqlite_office) as his:
        yield World(his, sqlite_office)


@pytest.fixture
def federated_embedded(sqlite_office: EmbeddedHis, neighbour: EmbeddedHis) -> Iterator[World]:
    """A federation seen by the patients of its embedded hospital."""
    with serving(neighbour) as away:
        yield World(_at_home({HOME: sqlite_office, AWAY: away}), sqlite_office)


@pytest.fixture
def federated_http(sqlite_office: EmbeddedHis, neighbour: EmbeddedHis) -> Iterator[World]:
    """A federation seen by the patients of its served hospital."""
    with serving(sqlite_office) as home:
        yield World(_at_home({HOME: home, AWAY: neighbour}), sqlite_office)


def _at_home(hospitals: dict[str, HisPort]) -> Any:
    return AtHome(FederatedHis(hospitals), HOME)


@contextmanager
def serving(office: EmbeddedHis) -> Iterator[HttpHis]:
    """A hospital behind a real HTTP server on loopback."""
    server = make_server("127.0.0.1", 0, create_app(office, KEY), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    his = HttpHis(f"http://127.0.0.1:{server.server_port}", KEY)
    try:
        yield his
    finally:
        his.close()
        server.shutdown()
        thread.join()


@pytest.fixture(params=ADAPTERS)
def world(request: pytest.FixtureRequest) -> World:
    """Every adapter, one after the other."""
    made: Any = request.getfixturevalue(request.param)
    assert isinstance(made, World)
    return made


def _command(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
