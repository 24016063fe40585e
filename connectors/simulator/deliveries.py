"""Deliveries: messages on their way to the product, kept so that a restart or an offline phone loses none."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass

from connectors.simulator.config import Json
from connectors.simulator.database import Database, tick
from connectors.simulator.outgoing import Outgoing
from connectors.simulator.phones import Phone

LEASE_SECONDS = 40.0  # three attempts and a slow network take 20
SHOWN = 12


@dataclass(frozen=True)
class Delivery:
    """body: the plain XML with MsgId and CreateTime, the same at each attempt."""

    id: int
    phone_id: str
    bubble_id: int | None
    body: str
    answered: bool


def message_id(now: float) -> int:
    """A 64-bit MsgId that no other run gives again: milliseconds, then 22 random bits."""
    return int(now * 1000) << 22 | secrets.randbits(22)


def xml_of(phone: Phone, account_id: str, sent: Outgoing, *, now: float) -> str:
    """The message as WeChat writes it, before sealing."""
    common = {"ToUserName": account_id, "FromUserName": phone.openid}
    texts = "".join(_element(name, value) for name, value in {**common, **sent.fields}.items())
    mark = f"<MsgId>{message_id(now)}</MsgId>" if sent.message else ""
    return f"<xml>{texts}<CreateTime>{int(now)}</CreateTime>{mark}</xml>"


def _element(name: str, value: str) -> str:
    """One element; `A.B` is B inside A."""
    outer, _, inner = name.partition(".")
    return f"<{outer}>{_element(inner, value) if inner else _cdata(value)}</{outer}>"


def _cdata(value: str) -> str:
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


class Deliveries:
    """The table of deliveries; who works on one has claimed it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, phone_id: str, bubble_id: int | None, body: str, sent: Outgoing, *, now: float) -> int:
        row = (phone_id, bubble_id, sent.label[:40], body, sent.answered, now)
        with self._database.write() as connection:
            number = tick(connection)
            connection.execute(
                "INSERT INTO delivery (id, phone_id, bubble_id, label, body, answered, state, touched_at)"
                " VALUES (?, ?, ?, ?, ?, ?, 'queued', ?)",
                (number, *row),
            )
        return number

    def claim(self, delivery_id: int, *, now: float) -> Delivery | None:
        """Take a queued delivery, or one whose process died; None when somebody else has it."""
        with self._database.write() as connection:
            taken = connection.execute(
                "UPDATE delivery SET state = 'sending', touched_at = ? WHERE id = ?"
                " AND (state = 'queued' OR (state = 'sending' AND touched_at < ?))",
                (now, delivery_id, now - LEASE_SECONDS),
            ).rowcount
            row = connection.execute("SELECT * FROM delivery WHERE id = ?", (delivery_id,)).fetchone()
        return _delivery(row) if taken else None

    def finish(self, delivery_id: int, *, failed: bool, log: list[Json], now: float) -> None:
        with self._database.write() as connection:
            connection.execute(
                "UPDATE delivery SET state = ?, log = ?, touched_at = ? WHERE id = ?",
                ("failed" if failed else "done", json.dumps(log), now, delivery_id),
            )

    def waiting(self, phone_id: str) -> list[int]:
        """Queued ones of a phone, oldest first."""
        return self._ids("phone_id = ? AND state = 'queued'", phone_id)

    def stale(self, *, now: float) -> list[int]:
        """Those whose process died, and those that an online phone queued but nobody took."""
        online = "(SELECT offline FROM phone WHERE phone.id = phone_id) = 0"
        return self._ids(f"state IN ('sending', 'queued') AND touched_at < ? AND {online}", now - LEASE_SECONDS)

    def recent(self, phone_id: str) -> list[Json]:
        """The last ones with their attempts, newest first."""
        columns = "id, label, state, log, touched_at"
        query = f"SELECT {columns} FROM delivery WHERE phone_id = ? ORDER BY id DESC LIMIT ?"  # noqa: S608
        with self._database.read() as connection:
            rows = connection.execute(query, (phone_id, SHOWN)).fetchall()
        return [{**dict(row), "log": json.loads(row["log"])} for row in rows]

    def _ids(self, condition: str, value: object) -> list[int]:
        with self._database.read() as connection:
            rows = connection.execute(f"SELECT id FROM delivery WHERE {condition} ORDER BY id", (value,))  # noqa: S608
            return [row["id"] for row in rows.fetchall()]


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(row["id"], row["phone_id"], row["bubble_id"], row["body"], bool(row["answered"]))
