"""Money: orders of patients, refunds, and the notices that told of them. No description, no name, no illness."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

ORDERS = ("open", "closing", "closed", "paid", "odd")
REFUNDS = ("owed", "processing", "done", "failed")
CAUSES = ("cancelled", "stopped", "desk", "late", "refused")


class PayOrder(Base):
    """One number to be paid; `no` is what the way of paying knows it by. A paid order follows a number that moves.

    `until` and `look_at` are on the hospital's clock, `expires_at` says the same moment as `until` on the machine's.
    `sent_at`: when its payer first went to the cashier; before that nobody outside knows of it. `look_at`: when it is
    asked about next, NULL = no more. `refunded_fen` is what is given back or owed: never more than was paid.
    """

    __tablename__ = "pay_order"
    __table_args__ = (
        sa.Index("ix_pay_order_state_until", "state", "until"),
        one_of("state", ORDERS),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
        sa.CheckConstraint("(state = 'paid') = (paid_fen IS NOT NULL)", name="paid"),
        sa.CheckConstraint("paid_fen IS NULL OR paid_fen = amount_fen", name="whole"),
        sa.CheckConstraint("refunded_fen >= 0 AND refunded_fen <= coalesce(paid_fen, 0)", name="refunded"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    no = sa.Column(sa.String(32), nullable=False, unique=True)
    booking_id = sa.Column(sa.ForeignKey("booking.id"), unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    amount_fen = sa.Column(sa.Integer, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="open")
    until = sa.Column(sa.DateTime, nullable=False)
    expires_at = sa.Column(sa.DateTime, nullable=False)
    sent_at = sa.Column(sa.DateTime)
    look_at = sa.Column(sa.DateTime, index=True)
    paid_fen = sa.Column(sa.Integer)
    paid_at = sa.Column(sa.DateTime)  # machine's clock, as the platform says
    transaction_id = sa.Column(sa.String(64), unique=True)
    refunded_fen = sa.Column(sa.Integer, nullable=False, default=0)
    made_at = sa.Column(sa.DateTime, nullable=False)
    settled_at = sa.Column(sa.DateTime)


class PayRefund(Base):
    """The whole of one order on its way back; one an order."""

    __tablename__ = "pay_refund"
    __table_args__ = (
        sa.Index("ix_pay_refund_state_due_at", "state", "due_at"),
        one_of("state", REFUNDS),
        one_of("cause", CAUSES),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    no = sa.Column(sa.String(32), nullable=False, unique=True)
    order_id = sa.Column(sa.ForeignKey("pay_order.id"), nullable=False, unique=True)
    amount_fen = sa.Column(sa.Integer, nullable=False)
    cause = sa.Column(sa.String(16), nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="owed")
    due_at = sa.Column(sa.DateTime, nullable=False)
    tries = sa.Column(sa.Integer, nullable=False, default=0)
    error = sa.Column(sa.String(64), nullable=False, default="")
    made_at = sa.Column(sa.DateTime, nullable=False)
    settled_at = sa.Column(sa.DateTime)


class PayNotice(Base):
    """One notice whose signature was good, by the platform's id; `no` is the order or refund that it names."""

    __tablename__ = "pay_notice"
    id = sa.Column(sa.Integer, primary_key=True)
    key = sa.Column(sa.String(64), nullable=False, unique=True)
    no = sa.Column(sa.String(32), nullable=False, index=True)
    outcome = sa.Column(sa.String(16), nullable=False)
    received_at = sa.Column(sa.DateTime, nullable=False)
