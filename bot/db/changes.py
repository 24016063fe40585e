"""How far we have read what happened at the hospital."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class ChangeCursor(Base):
    """One reader of the hospital's changes and the moment up to which it has seen them all."""

    __tablename__ = "change_cursor"
    reader = sa.Column(sa.String(32), primary_key=True)
    seen_until = sa.Column(sa.DateTime, nullable=False)
