"""What doctors keep beside questions: drafts, private notes, moves to colleagues, canned phrases."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base

MOST_CODE = 16  # characters of the short word by which a phrase is inserted


class QuestionDraft(Base):
    """What one member of staff has written so far; `version` counts the savings, so that two tabs see each other."""

    __tablename__ = "question_draft"
    __table_args__ = (sa.UniqueConstraint("question_id", "staff_id"),)
    id = sa.Column(sa.Integer, primary_key=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    staff_id = sa.Column(sa.ForeignKey("staff.id"), nullable=False)
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    version = sa.Column(sa.Integer, nullable=False)
    saved_at = sa.Column(sa.DateTime, nullable=False)


class QuestionNote(Base):
    """What colleagues write to each other beside a question; never shown to its asker."""

    __tablename__ = "question_note"
    id = sa.Column(sa.Integer, primary_key=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False, index=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    staff_id = sa.Column(sa.ForeignKey("staff.id"), nullable=False)
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)


class QuestionMove(Base):
    """A question handed to another doctor or department; `staff_id` NULL: by the clock, because its time was over."""

    __tablename__ = "question_move"
    id = sa.Column(sa.Integer, primary_key=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False, index=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    staff_id = sa.Column(sa.ForeignKey("staff.id"))
    from_department = sa.Column(sa.String(64), nullable=False)
    to_department = sa.Column(sa.String(64), nullable=False)
    to_doctor_id = sa.Column(sa.String(64))
    reason_sealed = sa.Column(sa.LargeBinary, nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)


class Phrase(Base):
    """Words that are often needed: one member's own (`staff_id`), or a department's (`department_id`)."""

    __tablename__ = "phrase"
    __table_args__ = (
        sa.CheckConstraint("(staff_id IS NULL) != (department_id IS NULL)", name="owner"),
        sa.UniqueConstraint("staff_id", "code"),
        sa.UniqueConstraint("department_id", "code"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    staff_id = sa.Column(sa.ForeignKey("staff.id"))
    department_id = sa.Column(sa.String(64))
    code = sa.Column(sa.String(MOST_CODE), nullable=False)
    text = sa.Column(sa.String(500), nullable=False)
    version = sa.Column(sa.Integer, nullable=False, default=1)
    updated_at = sa.Column(sa.DateTime, nullable=False)
