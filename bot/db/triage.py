"""What the triage interview found, for the doctor who may read it later."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class TriageNote(Base):
    """One finished triage; age in years, duration in the patient's words."""

    __tablename__ = "triage_note"
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
    created_at = sa.Column(sa.DateTime, nullable=False)
