"""Bookings: the intention first, then what the hospital said."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

STATES = ("asked", "booked", "cancelling", "cancelled", "refused", "unknown", "stopped")


class Booking(Base):
    """One wish for one slot. `guard` is set while the booking counts against the patient's daily limit."""

    __tablename__ = "booking"
    __table_args__ = (
        sa.Index("ix_booking_person_id_day", "person_id", "day"),
        sa.Index("ix_booking_state_asked_at", "state", "asked_at"),
        one_of("state", STATES),
        sa.CheckConstraint("fee_fen >= 0", name="fee"),
        sa.CheckConstraint("state <> 'booked' OR appointment_id IS NOT NULL", name="booked"),
        sa.CheckConstraint("state <> 'stopped' OR guard IS NULL", name="stopped"),
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
    state = sa.Column(sa.String(16), nullable=False, default="asked")
    refusal = sa.Column(sa.String(32))
    asked_at = sa.Column(sa.DateTime, nullable=False)
    settled_at = sa.Column(sa.DateTime)
    cancelled_at = sa.Column(sa.DateTime)
