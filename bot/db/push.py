"""The outbox."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

STATES = ("waiting", "sent", "undelivered", "expired")


class Notice(Base):
    """One notice to one person; a row leaves `waiting` only by being sent, refused or expiring."""

    __tablename__ = "notice"
    __table_args__ = (sa.Index("ix_notice_state_due_at", "state", "due_at"), one_of("state", STATES))
    id = sa.Column(sa.Integer, primary_key=True)
    dedupe_key = sa.Column(sa.String(80), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    kind = sa.Column(sa.String(32), nullable=False)
    payload_sealed = sa.Column(sa.LargeBinary, nullable=False)  # JSON of one reply
    due_at = sa.Column(sa.DateTime, nullable=False)
    expires_at = sa.Column(sa.DateTime)
    state = sa.Column(sa.String(16), nullable=False, default="waiting")
    rung = sa.Column(sa.String(16))
    attempts = sa.Column(sa.Integer, nullable=False, default=0)
    claim = sa.Column(sa.String(80))
    claimed_until = sa.Column(sa.DateTime)  # machine's clock
    last_error = sa.Column(sa.String(200))
    created_at = sa.Column(sa.DateTime, nullable=False)
    sent_at = sa.Column(sa.DateTime)
