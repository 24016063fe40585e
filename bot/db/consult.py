"""Questions to doctors and their answers."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

STATES = ("waiting", "claimed", "asked_back", "answered", "refused", "withdrawn", "closed")
TURNS = ("ask_back", "reply", "follow_up", "answer", "refusal", "talk")
FACTS = ("seen", "guardian", "since", "medicines")


class Question(Base):
    """One question; a doctor holds it for a while (`claim_until`), then it is open to others again."""

    __tablename__ = "question"
    __table_args__ = (
        sa.Index("ix_question_department_id_state", "department_id", "state"),
        one_of("state", STATES),
        sa.CheckConstraint("(state = 'claimed') = (claimed_by IS NOT NULL)", name="claim"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    card_id = sa.Column(sa.ForeignKey("card.id"))
    department_id = sa.Column(sa.String(64), nullable=False)
    department_name = sa.Column(sa.String(64), nullable=False)
    doctor_id = sa.Column(sa.String(64), index=True)
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    red_flag = sa.Column(sa.Boolean, nullable=False, default=False)
    state = sa.Column(sa.String(16), nullable=False, default="waiting")
    claimed_by = sa.Column(sa.ForeignKey("staff.id"))
    claimed_at = sa.Column(sa.DateTime)
    claim_until = sa.Column(sa.DateTime)
    preferred_by = sa.Column(sa.ForeignKey("staff.id"))  # who answered or asked back before; anybody may claim
    escalated_at = sa.Column(sa.DateTime)  # when it was handed on because its time was over
    version = sa.Column(sa.Integer, nullable=False, default=1)
    asked_at = sa.Column(sa.DateTime, nullable=False)
    answered_at = sa.Column(sa.DateTime)
    due_at = sa.Column(sa.DateTime, nullable=False)


class Answer(Base):
    """The one answer to a question."""

    __tablename__ = "answer"
    id = sa.Column(sa.Integer, primary_key=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False, unique=True)
    staff_id = sa.Column(sa.ForeignKey("staff.id"), nullable=False)
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)


class QuestionTurn(Base):
    """Something said after a question or its first answer. `person_id`: the asker; `staff_id` None: his own words."""

    __tablename__ = "question_turn"
    __table_args__ = (one_of("kind", TURNS),)
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False, index=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    staff_id = sa.Column(sa.ForeignKey("staff.id"))
    kind = sa.Column(sa.String(16), nullable=False)
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)


class QuestionPicture(Base):
    """One picture of a question, made anew by us: no word of where and with what it was taken."""

    __tablename__ = "question_picture"
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False, index=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    content_sealed = sa.Column(sa.LargeBinary, nullable=False)  # JPEG in base64
    added_at = sa.Column(sa.DateTime, nullable=False)


class QuestionFact(Base):
    """What was told beside a question, one thing a row; `text_sealed` NULL = it was asked for and passed over."""

    __tablename__ = "question_fact"
    __table_args__ = (sa.UniqueConstraint("question_id", "kind"), one_of("kind", FACTS))
    id = sa.Column(sa.Integer, primary_key=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    kind = sa.Column(sa.String(16), nullable=False)
    text_sealed = sa.Column(sa.LargeBinary)
    at = sa.Column(sa.DateTime, nullable=False)


class QuestionReport(Base):
    """A report that the asker shows to whoever answers: its reference alone. `withdrawn_at`: from then on hidden."""

    __tablename__ = "question_report"
    __table_args__ = (sa.UniqueConstraint("question_id", "report_ref"),)
    id = sa.Column(sa.Integer, primary_key=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    report_ref = sa.Column(sa.String(80), nullable=False)
    given_at = sa.Column(sa.DateTime, nullable=False)
    withdrawn_at = sa.Column(sa.DateTime)


class QuestionVoice(Base):
    """One spoken message of a question, as it came, and the words that were understood ('' = none)."""

    __tablename__ = "question_voice"
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False, index=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    content_sealed = sa.Column(sa.LargeBinary, nullable=False)  # AMR in base64
    words_sealed = sa.Column(sa.LargeBinary, nullable=False)
    added_at = sa.Column(sa.DateTime, nullable=False)


class QuestionRating(Base):
    """What the asker thinks of the answer: one a question, 1 to 5."""

    __tablename__ = "question_rating"
    __table_args__ = (sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),)
    id = sa.Column(sa.Integer, primary_key=True)
    question_id = sa.Column(sa.ForeignKey("question.id"), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    stars = sa.Column(sa.Integer, nullable=False)
    words_sealed = sa.Column(sa.LargeBinary)
    at = sa.Column(sa.DateTime, nullable=False)
