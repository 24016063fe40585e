"""The simulator's till as the way of paying in tests: a hospital in which 陈建国's numbers are paid first."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.db.booking import Booking
from bot.db.payment import PayOrder, PayRefund
from bot.host.pay import SimulatorPay
from bot.ports import Ports
from bot.services import booking, payment
from connectors.simulator.database import Database
from connectors.simulator.till import Till
from connectors.simulator.till_notices import TillNotices, headers_of
from connectors.simulator.transport import Answer
from tests.factories import a_card, a_person, someone

KEY = b"a till's key of thirty-two bytes"
PREPAID = {"all": False, "departments": [], "titles": ["主任医师"]}  # 陈建国, 5000 fen
NOTHING = {"all": False, "departments": [], "titles": []}
SLOT = "yh.s01-20261124-0900"
SAME_FEE = "yh.s01-20261125-0900"
OTHER_FEE = "yh.s03-20261124-0900"  # 周明, 3000 fen, paid at the desk


class Hurrying:
    """A platform's clock: the machine's, and as far ahead as a test says."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def with_till(ports: Ports, folder: Path, *, prepay: Mapping[str, Any] = PREPAID) -> Ports:
    """The same house, which takes money now."""
    clock = Hurrying()
    pay = SimulatorPay(Till(Database(folder / "simulator.db"), clock), key=KEY, app_id="wxtest")
    return replace(ports, pay=pay, rules={**ports.rules, "prepay": prepay})


def till(ports: Ports) -> Till:
    assert isinstance(ports.pay, SimulatorPay)
    return ports.pay.till


class Payer:
    """One person with one card who takes a number that is paid first."""

    def __init__(self, ports: Ports, name: str = "李雷") -> None:
        self.ports, self.openid = ports, f"o-payer-{time.monotonic_ns()}"
        self.person_id = a_person(ports, self.openid)
        self.card = a_card(ports, self.person_id, someone(name))

    def book(self, slot_id: str = SLOT, key: str = "book") -> booking.Booking:
        facts: dict[str, Any] = {"person_id": self.person_id, "card_ref": self.card.ref, "slot_id": slot_id}
        return booking.book(self.ports, key=f"{self.person_id}:{key}", **facts)

    def open_cashier(self, made: booking.Booking) -> str:
        """Go to the cashier; gives the prepay_id."""
        bridge = payment.checkout(self.ports, person_id=self.person_id, ref=made.ref).cashier.bridge
        return bridge["package"].removeprefix("prepay_id=")

    def pay(self, made: booking.Booking) -> None:
        """Open the cashier and type the password; our house has not heard of it yet."""
        till(self.ports).charge(self.open_cashier(made), self.openid)

    def come_back(self, made: booking.Booking) -> booking.Booking:
        payment.come_back(self.ports, person_id=self.person_id, ref=made.ref)
        return self.one(made)

    def paid(self, slot_id: str = SLOT) -> booking.Booking:
        """A number that is booked and paid."""
        made = self.book(slot_id)
        self.pay(made)
        return self.come_back(made)

    def one(self, made: booking.Booking) -> booking.Booking:
        return booking.one(self.ports, person_id=self.person_id, ref=made.ref)

    def cancel(self, made: booking.Booking) -> booking.Booking:
        return booking.cancel(self.ports, person_id=self.person_id, ref=made.ref, key="cancel")


def orders(ports: Ports) -> list[tuple[str, int]]:
    """(state, fen owed or given back) of every order."""
    with ports.transaction() as session:
        return [(o.state, o.refunded_fen) for o in session.scalars(sa.select(PayOrder).order_by(PayOrder.id))]


def refunds(ports: Ports) -> list[tuple[str, str]]:
    """(cause, state) of every refund."""
    with ports.transaction() as session:
        return [(r.cause, r.state) for r in session.scalars(sa.select(PayRefund).order_by(PayRefund.id))]


def notices(ports: Ports) -> list[tuple[dict[str, str], bytes]]:
    """Every notice that the till would post now: headers and body."""
    posted: list[tuple[dict[str, str], bytes]] = []

    def keep(_url: str, body: bytes, _seconds: float, headers: Mapping[str, str]) -> Answer:
        posted.append((dict(headers), body))
        return Answer(200, "application/json", b"{}")

    TillNotices(till(ports)._database, KEY, "http://localhost/pay/notify", till(ports)._clock, keep).deliver()
    return posted


def signed(told: Any, *, age: int = 0) -> tuple[dict[str, str], bytes]:
    """Anything at all with the till's good signature."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return headers_of(KEY, body, timestamp=int(time.time()) - age, nonce="n"), body


def hurry(ports: Ports, seconds: float) -> None:
    """Let the platform's time go on."""
    clock = till(ports)._clock
    assert isinstance(clock, Hurrying)
    clock.ahead += seconds


def wrongs(ports: Ports) -> list[str]:
    """What must never be, said by SQL: booked and not paid, paid and without a number or a refund."""
    paid = sa.select(PayOrder.id).where(PayOrder.booking_id == Booking.id, PayOrder.state == "paid")
    kept = paid.where(PayOrder.refunded_fen == 0)
    unpaid = sa.select(Booking.ref).where(
        Booking.prepay.is_(True), Booking.state.in_(("booked", "paid", "moving")), ~kept.exists()
    )
    lost = sa.select(Booking.ref).where(
        Booking.state.not_in(("booked", "paid", "moving", "cancelling", "done", "missed")), kept.exists()
    )
    with ports.transaction() as session:
        return [f"unpaid {r}" for r in session.scalars(unpaid)] + [f"lost {r}" for r in session.scalars(lost)]
