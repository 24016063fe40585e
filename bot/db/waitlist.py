"""The waitlist (候补): who waits for a place, and the places that were kept and offered to them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

WAITS = ("waiting", "offered", "filled", "left", "lapsed", "over")
OFFERS = ("asked", "offered", "accepting", "accepted", "ending", "ended")


class Wait(Base):
    """One patient's wish for any place of one department and day, or of one doctor or half of that day.

    Lines go by `id`. `guard` is set while it is open: one a patient, department and day.
    """

    __tablename__ = "wait"
    __table_args__ = (
        sa.Index("ix_wait_state_department_id_day", "state", "department_id", "day"),
        one_of("state", WAITS),
        one_of("period", ("am", "pm")),
        sa.CheckConstraint("(state IN ('waiting', 'offered')) = (guard IS NOT NULL)", name="guard"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    patient_id = sa.Column(sa.String(64), nullable=False)
    department_id = sa.Column(sa.String(64), nullable=False)
    department_name = sa.Column(sa.String(64), nullable=False)
    doctor_id = sa.Column(sa.String(64))
    doctor_name = sa.Column(sa.String(64), nullable=False, default="")
    day = sa.Column(sa.Date, nullable=False)  # hospital day
    period = sa.Column(sa.String(2))
    guard = sa.Column(sa.String(160), unique=True)
    state = sa.Column(sa.String(16), nullable=False, default="waiting")
    joined_at = sa.Column(sa.DateTime, nullable=False)
    ended_at = sa.Column(sa.DateTime)


class WaitOffer(Base):
    """One place for the first in line.

    `appointment_id` is empty where the hospital cannot keep a place: then it is offered as long as it lasts.
    `asking` (department and day) is set while the hospital is asked: one at a time, so that the line keeps its order.
    `open` (the wait) is set until it is over: one offer a wait. `until` is when the patient's time ends.
    """

    __tablename__ = "wait_offer"
    __table_args__ = (
        sa.Index("ix_wait_offer_state_until", "state", "until"),
        one_of("state", OFFERS),
        sa.CheckConstraint("(state = 'asked') = (asking IS NOT NULL)", name="asking"),
        sa.CheckConstraint("(state IN ('ended', 'accepted')) = (open IS NULL)", name="open"),
        sa.CheckConstraint("state <> 'asked' OR appointment_id IS NULL", name="kept"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    wait_id = sa.Column(sa.ForeignKey("wait.id"), nullable=False)
    slot_id = sa.Column(sa.String(64), nullable=False)
    department_id = sa.Column(sa.String(64), nullable=False)
    department_name = sa.Column(sa.String(64), nullable=False)
    doctor_id = sa.Column(sa.String(64), nullable=False)
    doctor_name = sa.Column(sa.String(64), nullable=False)
    day = sa.Column(sa.Date, nullable=False)
    start = sa.Column(sa.DateTime, nullable=False)
    end = sa.Column(sa.DateTime, nullable=False)
    room = sa.Column(sa.String(64), nullable=False)
    place = sa.Column(sa.String(128), nullable=False)
    fee_fen = sa.Column(sa.Integer, nullable=False)
    prepay = sa.Column(sa.Boolean, nullable=False, default=False)  # as in Booking
    appointment_id = sa.Column(sa.String(64), unique=True)
    asking = sa.Column(sa.String(96), unique=True)
    open = sa.Column(sa.Integer, unique=True)
    state = sa.Column(sa.String(16), nullable=False, default="asked")
    asked_at = sa.Column(sa.DateTime, nullable=False)
    until = sa.Column(sa.DateTime, nullable=False)
