"""MarkFail: after many failures in a row of time the platform pushes nothing for a minute."""

from __future__ import annotations

from connectors.simulator.database import Database

WINDOW = 60.0
STOPPED = 60.0


class MarkFail:
    """Counts failed attempts of the whole account. How many are many is not published: the host says."""

    def __init__(self, database: Database, most: int) -> None:
        self._database, self._most = database, most

    def stopped(self, *, now: float) -> bool:
        """Whether nothing is pushed now."""
        with self._database.read() as connection:
            row = connection.execute("SELECT max(until) FROM push_stop").fetchone()
        return bool(row[0] is not None and now < row[0])

    def failed(self, *, now: float, times: int = 1) -> None:
        """So many attempts failed; the one too many stops the pushing."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM push_failure WHERE at <= ?", (now - WINDOW,))
            connection.executemany("INSERT INTO push_failure (at) VALUES (?)", [(now,)] * times)
            if connection.execute("SELECT count(*) FROM push_failure").fetchone()[0] >= self._most:
                connection.execute("DELETE FROM push_failure")
                connection.execute("INSERT INTO push_stop (until) VALUES (?)", (now + STOPPED,))
