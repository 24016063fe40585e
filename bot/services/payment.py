"""What a patient pays: his bills, to be read and paid at the hospital, and the cashier of a number kept for him.

Orders are made when a place is kept (settling.py); here its payer goes to the cashier and comes back. What becomes of
booking and money: paid_holds.py.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.db.messages import Person
from bot.errors import PayRefused, Refused, Unavailable
from bot.his.port import Bill
from bot.pay.port import Cashier, Order, PayPort
from bot.ports import Ports
from bot.services import access, booking_reading, paid_holds, papers, payment_orders
from bot.services.papers import Mine

log = logging.getLogger(__name__)
SAID = {"order_paid": "pay_settling", "order_closed": "pay_over"}  # the platform's no → ours


@access.reads("payment.bills", why="own")
def bills(ports: Ports, *, person_id: int, card_ref: str | None = None) -> list[Mine[Bill]]:
    """Of the years that the rules name for reports, open ones first, then newest. Raises NotFound, HisUnavailable."""
    mine = papers.of_cards(
        ports,
        person_id=person_id,
        card_ref=card_ref,
        ask=ports.his.bills,
        moment=lambda paper: paper.made_at,
    )
    return sorted(mine, key=lambda each: each.paper.state != "open")


@dataclass(frozen=True)
class Checkout:
    """One number on its way to the cashier; `until` naive UTC, the hospital's."""

    ref: str
    amount_fen: int
    until: datetime
    cashier: Cashier


@access.acts("payment.checkout", why="own")
def checkout(ports: Ports, *, person_id: int, ref: str) -> Checkout:
    """Open the cashier for a kept number; going there twice is one order.

    Raises NotFound, Refused('not_payable' | 'pay_over' | 'pay_settling'), PayRefused, PayUnavailable.
    """
    order, openid = _send(ports, person_id, ref)
    wanted = Order(order.no, order.amount_fen, ports.rules["pay_description"], order.expires_at, openid)
    try:
        cashier = _pay(ports).prepay(wanted)
    except PayRefused as refusal:
        log.warning("order %s is not to be paid: %s", order.no, refusal.code)
        come_back(ports, person_id=person_id, ref=ref)
        raise Refused(SAID.get(refusal.code, "pay_refused")) from None
    return Checkout(ref, order.amount_fen, order.until, cashier)


def _pay(ports: Ports) -> PayPort:
    if ports.pay is None:
        raise Refused("not_payable")
    return ports.pay


def _send(ports: Ports, person_id: int, ref: str) -> Any:
    """Write down, before the platform hears of it, that it may; gives the order and whoever pays."""
    with ports.transaction() as session:
        row, _card = booking_reading.held(session, person_id, ref)
        _pay(ports)
        if row.state != "unpaid":
            raise Refused("pay_settling" if row.state == "paid" else "not_payable")
        order = payment_orders.of_booking(session, row.id)
        if row.pay_until <= ports.now() or not payment_orders.sent(ports, session, order):
            raise Refused("pay_over")
        person = session.get(Person, person_id)
        return order, ports.crypto.open(person.openid_sealed)


@access.acts("payment.come_back", why="own")
def come_back(ports: Ports, *, person_id: int, ref: str) -> None:
    """Ask what became of it, when its payer is back from the cashier: what he saw there proves nothing.

    Without an answer now, the jobs find out. Raises NotFound.
    """
    with ports.transaction() as session:
        row, _card = booking_reading.held(session, person_id, ref)
        order = payment_orders.of_booking(session, row.id)
    if order is None or ports.pay is None:
        return
    with suppress(Unavailable):
        if order.sent_at is not None and order.state in paid_holds.PAYABLE:
            paid_holds.look(ports, ports.pay, order)
        paid_holds.confirm_one(ports, row.id)
