"""A fake payment platform: orders, charges, refunds, kept in the simulator's file, so that every process sees them.

States are WeChat Pay v3's: an order is NOTPAY, SUCCESS, REFUND or CLOSED, a refund PROCESSING, SUCCESS or ABNORMAL.
Tests arm faults by name, as often as they like:

    <call>:before, <call>:after   no answer, before or after the deed, of any method that is a call
    charge:closed                 a charge goes through although the order was closed meanwhile
    charge:one_fen                the platform charges one fen
    notice:twice, notice:never, notice:late
    refund:pending, refund:failed
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.simulator.config import Json
from connectors.simulator.database import Database
from connectors.simulator.transport import NoAnswer

REFUND_SECONDS = 2.0  # until the money is back
LATE_SECONDS = 600.0  # how late a late notice goes out
NEVER = 1e12


class TillRefused(Exception):
    """The platform's clear no, by its word."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Till:
    """One merchant's orders; every method is one call to the platform."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    # -- the merchant's side
    def create(self, *, no: str, amount: int, description: str, expires: float, payer: str) -> str:
        """The prepay_id, the same for the same order. Raises TillRefused ORDERPAID, ORDER_CLOSED, INVALID_REQUEST."""
        given = {"amount": amount, "description": description, "expires": expires, "payer": payer}
        with self._call("create") as connection:
            connection.execute(
                "INSERT OR IGNORE INTO till_order (no, prepay_id, amount, description, expires, payer)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (no, f"wx{secrets.token_hex(16)}", *given.values()),
            )
            row = self._order(connection, no)
            if any(row[name] != value for name, value in given.items()):
                raise TillRefused("INVALID_REQUEST")
            _must_be_open(row, self._clock())
            return str(row["prepay_id"])

    def query(self, no: str) -> Json:
        """Raises TillRefused ORDER_NOT_EXIST."""
        with self._call("query") as connection:
            return _order_view(self._order(connection, no), self._clock())

    def close(self, no: str) -> None:
        """Raises TillRefused ORDERPAID, ORDER_NOT_EXIST."""
        with self._call("close") as connection:
            if self._order(connection, no)["state"] in {"SUCCESS", "REFUND"}:
                raise TillRefused("ORDERPAID")
            connection.execute("UPDATE till_order SET state = 'CLOSED' WHERE no = ?", (no,))

    def refund(self, *, no: str, order_no: str, amount: int, total: int) -> Json:
        """Raises TillRefused ORDER_NOT_EXIST, TRADE_STATE_ERROR (not paid), PARAM_ERROR, NOT_ENOUGH (too much)."""
        with self._call("refund") as connection:
            order = self._order(connection, order_no)
            if self._known_refund(connection, no) is None:
                if order["state"] not in {"SUCCESS", "REFUND"}:
                    raise TillRefused("TRADE_STATE_ERROR")
                if total != order["amount"]:
                    raise TillRefused("PARAM_ERROR")
                if amount > order["amount"] - order["refunded"]:
                    raise TillRefused("NOT_ENOUGH")
                self._give_back(connection, no, order_no, amount)
            row = self._known_refund(connection, no)
            if row is None or (row["order_no"], row["amount"]) != (order_no, amount):
                raise TillRefused("PARAM_ERROR")
            return _refund_view(row)

    def query_refund(self, no: str) -> Json:
        """Raises TillRefused RESOURCE_NOT_EXISTS."""
        with self._call("query_refund") as connection:
            row = self._known_refund(connection, no)
            if row is None:
                raise TillRefused("RESOURCE_NOT_EXISTS")
            return _refund_view(row)

    # -- the payer's side
    def shown(self, prepay_id: str, payer: str) -> Json | None:
        """What the cashier shows to this payer; None = there is no such order, or it is not his."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM till_order WHERE prepay_id = ?", (prepay_id,)).fetchone()
        return _order_view(row, self._clock()) if row is not None and row["payer"] == payer else None

    def charge(self, prepay_id: str, payer: str) -> None:
        """The payer typed his password. Raises TillRefused ORDER_NOT_EXIST, ORDERPAID, ORDER_CLOSED."""
        with self._call("charge") as connection:
            row = connection.execute(
                "SELECT * FROM till_order WHERE prepay_id = ? AND payer = ?", (prepay_id, payer)
            ).fetchone()
            if row is None:
                raise TillRefused("ORDER_NOT_EXIST")
            if not self._hit(connection, "charge:closed"):
                _must_be_open(row, self._clock())
            amount = 1 if self._hit(connection, "charge:one_fen") else row["amount"]
            connection.execute(
                "UPDATE till_order SET state = 'SUCCESS', amount = ?, paid_at = ?, transaction_id = ? WHERE no = ?",
                (amount, self._clock(), f"42{secrets.randbelow(10**26):026d}", row["no"]),
            )
            self._announce(connection, "TRANSACTION.SUCCESS", row["no"], self._clock())

    # -- faults
    def arm(self, name: str, times: int = 1) -> None:
        """Let a fault happen so many times; 0 = no more."""
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO till_fault (name, times) VALUES (?, ?)", (name, times))

    @contextmanager
    def _call(self, name: str) -> Iterator[sqlite3.Connection]:
        """One transaction of one call. Raises NoAnswer where that fault is armed."""
        with self._database.write() as connection:
            lost_before, lost_after = (self._hit(connection, f"{name}:{when}") for when in ("before", "after"))
            if not lost_before:
                yield connection
        if lost_before or lost_after:
            raise NoAnswer("timeout")

    @staticmethod
    def _hit(connection: sqlite3.Connection, name: str) -> bool:
        done = connection.execute("UPDATE till_fault SET times = times - 1 WHERE name = ? AND times > 0", (name,))
        return done.rowcount == 1

    # -- inside
    @staticmethod
    def _order(connection: sqlite3.Connection, no: str) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute("SELECT * FROM till_order WHERE no = ?", (no,)).fetchone()
        if row is None:
            raise TillRefused("ORDER_NOT_EXIST")
        return row

    def _give_back(self, connection: sqlite3.Connection, no: str, order_no: str, amount: int) -> None:
        failed, pending = (self._hit(connection, f"refund:{how}") for how in ("failed", "pending"))
        ends_at = NEVER if pending else self._clock() + REFUND_SECONDS
        state = "ABNORMAL" if failed else "PROCESSING"
        connection.execute(
            "INSERT INTO till_refund (no, order_no, amount, state, ends_at) VALUES (?, ?, ?, ?, ?)",
            (no, order_no, amount, state, ends_at),
        )
        connection.execute(
            "UPDATE till_order SET state = 'REFUND', refunded = refunded + ? WHERE no = ?", (amount, order_no)
        )
        if not pending:
            self._announce(connection, "REFUND.ABNORMAL" if failed else "REFUND.SUCCESS", no, ends_at)

    def _known_refund(self, connection: sqlite3.Connection, no: str) -> sqlite3.Row | None:
        over = "UPDATE till_refund SET state = 'SUCCESS' WHERE no = ? AND state = 'PROCESSING' AND ends_at <= ?"
        connection.execute(over, (no, self._clock()))
        row: sqlite3.Row | None = connection.execute("SELECT * FROM till_refund WHERE no = ?", (no,)).fetchone()
        return row

    def _announce(self, connection: sqlite3.Connection, event: str, no: str, due: float) -> None:
        if self._hit(connection, "notice:never"):
            return
        late = LATE_SECONDS if self._hit(connection, "notice:late") else 0.0
        times = 2 if self._hit(connection, "notice:twice") else 1
        for _ in range(times):
            connection.execute(
                "INSERT INTO till_notice (id, event, no, due) VALUES (?, ?, ?, ?)",
                (secrets.token_hex(16), event, no, due + late),
            )


def _must_be_open(row: sqlite3.Row, now: float) -> None:
    state = _state(row, now)
    if state != "NOTPAY":
        raise TillRefused("ORDER_CLOSED" if state == "CLOSED" else "ORDERPAID")


def _state(row: sqlite3.Row, now: float) -> str:
    return "CLOSED" if row["state"] == "NOTPAY" and row["expires"] <= now else str(row["state"])


def _order_view(row: sqlite3.Row, now: float) -> Json:
    names = ("no", "amount", "description", "transaction_id", "paid_at")
    return {**{name: row[name] for name in names}, "state": _state(row, now)}


def _refund_view(row: sqlite3.Row) -> Json:
    return {name: row[name] for name in ("no", "order_no", "amount", "state")}
