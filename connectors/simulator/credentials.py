"""Access tokens and one-time OAuth codes."""

from __future__ import annotations

import secrets
import sqlite3

from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError

LIFE = 7200
OVERLAP = 300  # near its end a token gets a successor, and both are valid
FORCE_GAP = 30
FORCES_A_DAY = 20
DAY = 86_400
CODE_LIFE = 300


class AccessTokens:
    """Two kinds: `stable` stays the same until it nears its end, `plain` is new at every call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stable(self, *, force: bool, now: float) -> tuple[str, int]:
        """(token, seconds left). `force` kills the current one. Raises PlatformError 45009."""
        with self._database.write() as connection:
            current = _newest(connection, "stable")
            if current and current["expires_at"] - now > OVERLAP and not (force and _may_force(connection, now)):
                return current["value"], int(current["expires_at"] - now)
            if force and current:
                _shorten(connection, "stable", now)
            return _issue(connection, "forced" if force else "stable", now), LIFE

    def plain(self, *, now: float) -> tuple[str, int]:
        """A new token; earlier ones live five minutes more."""
        with self._database.write() as connection:
            _shorten(connection, "plain", now + OVERLAP)
            return _issue(connection, "plain", now), LIFE

    def kill(self, errcode: int) -> None:
        """Every token that is out is refused with this code from now on; the next one that is fetched is new."""
        query = "INSERT OR REPLACE INTO dead_token SELECT value, ? FROM access_token"
        with self._database.write() as connection:
            connection.execute(query, (errcode,))

    def check(self, value: str, *, now: float) -> None:
        """Raises PlatformError 41001 (missing), 40001 (not ours), 42001 (over), or what killed it."""
        if not value:
            raise PlatformError(41001)
        query = "SELECT expires_at, errcode FROM access_token LEFT JOIN dead_token USING (value) WHERE value = ?"
        with self._database.read() as connection:
            row = connection.execute(query, (value,)).fetchone()
        if row is None:
            raise PlatformError(40001)
        if row["errcode"] is not None:
            raise PlatformError(row["errcode"])
        if row["expires_at"] <= now:
            raise PlatformError(42001)


def _newest(connection: sqlite3.Connection, kind: str) -> sqlite3.Row | None:
    query = (
        "SELECT * FROM access_token WHERE kind IN (?, ?) AND value NOT IN (SELECT value FROM dead_token)"
        " ORDER BY issued_at DESC, rowid DESC LIMIT 1"
    )
    row: sqlite3.Row | None = connection.execute(query, (kind, _twin(kind))).fetchone()
    return row


def _twin(kind: str) -> str:
    """A forced token is a stable one that is counted."""
    return "forced" if kind == "stable" else kind


def _may_force(connection: sqlite3.Connection, now: float) -> bool:
    query = "SELECT count(*), max(issued_at) FROM access_token WHERE kind = 'forced' AND issued_at > ?"
    count, last = connection.execute(query, (now - DAY,)).fetchone()
    if count >= FORCES_A_DAY:
        raise PlatformError(45009)
    return last is None or now - last >= FORCE_GAP


def _shorten(connection: sqlite3.Connection, kind: str, end: float) -> None:
    connection.execute(
        "UPDATE access_token SET expires_at = min(expires_at, ?) WHERE kind IN (?, ?)",
        (end, kind, _twin(kind)),
    )


def _issue(connection: sqlite3.Connection, kind: str, now: float) -> str:
    value = secrets.token_urlsafe(96)
    connection.execute("DELETE FROM access_token WHERE expires_at < ?", (now - DAY,))
    connection.execute("INSERT INTO access_token VALUES (?, ?, ?, ?)", (value, kind, now, now + LIFE))
    return value


class OAuthCodes:
    """A code names the phone that opened the page; it works once, for five minutes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(self, phone_id: str, *, scope: str, now: float) -> str:
        code = "0" + secrets.token_urlsafe(24)[:31]
        with self._database.write() as connection:
            connection.execute("DELETE FROM oauth_code WHERE issued_at < ?", (now - DAY,))
            connection.execute("INSERT INTO oauth_code VALUES (?, ?, ?, ?, NULL)", (code, phone_id, scope, now))
        return code

    def redeem(self, code: str, *, now: float) -> tuple[str, str]:
        """(openid, scope). Raises PlatformError 40029 (unknown, old) or 40163 (used)."""
        with self._database.write() as connection:
            used = connection.execute(
                "UPDATE oauth_code SET used_at = ? WHERE code = ? AND used_at IS NULL AND issued_at >= ?",
                (now, code, now - CODE_LIFE),
            ).rowcount
            row = connection.execute(
                "SELECT openid, scope, used_at FROM oauth_code JOIN phone ON id = phone_id WHERE code = ?",
                (code,),
            ).fetchone()
        if not used:
            raise PlatformError(40163 if row and row["used_at"] else 40029)
        return row["openid"], row["scope"]
