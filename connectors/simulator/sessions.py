"""Sessions with the account's own staff: while one lasts, the user is heard by a person and not by the product."""

from __future__ import annotations

from connectors.simulator.config import Json
from connectors.simulator.database import Database

LASTS = 1800.0  # seconds; closed by the platform then
OPENS = frozenset(["kf_create_session", "kf_switch_session"])
CLOSES = "kf_close_session"


class Sessions:
    """One row a phone, kept by the platform's own events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def heard(self, phone_id: str, fields: Json, *, now: float) -> None:
        """An event about this phone: it may open or close a session."""
        event = fields.get("Event")
        if event not in {*OPENS, CLOSES}:
            return
        with self._database.write() as connection:
            connection.execute("DELETE FROM staff_session WHERE phone_id = ?", (phone_id,))
            if event in OPENS:
                connection.execute("INSERT INTO staff_session (phone_id, until) VALUES (?, ?)", (phone_id, now + LASTS))

    def takes(self, phone_id: str, fields: Json, *, now: float) -> bool:
        """Whether a person hears this message; events always go to the product."""
        if fields.get("MsgType") == "event":
            return False
        query = "SELECT count(*) FROM staff_session WHERE phone_id = ? AND until > ?"
        with self._database.read() as connection:
            return bool(connection.execute(query, (phone_id, now)).fetchone()[0])
