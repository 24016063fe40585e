"""Places that our patients gave back and that are not yet for everybody."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class ReturnedPlace(Base):
    """One place of a half hour; until `visible_at` the waitlist alone may have it. `cause`: what gave it back."""

    __tablename__ = "returned_place"
    __table_args__ = (sa.Index("ix_returned_place_slot_id_visible_at", "slot_id", "visible_at"),)
    id = sa.Column(sa.Integer, primary_key=True)
    cause = sa.Column(sa.String(64), nullable=False, unique=True)
    slot_id = sa.Column(sa.String(64), nullable=False)
    patient_id = sa.Column(sa.String(64), nullable=False)
    returned_at = sa.Column(sa.DateTime, nullable=False)
    visible_at = sa.Column(sa.DateTime, nullable=False)
