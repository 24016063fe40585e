"""Bookings: the intention first, then what the hospital said."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

STATES = (
    *("asked", "booked", "cancelling", "cancelled", "refused", "unknown"),
    *("moving", "moved", "done", "missed", "stopped", "unpaid", "paid"),
)
CANCELLERS = ("patient", "hospital", "lapse")


class Booking(Base):
    """One wish for one slot.

    `guard` and `week_guard` are set while the booking counts against the patient's limits. A moved number is a new
    booking with `instead_of_id`; while the hospital has not answered, the old one is `moving` and keeps in `back_to`
    what it was before. `prepay`: it is booked only when it is paid, by the patient, until `pay_until`.
    """

    __tablename__ = "booking"
    __table_args__ = (
        sa.Index("ix_booking_person_id_day", "person_id", "day"),
        sa.Index("ix_booking_state_asked_at", "state", "asked_at"),
        one_of("state", STATES),
        sa.CheckConstraint("fee_fen >= 0", name="fee"),
        sa.CheckConstraint("state <> 'booked' OR appointment_id IS NOT NULL", name="booked"),
        sa.CheckConstraint("(state = 'moving') = (back_to IS NOT NULL)", name="back_to"),
        one_of("cancelled_by", CANCELLERS),
        sa.Index("ix_booking_patient_id_day", "patient_id", "day"),
        sa.CheckConstraint("state <> 'stopped' OR guard IS NULL", name="stopped"),
        sa.CheckConstraint(
            "state NOT IN ('unpaid', 'paid') OR (prepay AND pay_until IS NOT NULL AND appointment_id IS NOT NULL)",
            name="prepay",
        ),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    card_id = sa.Column(sa.ForeignKey("card.id"), nullable=False)
    patient_id = sa.Column(sa.String(64), nullable=False)
    slot_id = sa.Column(sa.String(64), nullable=False, index=True)
    department_id = sa.Column(sa.String(64), nullable=False)
    doctor_id = sa.Column(sa.String(64), nullable=False)
    department_name = sa.Column(sa.String(64), nullable=False)
    doctor_name = sa.Column(sa.String(64), nullable=False)
    day = sa.Column(sa.Date, nullable=False)  # hospital day
    start = sa.Column(sa.DateTime, nullable=False)
    end = sa.Column(sa.DateTime, nullable=False)
    number = sa.Column(sa.Integer)
    room = sa.Column(sa.String(64), nullable=False, default="")
    place = sa.Column(sa.String(128), nullable=False, default="")
    fee_fen = sa.Column(sa.Integer, nullable=False)
    appointment_id = sa.Column(sa.String(64), unique=True)
    session_id = sa.Column(sa.String(64), index=True)  # the half day, once the hospital has said yes
    guard = sa.Column(sa.String(160), unique=True)
    week_guard = sa.Column(sa.String(160), unique=True)
    instead_of_id = sa.Column(sa.ForeignKey("booking.id"))
    back_to = sa.Column(sa.String(16))
    moves = sa.Column(sa.Integer, nullable=False, default=0)  # how often this number was moved before
    prepay = sa.Column(sa.Boolean, nullable=False, default=False)
    pay_until = sa.Column(sa.DateTime)
    state = sa.Column(sa.String(16), nullable=False, default="asked")
    refusal = sa.Column(sa.String(32))
    asked_at = sa.Column(sa.DateTime, nullable=False)
    settled_at = sa.Column(sa.DateTime)
    cancelled_at = sa.Column(sa.DateTime)
    cancelled_by = sa.Column(sa.String(16))


class Operation(Base):
    """One counted booking operation: `place` names who, the minute and the how-manieth, `operation` who and its key."""

    __tablename__ = "booking_operation"
    id = sa.Column(sa.Integer, primary_key=True)
    place = sa.Column(sa.String(120), nullable=False, unique=True)
    operation = sa.Column(sa.String(160), nullable=False, unique=True)
    at = sa.Column(sa.DateTime, nullable=False, index=True)


class Suspension(Base):
    """A patient who missed too many visits books nothing here until `until`, unless it is lifted.

    `key` is patient and how-manieth; `counted_to` the last missed visit that it stands for.
    """

    __tablename__ = "suspension"
    __table_args__ = (sa.Index("ix_suspension_patient_id_until", "patient_id", "until"),)
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    patient_id = sa.Column(sa.String(64), nullable=False)
    missed = sa.Column(sa.Integer, nullable=False)
    counted_to = sa.Column(sa.Date, nullable=False)  # hospital day
    begun_at = sa.Column(sa.DateTime, nullable=False)
    until = sa.Column(sa.DateTime, nullable=False)
    appealed_at = sa.Column(sa.DateTime)
    appealed_by = sa.Column(sa.ForeignKey("person.id"))
    appeal_sealed = sa.Column(sa.LargeBinary)  # the patient's own words
    lifted_at = sa.Column(sa.DateTime)
    lifted_by = sa.Column(sa.ForeignKey("staff.id"))
