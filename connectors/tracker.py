"""Rasa's SQL tracker store with connections that are kept.

SQLAlchemy 1.4 opens a SQLite file anew for every session, and closing the last connection makes SQLite write its
whole log back: half of a turn's time. Everything else is Rasa's own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy import event
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 5.0


class PooledTrackerStore(SQLTrackerStore):
    """endpoints.yml: `type: connectors.tracker.PooledTrackerStore`, `url:` a whole SQLAlchemy URL."""

    def __init__(self, domain: Any = None, host: str = "sqlite://", event_broker: Any = None, **kwargs: Any) -> None:
        super().__init__(domain=domain, host=host, event_broker=event_broker, **kwargs)
        if host.startswith("sqlite:///"):
            self.engine.dispose()  # type: ignore[has-type]  # rasa has no types
            self.engine = sa.create_engine(
                host,
                poolclass=QueuePool,
                connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            )
            event.listen(self.engine, "connect", _tune)
            self.sessionmaker = sessionmaker(bind=self.engine)


def _tune(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
