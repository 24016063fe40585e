"""Notices of the till: signed, posted to the merchant, and again on WeChat Pay's schedule until he takes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from connectors.simulator.config import Json
from connectors.simulator.database import Database
from connectors.simulator.transport import Answer, NoAnswer, post

SERIAL = "SIMULATOR"
MERCHANT = "1900000001"
SECONDS = 5.0  # how long one answer may take
TAKEN = frozenset({200, 204})
AGAIN = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)  # seconds
LEASE = 30.0  # seconds until somebody else may try a notice whose sender died

Post = Callable[[str, bytes, float, Mapping[str, str]], Answer]


def sign(key: bytes, *, timestamp: str, nonce: str, body: bytes) -> str:
    """Stands where WeChat Pay's RSA signature stands: over time, nonce and the raw body."""
    message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def headers_of(key: bytes, body: bytes, *, timestamp: int, nonce: str) -> dict[str, str]:
    """The headers of one notice."""
    signature = sign(key, timestamp=str(timestamp), nonce=nonce, body=body)
    names = {"Timestamp": str(timestamp), "Nonce": nonce, "Signature": signature, "Serial": SERIAL}
    return {"Content-Type": "application/json", **{f"Wechatpay-{name}": value for name, value in names.items()}}


class TillNotices:
    """Posts what is due; any process may, one at a time takes a notice."""

    def __init__(self, database: Database, key: bytes, url: str, clock: Callable[[], float], send: Post = post) -> None:
        self._database, self._key, self._url, self._clock, self._send = database, key, url, clock, send

    def due(self) -> bool:
        """Whether there is anything to post."""
        with self._database.read() as connection:
            query = "SELECT 1 FROM till_notice WHERE due <= ? LIMIT 1"
            return connection.execute(query, (self._clock(),)).fetchone() is not None

    def deliver(self) -> None:
        """Post every notice that is due, once."""
        for notice in iter(self._claim, None):
            self._post(notice)

    def _claim(self) -> sqlite3.Row | None:
        now = self._clock()
        with self._database.write() as connection:
            query = "SELECT * FROM till_notice WHERE due <= ? ORDER BY due, id LIMIT 1"
            row: sqlite3.Row | None = connection.execute(query, (now,)).fetchone()
            if row is not None:
                connection.execute("UPDATE till_notice SET due = ? WHERE id = ?", (now + LEASE, row["id"]))
        return row

    def _post(self, notice: sqlite3.Row) -> None:
        body = json.dumps(self.body(notice), ensure_ascii=False).encode()
        headers = headers_of(self._key, body, timestamp=int(self._clock()), nonce=secrets.token_hex(16))
        try:
            taken = self._send(self._url, body, SECONDS, headers).status in TAKEN
        except NoAnswer:
            taken = False
        wait = None if taken or notice["tries"] >= len(AGAIN) else self._clock() + AGAIN[notice["tries"]]
        with self._database.write() as connection:
            connection.execute("UPDATE till_notice SET due = ?, tries = tries + 1 WHERE id = ?", (wait, notice["id"]))

    def body(self, notice: Mapping[str, str] | sqlite3.Row) -> Json:
        """What one notice says, as things stand now."""
        refund = notice["event"].startswith("REFUND.")
        with self._database.read() as connection:
            resource = _refund(connection, notice) if refund else _payment(connection, notice["no"])
        return {"id": notice["id"], "event_type": notice["event"], "resource": {"mchid": MERCHANT, **resource}}


def _payment(connection: sqlite3.Connection, no: str) -> Json:
    row = connection.execute("SELECT * FROM till_order WHERE no = ?", (no,)).fetchone()
    return {
        "out_trade_no": no,
        "transaction_id": row["transaction_id"],
        "trade_state": "SUCCESS",
        "success_time": datetime.fromtimestamp(row["paid_at"], timezone.utc).isoformat(),
        "amount": {"total": row["amount"], "currency": "CNY"},
    }


def _refund(connection: sqlite3.Connection, notice: Mapping[str, str] | sqlite3.Row) -> Json:
    row = connection.execute("SELECT * FROM till_refund WHERE no = ?", (notice["no"],)).fetchone()
    return {
        "out_trade_no": row["order_no"],
        "out_refund_no": row["no"],
        "refund_status": notice["event"].removeprefix("REFUND."),
        "amount": {"refund": row["amount"], "currency": "CNY"},
    }
