"""The calls that the product made to the platform: path and outcome, never a body or a token."""

from __future__ import annotations

from connectors.simulator.config import Json
from connectors.simulator.database import Database

KEPT = 5000
SHOWN = 15


class CallLog:
    """The newest calls, in order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, path: str, outcome: str, *, now: float) -> None:
        """`outcome` is an errcode as digits, or the word of a fault that left no errcode."""
        with self._database.write() as connection:
            number = connection.execute(
                "INSERT INTO api_call (path, outcome, at) VALUES (?, ?, ?)", (path, outcome, now)
            ).lastrowid
            connection.execute("DELETE FROM api_call WHERE id <= ?", ((number or 0) - KEPT,))

    def all(self) -> list[Json]:
        """Oldest first: {"path", "outcome", "at"}."""
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute("SELECT path, outcome, at FROM api_call ORDER BY id")]

    def recent(self) -> list[Json]:
        """The newest few, newest first."""
        query = "SELECT path, outcome, at FROM api_call ORDER BY id DESC LIMIT ?"
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query, (SHOWN,))]
