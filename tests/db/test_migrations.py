from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine

from bot import db
from bot.db.base import Base, make_engine
from bot.db.migrate import downgrade, upgrade

assert db  # registers all tables
FORK = multiprocessing.get_context("fork")


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def shape(engine: Engine) -> dict[str, Any]:
    """Everything that constrains data, as the database itself tells it."""
    inspector = sa.inspect(engine)
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)},
            "checks": sorted((c["name"], c["sqltext"]) for c in inspector.get_check_constraints(table)),
            "unique": sorted((u["name"], u["column_names"]) for u in inspector.get_unique_constraints(table)),
            "indexes": sorted((i["name"], i["column_names"]) for i in inspector.get_indexes(table)),
            "foreign": sorted((f["name"], f["referred_table"]) for f in inspector.get_foreign_keys(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_the_migrations_and_the_models_agree(engine: Engine) -> None:
    assert differences(engine) == []


def test_a_model_that_no_migration_knows_is_found(engine: Engine) -> None:
    extra = sa.Table("extra", Base.metadata, sa.Column("id", sa.Integer, primary_key=True))
    try:
        assert len(differences(engine)) == 1
    finally:
        Base.metadata.remove(extra)


def test_migrating_and_creating_give_the_same_constraints_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    created = make_engine(f"sqlite:///{tmp_path / 'created.db'}")
    Base.metadata.create_all(created)
    assert shape(make_engine(sqlite_url)) == shape(created)


def test_migrating_and_creating_give_the_same_constraints_on_postgresql(
    postgres: Callable[[str], str], postgres_engine: Engine
) -> None:
    with sa.create_engine(postgres("postgres"), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("CREATE DATABASE created"))
    created = make_engine(postgres("created"))
    Base.metadata.create_all(created)
    assert shape(postgres_engine) == shape(created)
    created.dispose()


def test_the_counters_begin_at_zero_however_the_tables_were_made(engine: Engine, tmp_path: Path) -> None:
    created = make_engine(f"sqlite:///{tmp_path / 'created.db'}")
    Base.metadata.create_all(created)
    for one in (engine, created):
        with one.connect() as connection:
            assert connection.scalar(sa.text("SELECT value FROM faq_revision")) == 0
            assert connection.execute(sa.text("SELECT length, hash FROM audit_head")).one() == (0, "0" * 64)


def test_upgrading_twice_is_upgrading_once(database_url: str, engine: Engine) -> None:
    upgrade(database_url)
    assert differences(engine) == []


def test_three_processes_may_upgrade_an_empty_database_at_once(postgres: Callable[[str], str], tmp_path: Path) -> None:
    with sa.create_engine(postgres("postgres"), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("CREATE DATABASE crowd"))
    for url in (postgres("crowd"), f"sqlite:///{tmp_path / 'crowd.db'}"):
        processes = [FORK.Process(target=upgrade, args=(url,)) for _ in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0, 0, 0]
        engine = make_engine(url)
        assert differences(engine) == []
        engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite_url", "own_postgres_url"])
def test_going_back_leaves_nothing(request: pytest.FixtureRequest, kind: str) -> None:
    url = request.getfixturevalue(kind)
    engine = make_engine(url)
    downgrade(url, "base")
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(url)
    assert differences(engine) == []
    engine.dispose()


def test_a_state_that_is_no_state_cannot_be_stored(engine: Engine) -> None:
    row = {"username": "x", "name": "x", "role": "owner", "password_hash": "!", "active": True, "failed": 0}
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(Base.metadata.tables["staff"].insert().values(**row))
