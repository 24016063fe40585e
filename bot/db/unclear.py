"""What patients said that was not surely understood, without the people in it, for staff who say what was meant."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

REASONS = ("unsure", "corrected")
STATES = ("waiting", "labelled", "dropped")


class UnclearText(Base):
    """One text, however often it was said. `ref` is its keyed digest; nothing leads from here to a person.

    `guess`: what it was taken for, with what confidence (0–1); `meant`: what the patient tapped instead, '' = none of
    what was offered; `label`: what staff say it means.
    """

    __tablename__ = "unclear_text"
    __table_args__ = (one_of("reason", REASONS), one_of("state", STATES))
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    guess = sa.Column(sa.String(40), nullable=False)
    confidence = sa.Column(sa.Float, nullable=False)
    reason = sa.Column(sa.String(16), nullable=False)
    meant = sa.Column(sa.String(40))
    times = sa.Column(sa.Integer, nullable=False)
    last_at = sa.Column(sa.DateTime, nullable=False, index=True)
    state = sa.Column(sa.String(16), nullable=False)
    label = sa.Column(sa.String(40))
    labelled_by = sa.Column(sa.ForeignKey("staff.id"))
    labelled_at = sa.Column(sa.DateTime)
