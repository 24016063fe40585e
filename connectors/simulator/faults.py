"""Faults on command: what breaks, on which way, how often.

A way is the path of a call below /cgi-bin/ ("message/custom/send"), an absolute one ("/cityservice/sendchannelmsg"),
or "callback" for what WeChat posts to the product. Patterns are fnmatch's; "*" is every call that carries a token.

Calls       `errcode` (value: the code) is answered instead · `slow` (value: seconds) answers late ·
            `reset` closes the line before the deed · `lost` closes it after the deed · `html` is a page under 502.
Callback    `late` (value: seconds) holds a delivery back, so that a later one overtakes it · `twice` delivers it
            again · `unheard` loses the first answer on its way, so that a second attempt follows · `plain` posts in
            the open whatever the mode · `old_key` seals with the key before the last change · `bare` leaves MsgId
            and bizmsgmenuid out of a tap.
Receipts    `receipt` (value: "failed:user block" or "failed: system failed") is what a template's or a notice's
            job ends with; `receipt_first` tells it before the call is answered.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

from connectors.simulator.database import Database

CALLBACK = "callback"
CALLS = frozenset(["errcode", "slow", "reset", "lost", "html"])
CALLBACKS = frozenset(["late", "twice", "unheard", "plain", "old_key", "bare"])
RECEIPTS = frozenset(["receipt", "receipt_first"])
WITHOUT_TOKEN = ("stable_token", "token", "/sns/*")  # must be named: "*" does not mean them

Value = str | float


@dataclass(frozen=True)
class Fault:
    """One armed fault. times: uses left, None = until cleared. share: of the calls. until: Unix seconds or None."""

    id: int
    kind: str
    path: str
    value: Value
    times: int | None
    share: float
    until: float | None

    def meets(self, path: str, now: float) -> bool:
        if self.until is not None and now >= self.until:
            return False
        everything = self.path == "*" and not any(fnmatchcase(path, other) for other in (*WITHOUT_TOKEN, CALLBACK))
        return everything or (self.path != "*" and fnmatchcase(path, self.path))


class Faults:
    """The table of armed faults; several processes share it."""

    def __init__(self, database: Database, chance: Callable[[], float] = random.random) -> None:
        self._database, self._chance = database, chance

    def arm(
        self,
        kind: str,
        path: str = "*",
        value: Value = 0,
        *,
        times: int | None = None,
        share: float = 1.0,
        until: float | None = None,
    ) -> int:
        """→ its id. Raises ValueError for a kind that does not exist."""
        if kind not in CALLS | CALLBACKS | RECEIPTS:
            raise ValueError(kind)
        row = (kind, CALLBACK if kind in CALLBACKS else path, json.dumps(value), times, share, until)
        with self._database.write() as connection:
            insert = "INSERT INTO fault (kind, path, value, times, share, until) VALUES (?, ?, ?, ?, ?, ?)"
            number = connection.execute(insert, row).lastrowid
        return number or 0

    def take(self, path: str, kinds: Collection[str], *, now: float) -> dict[str, Fault]:
        """What breaks now, by kind, the oldest of each; its use is counted."""
        if not self._met(path, kinds, now):
            return {}
        found: dict[str, Fault] = {}
        with self._database.write() as connection:
            for fault in _rows(connection):
                fits = fault.kind in kinds and fault.kind not in found and fault.meets(path, now)
                if fits and (fault.share >= 1 or self._chance() < fault.share):
                    found[fault.kind] = fault
                    _count(connection, fault)
        return found

    def armed(self) -> list[Fault]:
        with self._database.read() as connection:
            return _rows(connection)

    def clear(self, number: int | None = None) -> None:
        """One fault, or all."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM fault WHERE ? IS NULL OR id = ?", (number, number))

    def _met(self, path: str, kinds: Collection[str], now: float) -> bool:
        return any(fault.kind in kinds and fault.meets(path, now) for fault in self.armed())


def _rows(connection: sqlite3.Connection) -> list[Fault]:
    rows = connection.execute("SELECT * FROM fault ORDER BY id").fetchall()
    return [Fault(**{**dict(row), "value": json.loads(row["value"])}) for row in rows]


def _count(connection: sqlite3.Connection, fault: Fault) -> None:
    if fault.times is None:
        return
    if fault.times <= 1:
        connection.execute("DELETE FROM fault WHERE id = ?", (fault.id,))
    else:
        connection.execute("UPDATE fault SET times = times - 1 WHERE id = ?", (fault.id,))
