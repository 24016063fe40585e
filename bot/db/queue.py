"""The queue's own tables: how fast half days went, who proved to be here, who checked in, what is watched for whom."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

PERIODS = ("am", "pm", "night")
OUTCOMES = ("here", "again", "back")


class ClinicPace(Base):
    """One observed half day of one doctor; sums of minutes, nothing of any patient. `seen` 0 = it said nothing."""

    __tablename__ = "clinic_pace"
    __table_args__ = (
        sa.Index("ix_clinic_pace_doctor_id_period_day", "doctor_id", "period", "day"),
        sa.Index("ix_clinic_pace_period_day", "period", "day"),
        one_of("period", PERIODS),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    session_id = sa.Column(sa.String(64), nullable=False, unique=True)
    doctor_id = sa.Column(sa.String(64), nullable=False)
    period = sa.Column(sa.String(8), nullable=False)
    day = sa.Column(sa.Date, nullable=False)
    seen = sa.Column(sa.Integer, nullable=False)
    minutes = sa.Column(sa.Float, nullable=False)
    squares = sa.Column(sa.Float, nullable=False)
    absent = sa.Column(sa.Integer, nullable=False)
    absent_minutes = sa.Column(sa.Float, nullable=False)
    delay = sa.Column(sa.Float, nullable=False)


class Presence(Base):
    """The last proof that a person is at the hospital. `scene` is the scanned sign, empty for a shared place."""

    __tablename__ = "presence"
    person_id = sa.Column(sa.ForeignKey("person.id"), primary_key=True, autoincrement=False)
    scene = sa.Column(sa.String(64), nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)


class CheckIn(Base):
    """One check-in that the hospital took; its outcome is what a repeated `key` gets again."""

    __tablename__ = "check_in"
    __table_args__ = (one_of("outcome", OUTCOMES),)
    id = sa.Column(sa.Integer, primary_key=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    booking_id = sa.Column(sa.ForeignKey("booking.id"), nullable=False, index=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    outcome = sa.Column(sa.String(8), nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)


class Travel(Base):
    """How long one person needs to the hospital; `minutes` null = asked and not answered, 0 = wants no reminder."""

    __tablename__ = "travel"
    __table_args__ = (sa.CheckConstraint("minutes IS NULL OR (minutes >= 0 AND minutes <= 300)", name="minutes"),)
    person_id = sa.Column(sa.ForeignKey("person.id"), primary_key=True, autoincrement=False)
    minutes = sa.Column(sa.Integer)
    asked_at = sa.Column(sa.DateTime, nullable=False)


class QueueWatch(Base):
    """When a booking of today is looked at next; `ended` = there is nothing more to tell about it."""

    __tablename__ = "queue_watch"
    __table_args__ = (sa.Index("ix_queue_watch_ended_look_at", "ended", "look_at"),)
    booking_id = sa.Column(sa.ForeignKey("booking.id"), primary_key=True, autoincrement=False)
    look_at = sa.Column(sa.DateTime, nullable=False)
    ended = sa.Column(sa.Boolean, nullable=False, default=False)
