"""Numbers that are booked when they are paid: from a kept place to a booked one, or to nothing and the money back.

    booking:  asked ──► unpaid ──► paid ──► booked
                          │ │       └─────► refused       the hospital had given the place away: the money goes back
                          │ └──► cancelling ──► cancelled   by its patient (settling.py)
                          └────► cancelled                  nobody paid in time, or the clinic was called off

    order:    open ──► closing ──► closed
                │         │          │
                └─────────┴──────────┴──► paid             whenever the money comes
                └─────────┴──────────┴──► odd              what came is not what was asked: a person has to look

One rule holds them together. An order that becomes paid takes its booking from unpaid to paid in the same transaction,
and where that is not possible owes the money back in it: nobody is booked unpaid, and no money is without a number or
a refund. Whoever changes both changes the booking first; every step is a conditional UPDATE. The platform is asked by
web and jobs alone, never inside a transaction: a notice only writes, the hospital hears of it right after.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.booking import Booking
from bot.db.payment import PayNotice, PayOrder
from bot.errors import Conflict, HisRefused, NotFound, PayRefused, Unavailable
from bot.his.port import Appointment
from bot.pay.port import Payment, PayPort
from bot.ports import Ports
from bot.services import booking_lost, booking_steps, giving_back, guards, payment_orders, payment_refunds, returned

log = logging.getLogger(__name__)
PAYABLE = frozenset({"open", "closing", "closed"})
FAILURES_BEFORE_STOP = 3


# -- what the platform says ----------------------------------------------------------------------------------
def take_notice(ports: Ports, pay: PayPort, *, headers: Mapping[str, str], body: bytes) -> None:
    """Take one notice; the same one a hundred times is one. The hospital is not asked here: web answers in seconds.

    Raises PayForged, PayUnreadable, NotFound (no order of ours), Conflict('wrong_amount'): nothing is changed then.
    """
    notice = pay.notice(headers=headers, body=body)
    said = notice.about
    try:
        if isinstance(said, Payment):
            hear(ports, said)
        else:
            payment_refunds.hear(ports, said)
    except (NotFound, Conflict) as error:
        log.error("PAY ALARM notice of %s: %s", said.no, error.code)
        _keep_notice(ports, notice.id, said.no, error.code)
        raise
    _keep_notice(ports, notice.id, said.no, said.state)


def _keep_notice(ports: Ports, key: str, no: str, outcome: str) -> None:
    facts = {"key": key[:64], "no": no[:32], "outcome": outcome[:16], "received_at": clock.wire()}
    with ports.transaction() as session:
        insert_new(session, PayNotice, **facts)


def hear(ports: Ports, said: Payment) -> None:
    """Write down what the platform says of one order. Raises NotFound, Conflict('wrong_amount')."""
    with ports.transaction() as session:
        order = payment_orders.by_no(session, said.no)
        if order is None:
            raise NotFound
        if said.amount_fen != order.amount_fen:
            raise Conflict("wrong_amount")
        _hold_row(session, order.booking_id)
        if said.state == "paid":
            _paid(ports, session, order, said)
        elif said.state == "closed":
            _closed(ports, session, order, {"open", "closing"})


def _hold_row(session: Session, booking_id: int | None) -> None:
    """Two that change booking and order change the booking first, so that neither waits for the other in a ring."""
    session.execute(sa.select(Booking.id).where(Booking.id == booking_id).with_for_update(key_share=True))


def _paid(ports: Ports, session: Session, order: Any, said: Payment) -> None:
    facts = {"paid_fen": said.amount_fen, "paid_at": said.paid_at, "transaction_id": said.transaction_id or None}
    facts |= {"look_at": None, "settled_at": ports.now()}
    if not payment_orders.move(session, order.id, PAYABLE, state="paid", **facts):
        return  # said before
    payment_refunds.audit(ports, session, "payment.paid", order.no)
    if booking_steps.move(session, order.booking_id, {"unpaid"}, state="paid"):
        return
    payment_refunds.owe(ports, session, booking_id=order.booking_id, cause="late")
    row = session.get(Booking, order.booking_id)
    if row is not None:
        booking_steps.tell(ports, session, row, "money_back")


def _closed(ports: Ports, session: Session, order: Any, before: set[str]) -> None:
    """Nobody can pay any more: the place goes back, and who did not say so himself is told."""
    look_at = _last_look(ports, order) if order.sent_at is not None else None
    if payment_orders.move(session, order.id, before, state="closed", look_at=look_at, settled_at=ports.now()):
        _end_unpaid(ports, session, order.booking_id, by="lapse", view="pay_lapsed")


def _end_unpaid(ports: Ports, session: Session, booking_id: int, *, by: str, view: str) -> bool:
    at = ports.now()
    facts = {"cancelled_at": at, "cancelled_by": by, "settled_at": at}
    if not booking_steps.move(session, booking_id, {"unpaid"}, state="cancelled", **facts, **guards.FREED):
        return False
    row = session.get(Booking, booking_id)
    if by == "lapse":  # what the hospital took away it may have given to somebody by now
        place: dict[str, Any] = {"slot_id": row.slot_id, "patient_id": row.patient_id, "start": row.start}
        returned.note(ports, session, cause=row.ref, **place)
    booking_steps.tell(ports, session, row, view)
    booking_steps.audit(session, row, "booking.lapse", at, reason=by)
    return True


# -- what the hospital says ----------------------------------------------------------------------------------
def confirm(ports: Ports, row: Any) -> bool:
    """Make a paid number a booked one, or owe the money; True = it found its end. Raises HisUnavailable: once more."""
    try:
        answer = ports.his.confirm(appointment_id=row.appointment_id, key=f"{row.key}:confirm")
        booking_steps.check(row, answer)
    except HisRefused:
        return _money_back(ports, row)
    if answer.state in {"held", "cancelled"}:  # its desk gave the place away meanwhile
        return _money_back(ports, row)
    return _booked(ports, row, answer)


def confirm_one(ports: Ports, booking_id: int) -> None:
    """Confirm one number if it is paid. Raises HisUnavailable."""
    for row in _bookings(ports, Booking.id == booking_id, Booking.state == "paid"):
        confirm(ports, row)


def _booked(ports: Ports, row: Any, answer: Appointment) -> bool:
    at, facts = ports.now(), {"number": answer.number, "room": answer.room or row.room, "pay_until": None}
    with ports.transaction() as session:
        done = booking_steps.move(session, row.id, {"paid"}, state="booked", settled_at=at, **facts)
        if done:
            booking_steps.audit(session, row, "booking.book", at)
            booking_steps.tell(ports, session, row, "paid_booked", expires_at=row.end)
            booking_lost.taken_away(ports, session, row.id, answer)
    return done


def _money_back(ports: Ports, row: Any) -> bool:
    at = ports.now()
    with ports.transaction() as session:
        facts = {"refusal": "place_gone", "settled_at": at, **guards.FREED}
        done = booking_steps.move(session, row.id, {"paid"}, state="refused", **facts)
        if done:
            payment_refunds.owe(ports, session, booking_id=row.id, cause="refused")
            booking_steps.tell(ports, session, row, "money_back")
            booking_steps.audit(session, row, "booking.refused", at, reason="place_gone")
    if done:
        giving_back.let_go(ports, row, row.appointment_id)
    return done


def called_off(ports: Ports, row: Any) -> bool:
    """The hospital gave a place away that was kept and not paid: nobody is to pay for it any more."""
    with ports.transaction() as session:
        done = _end_unpaid(ports, session, row.id, by="hospital", view="pay_called_off")
        if done:
            payment_orders.close_soon(session, booking_id=row.id)
    return done


# -- what happens without anybody asking ---------------------------------------------------------------------
def tick(ports: Ports) -> int:
    """Confirm what is paid, close what was not paid in time, ask about what is open; gives how many steps were taken.

    Each kind of work stops when its other side gave no answer three times: the next tick goes on.
    """
    pay = ports.pay
    if pay is None:
        return 0
    done = _each(_bookings(ports, Booking.state == "paid"), lambda row: confirm(ports, row))
    _lapse(ports)
    done += _each(_orders(ports, PayOrder.state == "closing"), lambda order: close(ports, pay, order))
    done += _each(_orders(ports, PayOrder.look_at <= ports.now()), lambda order: look(ports, pay, order))
    done += _each(_bookings(ports, Booking.state == "paid"), lambda row: confirm(ports, row))
    return done + payment_refunds.forward(ports, pay)


def _each(rows: list[Any], step: Callable[[Any], bool]) -> int:
    done = failures = 0
    for row in rows:
        if failures == FAILURES_BEFORE_STOP:
            break
        try:
            done += step(row)
        except Unavailable:
            failures += 1
    return done


def _lapse(ports: Ports) -> None:
    """From here on the cashier is to be closed; until that is known, money may still win."""
    with ports.transaction() as session:
        over = sa.update(PayOrder).where(PayOrder.state == "open", PayOrder.until <= ports.now())
        session.execute(over.values(state="closing").execution_options(synchronize_session=False))


def close(ports: Ports, pay: PayPort, order: Any) -> bool:
    """Close an order outside, then let its place go; one that was paid in the last second is paid.

    Raises PayUnavailable: tried again.
    """
    if order.sent_at is not None:
        try:
            pay.close(order.no)
        except PayRefused as refusal:
            if refusal.code == "order_paid":
                return look(ports, pay, order)
            if refusal.code != "order_unknown":  # one that never arrived there is as good as closed
                log.error("PAY ALARM order %s cannot be closed: %s", order.no, refusal.code)
                return False
    with ports.transaction() as session:
        _hold_row(session, order.booking_id)
        _closed(ports, session, order, {"closing"})
    _let_go(ports, order.booking_id)
    return True


def _let_go(ports: Ports, booking_id: int) -> None:
    [row] = _bookings(ports, Booking.id == booking_id)
    if row.state == "cancelled" and row.cancelled_by == "lapse" and row.appointment_id is not None:
        giving_back.let_go(ports, row, row.appointment_id)


def look(ports: Ports, pay: PayPort, order: Any) -> bool:
    """Ask the platform about one order and write down what it says; True = it is paid. Raises PayUnavailable."""
    again = ports.now() + timedelta(seconds=ports.rules["pay_query_seconds"])
    _look_at(ports, order, {"open", "closing"}, again)
    try:
        said = pay.query(order.no)
    except PayRefused:  # it never arrived there, or not yet
        said = None
    if said is not None and said.state != "unpaid":
        _hear(ports, order, said)
    _look_at(ports, order, {"closed"}, None if order.state == "closed" else _last_look(ports, order))
    return said is not None and said.state == "paid"


def _hear(ports: Ports, order: Any, said: Payment) -> None:
    try:
        hear(ports, said)
    except Conflict:
        _odd(ports, order)
    if said.state == "closed":
        _let_go(ports, order.booking_id)


def _look_at(ports: Ports, order: Any, states: set[str], moment: datetime | None) -> None:
    with ports.transaction() as session:
        payment_orders.move(session, order.id, states, look_at=moment)


def _last_look(ports: Ports, order: Any) -> datetime:
    """A closed order is asked about once more when its time is over there too: money must not come in unseen."""
    return order.until + timedelta(minutes=ports.rules["pay_last_look_minutes"])


def _odd(ports: Ports, order: Any) -> None:
    log.error("PAY ALARM order %s: another amount than asked for", order.no)
    with ports.transaction() as session:
        _hold_row(session, order.booking_id)
        if payment_orders.move(session, order.id, PAYABLE, state="odd", look_at=None, settled_at=ports.now()):
            _end_unpaid(ports, session, order.booking_id, by="lapse", view="pay_lapsed")


def _bookings(ports: Ports, *conditions: Any) -> list[Any]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Booking).where(*conditions).order_by(Booking.id)))


def _orders(ports: Ports, *conditions: Any) -> list[Any]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(PayOrder).where(*conditions).order_by(PayOrder.id)))
