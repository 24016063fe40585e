"""Money on its way back: owed in the transaction that ends a booking, sent and followed by a job until it is done.

    owed ──► processing ──► done
      └──────────┴────────► failed    a person has to look; the platform may still say done later

One order has one refund, under a number made of the order's own: asked a hundred times it is one. The order's
`refunded_fen` is raised by a conditional UPDATE, and its CHECK holds it to what was paid.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.db.payment import PayOrder, PayRefund
from bot.errors import Conflict, NotFound, PayRefused, PayUnavailable
from bot.pay.port import PayPort, Refund
from bot.ports import Ports
from bot.push import outbox
from bot.services import privacy

log = logging.getLogger(__name__)
FOLLOWED = ("owed", "processing")
LONGEST_WAIT = timedelta(hours=6)
FAILURES_BEFORE_STOP = 3


def owe(ports: Ports, session: Session, *, booking_id: int, cause: str) -> bool:
    """Owe what was paid for a booking, whole; False = nothing was paid, or it is owed already.

    The caller has changed the booking's row in this transaction, so that a payment cannot come in between.
    """
    paid = (PayOrder.booking_id == booking_id, PayOrder.state == "paid", PayOrder.refunded_fen == 0)
    order = session.execute(sa.select(PayOrder.id, PayOrder.no, PayOrder.amount_fen).where(*paid)).one_or_none()
    if order is None:
        return False
    claimed = sa.update(PayOrder).where(*paid).values(refunded_fen=PayOrder.amount_fen)
    if session.execute(claimed.execution_options(synchronize_session=False)).rowcount != 1:
        return False
    at = ports.now()
    facts = {"no": f"{order.no}-r", "order_id": order.id, "amount_fen": order.amount_fen, "cause": cause}
    session.execute(sa.insert(PayRefund).values(**facts, due_at=at, made_at=at))
    audit(ports, session, "payment.refund", order.no, reason=cause)
    return True


def audit(ports: Ports, session: Session, action: str, no: str, *, reason: str = "") -> None:
    """One step of money, in the audit trail."""
    who: dict[str, Any] = {"actor_kind": "system", "actor_id": "payment", "subject": no, "reason": reason}
    privacy.audit(session, action=action, at=ports.now(), **who)


def forward(ports: Ports, pay: PayPort) -> int:
    """Send refunds that are owed and ask about those on their way; gives how many found their end.

    Stops when the platform gave no answer three times: the next run goes on.
    """
    ended = failures = 0
    for row in _due(ports):
        if failures == FAILURES_BEFORE_STOP:
            break
        try:
            ended += _claimed(ports, row) and _forward(ports, pay, row)
        except PayUnavailable:
            failures += 1
    return ended


def _due(ports: Ports) -> list[Any]:
    query = sa.select(PayRefund).where(PayRefund.state.in_(FOLLOWED), PayRefund.due_at <= ports.now())
    with ports.transaction() as session:
        return list(session.scalars(query.order_by(PayRefund.due_at, PayRefund.id)))


def _claimed(ports: Ports, row: Any) -> bool:
    """Put the next try off before this one is made, so that a second worker finds nothing to do."""
    wait = min(timedelta(seconds=ports.rules["refund_retry_seconds"]) * 2 ** min(row.tries, 20), LONGEST_WAIT)
    with ports.transaction() as session:
        if ports.now() - row.made_at >= timedelta(hours=ports.rules["refund_alarm_hours"]):
            log.error("PAY ALARM refund %s is not done since %s", row.no, row.made_at)
        same = PayRefund.tries == row.tries
        return _move(session, row.id, FOLLOWED, same, tries=row.tries + 1, due_at=ports.now() + wait)


def _forward(ports: Ports, pay: PayPort, row: Any) -> bool:
    try:
        said = pay.query_refund(row.no) if row.state == "processing" else _ask(ports, pay, row)
    except PayRefused as refusal:
        if refusal.code == "refund_unknown":  # it never arrived there: once more from the beginning
            with ports.transaction() as session:
                _move(session, row.id, ("processing",), state="owed")
            return False
        return _fail(ports, row, refusal.code)
    return hear(ports, said)


def _ask(ports: Ports, pay: PayPort, row: Any) -> Refund:
    with ports.transaction() as session:
        order = session.get(PayOrder, row.order_id)
    facts = {"no": row.no, "order_no": order.no, "amount_fen": row.amount_fen, "total_fen": order.paid_fen}
    return pay.refund(**facts, reason=ports.rules["pay_description"])


def hear(ports: Ports, said: Refund) -> bool:
    """Write down what the platform says of one refund; True = it found its end with this.

    Raises NotFound, and Conflict('wrong_amount') when it says what cannot be: nothing is changed then.
    """
    with ports.transaction() as session:
        query = sa.select(PayRefund, PayOrder).join(PayOrder, PayOrder.id == PayRefund.order_id)
        found = session.execute(query.where(PayRefund.no == said.no)).one_or_none()
        if found is None:
            raise NotFound
        row, order = found
        if (said.amount_fen, said.order_no) != (row.amount_fen, order.no):
            log.error("PAY ALARM refund %s is said to be of %s fen, not of %s", row.no, said.amount_fen, row.amount_fen)
            raise Conflict("wrong_amount")
        return _settle(ports, session, row, order, said.state)


def _settle(ports: Ports, session: Session, row: Any, order: Any, state: str) -> bool:
    if state == "processing":
        _move(session, row.id, ("owed",), state="processing")
        return False
    before = (*FOLLOWED, "failed") if state == "done" else FOLLOWED
    if not _move(session, row.id, before, state=state, settled_at=ports.now()):
        return False
    audit(ports, session, f"payment.refund_{state}", order.no)
    if state == "done":
        _tell(ports, session, order)
    else:
        log.error("PAY ALARM refund %s failed: a person has to give the money back", row.no)
    return True


def _fail(ports: Ports, row: Any, code: str) -> bool:
    log.error("PAY ALARM refund %s was refused: %s", row.no, code)
    with ports.transaction() as session:
        return _move(session, row.id, FOLLOWED, state="failed", error=code[:64], settled_at=ports.now())


def _tell(ports: Ports, session: Session, order: Any) -> None:
    ref = session.scalar(sa.select(Booking.ref).where(Booking.id == order.booking_id))
    if ref is None:  # the visit is forgotten, the money was late
        return
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=order.person_id,
        kind="refunded",
        payload={"view": "refunded", "ref": ref},
        dedupe_key=f"refunded:{order.no}",
        due_at=ports.now(),
    )


def _move(session: Session, refund_id: int, before: tuple[str, ...], *more: Any, **values: Any) -> bool:
    done = session.execute(
        sa.update(PayRefund)
        .where(PayRefund.id == refund_id, PayRefund.state.in_(before), *more)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)
