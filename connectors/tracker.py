"""Rasa's SQL tracker store without its two costs that grow with the talk.

SQLAlchemy 1.4 opens a SQLite file anew for every session, and closing the last connection makes SQLite write its
whole log back: connections are kept. Rasa reads, parses and counts all events of a session in every turn: those that
this process has read or written are kept too, and used while the table says that nobody else wrote since.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 5.0
KEPT = 256  # talks whose events are kept; a turn is about ten events
EVENTS = SQLTrackerStore.SQLEvent.__table__
# Made once: drawing up a statement costs several times what executing it does.
INSERT = EVENTS.insert()
LAST = sa.select(sa.func.max(EVENTS.c.id)).where(EVENTS.c.sender_id == sa.bindparam("sender"))


@dataclass
class Talk:
    """The events of one conversation's newest session, up to the row `last`."""

    last: int
    events: list[Event]


class PooledTrackerStore(SQLTrackerStore):
    """endpoints.yml: `type: connectors.tracker.PooledTrackerStore`, `url:` a whole SQLAlchemy URL."""

    def __init__(self, domain: Any = None, host: str = "sqlite://", event_broker: Any = None, **kwargs: Any) -> None:
        super().__init__(domain=domain, host=host, event_broker=event_broker, **kwargs)
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        if host.startswith("sqlite:///"):
            self.engine.dispose()  # type: ignore[has-type]  # rasa has no types
            self.engine = sa.create_engine(
                host,
                poolclass=QueuePool,
                connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            )
            event.listen(self.engine, "connect", _tune)
            self.sessionmaker = sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the newest session, None for somebody new. A tracker is the caller's own to change."""
        with self.session_scope() as session:
            talk = self._talk(session, sender_id)
        if talk is None or not self.domain:
            return None
        return DialogueStateTracker.from_events(sender_id, talk.events, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append what the table does not have yet."""
        await self.stream_events(tracker)
        with self.session_scope() as session:
            talk = self._talk(session, tracker.sender_id)
            new = [each.as_dict() for each in list(tracker.events)[len(talk.events) if talk else 0 :]]
            if not new:
                return
            rows = [_row(tracker.sender_id, data) for data in new]
            session.execute(INSERT, rows)
            events = [*(talk.events if talk else []), *(_parsed(row["data"]) for row in rows)]
            # Rasa's lock lets one turn of a conversation happen at a time, so the newest row is ours.
            written = Talk(session.execute(LAST, {"sender": tracker.sender_id}).scalar_one(), _newest_session(events))
            session.commit()
        self._keep(tracker.sender_id, written)

    def _talk(self, session: Session, sender_id: str) -> Talk | None:
        """What the table holds of the newest session, read only if somebody else wrote it."""
        last = session.execute(LAST, {"sender": sender_id}).scalar()
        if last is None:
            return None
        talk = self._talks.get(sender_id)
        if talk is None or talk.last != last:
            rows = self._event_query(session, sender_id, fetch_events_from_all_sessions=False).all()
            talk = Talk(rows[-1].id, [_parsed(row.data) for row in rows])
        self._keep(sender_id, talk)
        return talk

    def _keep(self, sender_id: str, talk: Talk) -> None:
        self._talks[sender_id] = talk
        self._talks.move_to_end(sender_id)
        if len(self._talks) > KEPT:
            self._talks.popitem(last=False)


def _row(sender_id: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "sender_id": sender_id,
        "type_name": data["event"],
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _parsed(data: str) -> Event:
    """An event as it comes out of the table, also when it was never out of this process."""
    return Event.from_parameters(json.loads(data))


def _newest_session(events: list[Event]) -> list[Event]:
    starts = [place for place, each in enumerate(events) if isinstance(each, SessionStarted)]
    return events[starts[-1] :] if starts else events


def _tune(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
