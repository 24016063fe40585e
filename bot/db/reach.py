"""How often a person may still be written to by himself: what his own acts have opened."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base

MESSAGES, TAPS = 5, 3  # customer messages that one message of his opens, and one tap


class Reach(Base):
    """One row a person. Moments are Unix seconds of WeChat's clock; NULL = never opened.

    `paid`: which of the two counts the last message came out of, so that it can be given back there.
    """

    __tablename__ = "reach"
    __table_args__ = (
        sa.CheckConstraint(f"message_left BETWEEN 0 AND {MESSAGES}", name="message_left"),
        sa.CheckConstraint(f"tap_left BETWEEN 0 AND {TAPS}", name="tap_left"),
        sa.CheckConstraint("paid IN ('message', 'tap')", name="paid"),
    )
    person_id = sa.Column(sa.ForeignKey("person.id"), primary_key=True, autoincrement=False)
    message_at = sa.Column(sa.BigInteger)
    message_left = sa.Column(sa.Integer, nullable=False, default=0)
    tap_at = sa.Column(sa.BigInteger)
    tap_left = sa.Column(sa.Integer, nullable=False, default=0)
    paid = sa.Column(sa.String(8))
    opened_at = sa.Column(sa.DateTime, nullable=False)
