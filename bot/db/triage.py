"""What the triage interview found, and the one page of it that may go with a booking to its doctor."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class TriageNote(Base):
    """One finished triage; age in years, duration in the patient's words.

    `summary_sealed`: the page for the doctor (bot/services/previsit.py), his to read while the patient's yes stands:
    `given_at` set for the booking, and `withdrawn_at` not.
    """

    __tablename__ = "triage_note"
    __table_args__ = (sa.CheckConstraint("given_at IS NULL OR booking_id IS NOT NULL", name="given"),)
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    inbox_id = sa.Column(sa.ForeignKey("inbox.id"))
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    age = sa.Column(sa.Integer)
    sex = sa.Column(sa.String(1))
    duration = sa.Column(sa.String(64))
    urgency = sa.Column(sa.String(16), nullable=False)
    departments_json = sa.Column(sa.JSON, nullable=False)
    summary_sealed = sa.Column(sa.LargeBinary, nullable=False)
    booking_id = sa.Column(sa.ForeignKey("booking.id"), unique=True)
    given_at = sa.Column(sa.DateTime)
    withdrawn_at = sa.Column(sa.DateTime)
    created_at = sa.Column(sa.DateTime, nullable=False)
