"""How far we have read what happened at the hospitals."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class ChangeCursor(Base):
    """The moment up to which one hospital's changes were looked into."""

    __tablename__ = "change_cursor"
    hospital_id = sa.Column(sa.String(64), primary_key=True)
    seen_until = sa.Column(sa.DateTime, nullable=False)
