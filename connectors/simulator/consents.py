"""Consents to subscription notices: each yes is good for one notice, a no for none."""

from __future__ import annotations

from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError

REFUSED = 43101
YES = (
    "INSERT INTO consent (phone_id, template_id, remaining) VALUES (?, ?, 1)"
    " ON CONFLICT (phone_id, template_id) DO UPDATE SET remaining = remaining + 1"
)
NO = "INSERT OR REPLACE INTO consent (phone_id, template_id, remaining) VALUES (?, ?, 0)"


class Consents:
    """One row a phone and template."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer(self, phone_id: str, template_id: str, *, accept: bool) -> None:
        """What the person chose in the pop-up: one notice more, or none at all."""
        with self._database.write() as connection:
            connection.execute(YES if accept else NO, (phone_id, template_id))

    def spend(self, phone_id: str, template_id: str) -> None:
        """Use one. Raises PlatformError 43101 when there is none."""
        with self._database.write() as connection:
            spent = connection.execute(
                "UPDATE consent SET remaining = remaining - 1 WHERE phone_id = ? AND template_id = ? AND remaining > 0",
                (phone_id, template_id),
            ).rowcount
        if not spent:
            raise PlatformError(REFUSED)
