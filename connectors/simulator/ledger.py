"""The quota of customer messages: 5 within 48 hours of a message, 3 within a minute of a tap."""

from __future__ import annotations

import sqlite3

from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError

MESSAGE_SECONDS, MESSAGE_COUNT = 48 * 3600, 5
TAP_SECONDS, TAP_COUNT = 60, 3
TYPING_SECONDS = 30  # `typing` is allowed this long after a message, and lasts as long


class Ledger:
    """What each user's own acts have opened, kept in the phone's row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, phone_id: str, scene: str, *, now: float) -> None:
        """`message`: the user wrote; `tap`: menu, quick reply, scan, follow. Each restarts its count."""
        column = {"message": "message", "tap": "tap"}[scene]
        with self._database.write() as connection:
            connection.execute(
                f"UPDATE phone SET {column}_at = ?, {column}_used = 0 WHERE id = ?",  # noqa: S608
                (now, phone_id),
            )

    def charge(self, phone_id: str, *, now: float) -> None:
        """Use one message. Raises PlatformError 43004, 45015 (no window) or 45047 (used up)."""
        with self._database.write() as connection:
            row = connection.execute("SELECT * FROM phone WHERE id = ?", (phone_id,)).fetchone()
            column = _payer(row, now)
            connection.execute(f"UPDATE phone SET {column} = {column} + 1 WHERE id = ?", (phone_id,))  # noqa: S608

    def wrote_within(self, phone_id: str, seconds: float, *, now: float) -> bool:
        with self._database.read() as connection:
            row = connection.execute("SELECT message_at, tap_at FROM phone WHERE id = ?", (phone_id,)).fetchone()
        return bool(now - max(row["message_at"], row["tap_at"]) <= seconds)


def _payer(row: sqlite3.Row, now: float) -> str:
    """The column that pays for one message: the short window first, so that the long one lasts."""
    if not row["subscribed"]:
        raise PlatformError(43004)
    tapped = now - row["tap_at"] <= TAP_SECONDS
    wrote = now - row["message_at"] <= MESSAGE_SECONDS
    if tapped and row["tap_used"] < TAP_COUNT:
        return "tap_used"
    if wrote and row["message_used"] < MESSAGE_COUNT:
        return "message_used"
    raise PlatformError(45047 if tapped or wrote else 45015)
