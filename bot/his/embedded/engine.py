"""The embedded hospital's own engine: one per process, made at first use (so after fork)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from bot.errors import HisUnavailable

WAIT_SECONDS = 5  # how long a free connection is waited for
BUSY_MS = 5000  # how long a SQLite writer waits for another before it fails
READ_ONLY = "his_read_only"  # execution option: this transaction takes no write lock on SQLite
IN_MEMORY = {"sqlite://", "sqlite:///:memory:"}


class Database:
    """Transactions on one database URL. Every failure but a constraint's comes out as HisUnavailable."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engines: dict[int, Engine] = {}

    @property
    def engine(self) -> Engine:
        """This process's engine. Two threads may both make one at first; the dict keeps a single winner."""
        pid = os.getpid()
        return self._engines.get(pid) or self._engines.setdefault(pid, make_engine(self.url))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with _translated(), self.engine.connect() as connection:
            yield connection.execution_options(**{READ_ONLY: True})

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at the end. Lets IntegrityError through: it is how races are decided."""
        with _translated(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give this process's connections back."""
        engine = self._engines.pop(os.getpid(), None)
        if engine is not None:
            engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, UnicodeEncodeError) as error:
        raise HisUnavailable(why=type(error).__name__) from error
    except ValueError as error:
        if "NUL" not in str(error):  # psycopg2's word for a text that PostgreSQL cannot hold
            raise
        raise HisUnavailable(why="NUL") from error


def make_engine(url: str) -> Engine:
    """SQLite: WAL, busy timeout, BEGIN IMMEDIATE for writers. PostgreSQL: READ COMMITTED, short waits."""
    if not url.startswith("sqlite"):
        return sa.create_engine(
            url,
            future=True,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=30,
            pool_timeout=WAIT_SECONDS,
            connect_args={"connect_timeout": 2},
            executemany_mode="values_plus_batch",
        )
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": BUSY_MS / 1000}
    pool: dict[str, Any] = {"poolclass": StaticPool}
    if url not in IN_MEMORY:
        pool = {"poolclass": QueuePool, "pool_size": 10, "max_overflow": 30, "pool_timeout": WAIT_SECONDS}
    engine = sa.create_engine(url, future=True, connect_args=arguments, **pool)
    _tune_sqlite(engine)
    return engine


def _tune_sqlite(engine: Engine) -> None:
    def pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we emit BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_MS}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=NORMAL",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Any) -> None:
        reads = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", pragmas)
    event.listen(engine, "begin", begin)
