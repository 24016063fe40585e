"""One sealed record of a short-lived key for all processes on all machines, and who may fetch the next one.

The right to fetch is a lease in the row, taken by conditional UPDATE: no transaction is open while somebody waits or
asks the outside world, and a process that dies with the lease delays the others by LEASE_SECONDS.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.crypto import Crypto
from bot.db.base import insert_new
from bot.db.shared_tokens import SharedToken

LEASE_SECONDS = 40  # longer than the slowest fetch: two hosts, 3 + 8 s until an answer begins and 8 s for it
PATIENCE = 10.0  # seconds that others wait for it
LOOK_AGAIN = 0.03  # seconds between two looks

Transaction = Callable[[], AbstractContextManager[Session]]


class SharedRecord:
    """One name's record. Threads of one process wait for each other here, so that one of them asks the database."""

    def __init__(self, transaction: Transaction, crypto: Crypto, name: str) -> None:
        self._transaction, self._crypto, self._name = transaction, crypto, name
        self._threads = threading.Lock()

    def read(self) -> tuple[str, int, int] | None:
        """(value, Unix second of its end, serial); None = there is none."""
        columns = (SharedToken.value_sealed, SharedToken.expires_at, SharedToken.serial)
        with self._transaction() as session:
            row = session.execute(sa.select(*columns).where(SharedToken.name == self._name)).one_or_none()
        if row is None or row.value_sealed is None:
            return None
        return self._crypto.open(row.value_sealed), row.expires_at, row.serial

    def write(self, value: str, expires_at: int, serial: int) -> None:
        """Replace the record; one that somebody has replaced with a later serial stays."""
        values = {"value_sealed": self._crypto.seal(value), "expires_at": expires_at, "serial": serial}
        with self._transaction() as session:
            self._exists(session)
            _update(
                session, SharedToken.name == self._name, SharedToken.serial < serial, saved_at=clock.wire(), **values
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one holder over all processes. Raises TimeoutError after PATIENCE."""
        until = time.monotonic() + PATIENCE
        if not self._threads.acquire(timeout=PATIENCE):
            raise TimeoutError
        try:
            lease = self._lease(until)
            try:
                yield
            finally:
                self._let_go(lease)
        finally:
            self._threads.release()

    def _lease(self, until: float) -> str:
        lease = secrets.token_hex(16)
        with self._transaction() as session:
            self._exists(session)
        while not self._taken(lease):
            if time.monotonic() >= until:
                raise TimeoutError
            time.sleep(LOOK_AGAIN)
        return lease

    def _taken(self, lease: str) -> bool:
        now = clock.wire()
        free = sa.or_(SharedToken.lease.is_(None), SharedToken.leased_until < now)
        until = now + timedelta(seconds=LEASE_SECONDS)
        with self._transaction() as session:
            return _update(session, SharedToken.name == self._name, free, lease=lease, leased_until=until)

    def _let_go(self, lease: str) -> None:
        with self._transaction() as session:
            _update(session, SharedToken.name == self._name, SharedToken.lease == lease, lease=None, leased_until=None)

    def _exists(self, session: Session) -> None:
        insert_new(session, SharedToken, name=self._name, expires_at=0, serial=0, saved_at=clock.wire())


def _update(session: Session, *conditions: Any, **values: Any) -> bool:
    statement = sa.update(SharedToken).where(*conditions).values(**values)
    return bool(session.execute(statement.execution_options(synchronize_session=False)).rowcount)
