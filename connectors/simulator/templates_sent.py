"""Template messages that were accepted, so that a `client_msg_id` works once in ten minutes."""

from __future__ import annotations

from connectors.simulator.database import Database
from connectors.simulator.deliveries import message_id

REMEMBERED = 600


class TemplatesSent:
    """One row a phone and client_msg_id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def number(self, phone_id: str, client_msg_id: str, *, now: float) -> tuple[int, bool]:
        """(msgid, whether it is new). Without a client_msg_id each call is new."""
        fresh = message_id(now)
        if not client_msg_id:
            return fresh, True
        with self._database.write() as connection:
            connection.execute("DELETE FROM template_sent WHERE at < ?", (now - REMEMBERED,))
            connection.execute(
                "INSERT INTO template_sent VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (phone_id, client_msg_id, fresh, now),
            )
            number: int = connection.execute(
                "SELECT message_id FROM template_sent WHERE phone_id = ? AND client_msg_id = ?",
                (phone_id, client_msg_id),
            ).fetchone()[0]
        return number, number == fresh
