"""Phones: one WeChat user each, with an openid, switches for a bad network, and a typing note."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

from connectors.simulator.config import Json
from connectors.simulator.database import Database, tick
from connectors.simulator.errors import PlatformError, Rejected

SWITCHES = ("slow", "drop_first", "duplicate", "offline")


@dataclass(frozen=True)
class Phone:
    """One row, as the pages see it. `number` is the SIM card's, empty when unknown."""

    id: str
    openid: str
    name: str
    number: str
    subscribed: bool
    slow: bool
    drop_first: bool
    duplicate: bool
    offline: bool
    typing_until: float
    rev: int

    def view(self, now: float) -> Json:
        """What the browser gets."""
        switches = {name: getattr(self, name) for name in SWITCHES}
        typing = max(0.0, self.typing_until - now)
        named = {"id": self.id, "openid": self.openid, "name": self.name, "number": self.number}
        return {**named, "subscribed": self.subscribed, "switches": switches, "typing": round(typing, 1)}


class Phones:
    """The table of phones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, *, name: str, number: str, now: float) -> Phone:
        """A new user that does not follow the account yet."""
        phone_id, openid = f"p_{secrets.token_hex(8)}", "o" + secrets.token_urlsafe(21)[:27]
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO phone (id, openid, name, number, rev, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                (phone_id, openid, name, number, tick(connection), now),
            )
        return self.get(phone_id)

    def get(self, phone_id: str) -> Phone:
        """Raises Rejected 404."""
        found = self._where("id", [phone_id])
        if not found:
            raise Rejected(404, "no_such_phone")
        return found[0]

    def some(self, phone_ids: Collection[str]) -> list[Phone]:
        """Those that exist."""
        return self._where("id", phone_ids)

    def of_openid(self, openid: str) -> Phone | None:
        found = self._where("openid", [openid])
        return found[0] if found else None

    def addressee(self, openid: object) -> Phone:
        """Whom a call of the product names. Raises PlatformError 40003."""
        readable = isinstance(openid, str) and openid.isascii() and openid.isprintable()
        phone = self.of_openid(str(openid)) if readable else None
        if phone is None:
            raise PlatformError(40003)
        return phone

    def with_number(self, number: str) -> list[Phone]:
        return self._where("number", [number])

    def change(self, phone_id: str, values: Mapping[str, str | float]) -> Phone:
        """Set columns (names are ours, never a caller's) and mark the phone as changed."""
        columns = ", ".join(f"{name} = ?" for name in values)
        with self._database.write() as connection:
            connection.execute(
                f"UPDATE phone SET {columns}, rev = ? WHERE id = ?",  # noqa: S608
                (*values.values(), tick(connection), phone_id),
            )
        return self.get(phone_id)

    def _where(self, column: str, values: Collection[str]) -> list[Phone]:
        marks = ", ".join("?" * len(values))
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT * FROM phone WHERE {column} IN ({marks}) ORDER BY rowid",  # noqa: S608
                tuple(values),
            ).fetchall()
        return [_phone(row) for row in rows]


def _phone(row: sqlite3.Row) -> Phone:
    """Columns are named as the fields; SQLite has no booleans."""
    truths = {name: bool(row[name]) for name in (*SWITCHES, "subscribed")}
    return Phone(**{item.name: truths.get(item.name, row[item.name]) for item in fields(Phone)})
