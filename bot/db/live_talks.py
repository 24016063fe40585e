"""Appointed times at which a doctor and the asker of a question talk live, in writing or by video."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

WAYS = ("text", "video")
STATES = ("booked", "cancelled", "over")


class LiveTalk(Base):
    """One appointment. `place` counts the talks that a department holds at a time; `live` 1, NULL once off or over."""

    __tablename__ = "live_talk"
    __table_args__ = (
        sa.UniqueConstraint("department_id", "start", "place", "live"),
        sa.UniqueConstraint("question_id", "live"),
        sa.Index("ix_live_talk_live_start", "live", "start"),  # what has begun, asked every few seconds
        one_of("way", WAYS),
        one_of("state", STATES),
        sa.CheckConstraint("(state = 'booked') = (live IS NOT NULL)", name="live"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    department_id = sa.Column(sa.String(64), nullable=False)
    way = sa.Column(sa.String(8), nullable=False)
    start = sa.Column(sa.DateTime, nullable=False)
    end = sa.Column(sa.DateTime, nullable=False)
    place = sa.Column(sa.Integer, nullable=False)
    state = sa.Column(sa.String(16), nullable=False)
    live = sa.Column(sa.Integer)
    made_at = sa.Column(sa.DateTime, nullable=False)
