"""The payment platform beside the hospital: the simulator's till on the hospital's clock, its payers and its bank."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import timezone
from pathlib import Path
from typing import Any

from bot import clock
from bot.host.pay import SimulatorPay
from bot.ports import Ports
from bot.services import paid_holds
from connectors.simulator.database import Database
from connectors.simulator.till import NEVER, Till
from connectors.simulator.till_notices import TillNotices
from connectors.simulator.transport import Answer, NoAnswer
from tests.till import KEY

FILE = "simulator.db"
CALLS = ("create", "query", "close", "refund", "query_refund", "charge")
TOLD = ("notice:never", "notice:twice", "notice:late")  # how we hear of it
FAULTS = (*(f"{call}:{when}" for call in CALLS for when in ("before", "after")), *TOLD, "charge:closed")
BROKEN_REFUNDS = ("refund:pending", "refund:failed")


def seconds() -> float:
    """The hospital's moment as the platform counts."""
    return clock.now().replace(tzinfo=timezone.utc).timestamp()


class Platform:
    """Acts of payers and of the bank, of which we hear by notices, by asking, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE)
        self.till = Till(self._database, seconds)
        self.pay = SimulatorPay(self.till, key=KEY, app_id="wxmodel")

    def close(self) -> None:
        for keeper in self._database._keepers.values():
            keeper.close()

    def arm(self, fault: str, times: int) -> None:
        """As Till.arm; `works` is none."""
        if fault != "works":
            self.till.arm(fault, times)

    def charge(self, no: str) -> None:
        """Whoever has the cashier of this order open types his password. Raises TillRefused, NoAnswer."""
        with self._database.read() as connection:
            order = connection.execute("SELECT prepay_id, payer FROM till_order WHERE no = ?", (no,)).fetchone()
        self.till.charge(order["prepay_id"], order["payer"])

    def has(self, no: str) -> bool:
        """Whether the money of this order has left its payer."""
        with self._database.read() as connection:
            state = connection.execute("SELECT state FROM till_order WHERE no = ?", (no,)).fetchone()
        return state is not None and state["state"] in {"SUCCESS", "REFUND"}

    def deliver(self, ports: Ports, *, times: int) -> int:
        """Post what is due, each so many times; 0 = nobody takes it, and it comes again. Gives how many came."""
        taken = 0

        def take(_url: str, body: bytes, _seconds: float, headers: Mapping[str, str]) -> Answer:
            nonlocal taken
            if times == 0:
                raise NoAnswer("down")
            for _ in range(times):
                paid_holds.take_notice(ports, self.pay, headers=headers, body=body)
            taken += 1
            return Answer(200, "application/json", b"{}")

        TillNotices(self._database, KEY, "http://localhost/pay/notify", seconds, take).deliver()
        return taken

    def broken(self) -> list[sqlite3.Row]:
        """Refunds that hang at a bank, or did not arrive."""
        with self._database.read() as connection:
            query = "SELECT * FROM till_refund WHERE state = 'ABNORMAL' OR (state = 'PROCESSING' AND ends_at >= ?)"
            return connection.execute(f"{query} ORDER BY no", (NEVER,)).fetchall()

    def mend(self, refund: Mapping[str, Any] | sqlite3.Row) -> None:
        """A person gave the money back at the platform, or the bank woke up: the platform says so by a notice."""
        with self._database.write() as connection:
            done = "UPDATE till_refund SET state = 'SUCCESS', ends_at = ? WHERE no = ?"
            connection.execute(done, (seconds(), refund["no"]))
            self.till._announce(connection, "REFUND.SUCCESS", refund["no"], seconds())

    def heal(self) -> None:
        """Everything answers, and whatever hangs anywhere comes to its end."""
        for fault in (*FAULTS, *BROKEN_REFUNDS):
            self.arm(fault, 0)
        for refund in self.broken():
            self.mend(refund)
