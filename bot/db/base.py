"""Engine, transaction and the common base of all tables."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker
from sqlalchemy.pool import QueuePool, StaticPool

from bot.crypto import Crypto

UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")  # NUL and halves of surrogate pairs
WAIT_SECONDS = 5  # how long a free connection, or a server that does not answer, is waited for
BUSY_MS = 5000  # how long a SQLite writer waits for another before it fails

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_reading: ContextVar[bool] = ContextVar("reading", default=False)
Base: Any = declarative_base(metadata=sa.MetaData(naming_convention=NAMING))


def make_engine(url: str) -> Engine:
    """Make one engine for one process, after fork. SQLite: WAL, busy timeout, BEGIN IMMEDIATE for who may write."""
    engine = _sqlite(url) if url.startswith("sqlite") else _server(url)
    event.listen(engine, "before_cursor_execute", _storable, retval=True)
    return engine


def _server(url: str) -> Engine:
    return sa.create_engine(
        url,
        future=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=30,
        pool_timeout=WAIT_SECONDS,
        connect_args={"connect_timeout": WAIT_SECONDS},
    )


def _sqlite(url: str) -> Engine:
    if url in {"sqlite://", "sqlite:///:memory:"}:
        engine = sa.create_engine(url, future=True, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        # Kept connections: closing the last one makes SQLite write its whole log back, at every transaction.
        engine = sa.create_engine(
            url,
            future=True,
            poolclass=QueuePool,
            pool_size=10,
            max_overflow=60,
            connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
        )
    _tune_sqlite(engine)
    return engine


def _storable(_connection: Any, _cursor: Any, statement: str, values: Any, *_context: Any) -> tuple[str, Any]:
    """Give no driver what it would raise at: a name from outside with a NUL is a name that nobody has."""
    return statement, _with_marks(values)


def _with_marks(value: Any) -> Any:
    """Put U+FFFD for each character that no text column holds; in one value, a row of them, a batch of rows."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: _with_marks(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_with_marks, value))
    return value


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we emit BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"busy_timeout={BUSY_MS}",
            "foreign_keys=ON",
            "synchronous=NORMAL",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A transaction that reads first and writes later would fail with "database is locked" when another
        # writer came between; taking the write lock at the start makes it wait instead.
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


@contextmanager
def reading() -> Iterator[None]:
    """What begins inside reads and writes nothing: on SQLite it waits for no writer, and none waits for it."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def reads_only() -> bool:
    """Whether a transaction that began now would be one that only reads."""
    return _reading.get()


def transactions(engine: Engine, crypto: Crypto | None = None) -> Callable[[], AbstractContextManager[Session]]:
    """Make `with transaction() as session:`; it commits at the end and rolls back on any exception.

    `crypto` travels in `session.info`: whatever writes an audit row in the caller's transaction seals it.
    """
    maker = sessionmaker(engine, future=True, expire_on_commit=False, info={"crypto": crypto})

    @contextmanager
    def transaction() -> Iterator[Session]:
        with maker() as session, session.begin():
            yield session

    return transaction


def one_of(column: str, values: Sequence[str]) -> sa.CheckConstraint:
    """Hold a column to these words (or NULL where it may)."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=column)


def insert_new(session: Session, model: Any, **values: Any) -> bool:
    """Insert one row unless a unique key is taken; False = it was. Never breaks the transaction."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model.__table__).values(**values).on_conflict_do_nothing()
    return bool(session.execute(statement).rowcount == 1)


def new_ref(kind: str) -> str:
    """Make a name for outside that tells nothing: `b_` and 10 hex digits."""
    return f"{kind}_{secrets.token_hex(5)}"
