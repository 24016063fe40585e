"""Which numbers are paid before they are booked, and the rows of their orders. What becomes of them: paid_holds.py."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.payment import PayOrder, PayRefund
from bot.his.port import Department
from bot.ports import Ports
from bot.services import payment_refunds


def needed(ports: Ports, *, department: Department, title: str, fee_fen: int) -> bool:
    """Whether a number is kept and paid before it is booked; where nothing is paid through us, none is."""
    if ports.pay is None or fee_fen <= 0:
        return False
    wanted = ports.rules["prepay"]
    names = {department.name, department.standard_name}
    return bool(wanted["all"] or names.intersection(wanted["departments"]) or title in wanted["titles"])


def make(ports: Ports, session: Session, *, booking: Any, amount_fen: int, until: datetime) -> None:
    """Write the order of a booking that waits to be paid, in the transaction that makes it wait; once a booking."""
    now = ports.now()
    facts = {"booking_id": booking.id, "person_id": booking.person_id, "amount_fen": amount_fen, "until": until}
    facts |= {"no": f"p_{secrets.token_hex(12)}", "expires_at": clock.wire() + (until - now), "made_at": now}
    session.execute(sa.insert(PayOrder).values(**facts))


def move(session: Session, order_id: int, before: Collection[str], *more: Any, **values: Any) -> bool:
    """Take one step if the order still stands where we saw it; False = somebody was faster."""
    done = session.execute(
        sa.update(PayOrder)
        .where(PayOrder.id == order_id, PayOrder.state.in_(before), *more)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def sent(ports: Ports, session: Session, order: Any) -> bool:
    """Its payer goes to the cashier now: from here on the platform may know of it; False = it is over."""
    look_at = ports.now() + timedelta(seconds=ports.rules["pay_query_seconds"])
    return move(session, order.id, {"open"}, sent_at=order.sent_at or ports.now(), look_at=look_at)


def close_soon(session: Session, *, booking_id: int) -> None:
    """Nobody is to pay for this booking any more; a job tells the platform."""
    order = of_booking(session, booking_id)
    if order is not None:
        move(session, order.id, {"open"}, state="closing")


def handed_on(session: Session, *, old_id: int, new_id: int) -> None:
    """The payment of a number that moved is the new number's."""
    mine = sa.update(PayOrder).where(PayOrder.booking_id == old_id, PayOrder.state == "paid")
    session.execute(mine.values(booking_id=new_id).execution_options(synchronize_session=False))


def of_booking(session: Session, booking_id: int) -> Any:
    """The order of a booking, None = nothing was ever to be paid for it."""
    query = sa.select(PayOrder).where(PayOrder.booking_id == booking_id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def by_no(session: Session, no: str) -> Any:
    """The order that the platform calls so, None = none of ours."""
    query = sa.select(PayOrder).where(PayOrder.no == no[:32])
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def alarms(ports: Ports) -> int:
    """Orders and refunds at which a person has to look."""
    with ports.transaction() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(troubled(ports).subquery())) or 0)


def troubled(ports: Ports) -> Any:
    """Select (ref, what, since) of these: orders that are not what they should be, refunds that failed or hang."""
    late = ports.now() - timedelta(hours=ports.rules["refund_alarm_hours"])
    hangs = sa.and_(PayRefund.state.in_(payment_refunds.FOLLOWED), PayRefund.made_at <= late)
    refunds = sa.select(PayRefund.no.label("ref"), sa.literal("refund").label("what"), PayRefund.made_at.label("since"))
    orders = sa.select(PayOrder.no, sa.literal("order"), PayOrder.made_at).where(PayOrder.state == "odd")
    return refunds.where(sa.or_(PayRefund.state == "failed", hangs)).union_all(orders)
