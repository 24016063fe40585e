"""Bubbles: everything that a phone shows, in order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.simulator.config import Json
from connectors.simulator.database import Database, tick
from connectors.simulator.rich import plain_of

PAGE = 200  # bubbles in one answer; older ones are not shown again


@dataclass(frozen=True)
class Draft:
    """A bubble before it is stored.

    side: me | bot | system | sms.
    kind: text | push | template | service | image | voice | location | file | news | note | sms.
    state (side me): queued | sending | sent.
    """

    side: str
    kind: str
    parts: Sequence[Json] = ()
    card: Json | None = None
    state: str = "sent"


def note(text: str) -> Draft:
    """A grey line in the middle."""
    return Draft("system", "note", [{"t": "text", "text": text}])


class Bubbles:
    """The table of bubbles. What comes in while a phone is offline is held back until it is online."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, phone_id: str, draft: Draft, *, now: float, origin: str | None = None) -> int | None:
        """Store a bubble; None when `origin` was stored before. A bot's bubble ends its typing note."""
        with self._database.write() as connection:
            number = tick(connection)
            added = connection.execute(INSERT, _row(number, phone_id, draft, now, origin)).rowcount
            typing = ", typing_until = 0" if draft.side == "bot" else ""
            connection.execute(f"UPDATE phone SET rev = ?{typing} WHERE id = ?", (number, phone_id))  # noqa: S608
        return number if added else None

    def set_state(self, bubble_id: int | None, state: str) -> None:
        """Change how far an own message has come."""
        with self._database.write() as connection:
            number = tick(connection)
            connection.execute("UPDATE bubble SET state = ?, rev = ? WHERE id = ?", (state, number, bubble_id))
            connection.execute(
                "UPDATE phone SET rev = ? WHERE id = (SELECT phone_id FROM bubble WHERE id = ?)",
                (number, bubble_id),
            )

    def release(self, phone_id: str) -> None:
        """Show what was held back, as new."""
        with self._database.write() as connection:
            held = connection.execute("SELECT id FROM bubble WHERE phone_id = ? AND held = 1 ORDER BY id", (phone_id,))
            for row in held.fetchall():
                number = tick(connection)
                connection.execute("UPDATE bubble SET id = ?, rev = ?, held = 0 WHERE id = ?", (number, number, row[0]))
                connection.execute("UPDATE phone SET rev = ? WHERE id = ?", (number, phone_id))

    def after(self, phone_id: str, bubble_id: int) -> list[Json]:
        """The newest bubbles whose id is greater, oldest first."""
        return self._select("id", phone_id, bubble_id)

    def changed(self, phone_id: str, rev: int) -> list[Json]:
        """Bubbles new or changed since a revision, oldest first."""
        return self._select("rev", phone_id, rev)

    def one(self, bubble_id: int) -> Json:
        with self._database.read() as connection:
            return _view(connection.execute("SELECT * FROM bubble WHERE id = ?", (bubble_id,)).fetchone())

    def _select(self, column: str, phone_id: str, value: int) -> list[Json]:
        query = f"SELECT * FROM bubble WHERE phone_id = ? AND held = 0 AND {column} > ? ORDER BY id DESC LIMIT ?"  # noqa: S608
        with self._database.read() as connection:
            rows = connection.execute(query, (phone_id, value, PAGE)).fetchall()
        return [_view(row) for row in reversed(rows)]


INSERT = """
INSERT INTO bubble (id, phone_id, rev, side, kind, parts, card, state, origin, at, held)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? AND (SELECT offline FROM phone WHERE id = ?))
ON CONFLICT (origin) DO NOTHING
"""


def _row(number: int, phone_id: str, draft: Draft, now: float, origin: str | None) -> tuple[object, ...]:
    parts = json.dumps(list(draft.parts), ensure_ascii=False)
    card = json.dumps(draft.card, ensure_ascii=False) if draft.card else None
    incoming = draft.side == "bot"  # a short message needs no data connection, a grey line is the phone's own
    ours = (number, phone_id, number, draft.side, draft.kind, parts, card, draft.state, origin, now)
    return (*ours, incoming, phone_id)


def _view(row: sqlite3.Row) -> Json:
    parts = json.loads(row["parts"])
    same = {name: row[name] for name in ("id", "rev", "side", "kind", "state", "at")}
    card = json.loads(row["card"]) if row["card"] else None
    return {**same, "text": plain_of(parts), "parts": parts, "card": card}
