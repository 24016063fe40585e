"""How often something was done on one hospital day: a counter that a conditional UPDATE moves."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class Quota(Base):
    """`subject` is an opaque reference or a keyed hash, never a number of a patient."""

    __tablename__ = "quota"
    __table_args__ = (
        sa.UniqueConstraint("kind", "subject", "day"),
        sa.CheckConstraint("used >= 0", name="used"),
        sa.Index("ix_quota_day", "day"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    kind = sa.Column(sa.String(32), nullable=False)
    subject = sa.Column(sa.String(64), nullable=False)
    day = sa.Column(sa.Date, nullable=False)
    used = sa.Column(sa.Integer, nullable=False, default=0, server_default="0")
    last_at = sa.Column(sa.DateTime)
