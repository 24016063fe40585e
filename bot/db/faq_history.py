"""What became of an entry and who saw it: its versions, who was shown it, votes, and what nobody found an answer to."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

ORIGINS = ("draft", "edit", "restore", "merge", "import")
MISS_STATES = ("fresh", "waiting", "drafted", "dropped")


class FaqVersion(Base):
    """The words of one entry at one time; `number` is its version then. Nobody publishes what he wrote."""

    __tablename__ = "faq_version"
    __table_args__ = (
        sa.UniqueConstraint("entry_id", "number"),
        one_of("origin", ORIGINS),
        sa.CheckConstraint("published_by <> written_by", name="two_persons"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    entry_id = sa.Column(sa.ForeignKey("faq_entry.id"), nullable=False)
    number = sa.Column(sa.Integer, nullable=False)
    question = sa.Column(sa.Text, nullable=False)
    answer = sa.Column(sa.Text, nullable=False)
    origin = sa.Column(sa.String(16), nullable=False)
    written_by = sa.Column(sa.ForeignKey("staff.id"))
    written_at = sa.Column(sa.DateTime, nullable=False)
    signed_by = sa.Column(sa.ForeignKey("staff.id"))
    signed_at = sa.Column(sa.DateTime)
    published_by = sa.Column(sa.ForeignKey("staff.id"))
    published_at = sa.Column(sa.DateTime)


class FaqShown(Base):
    """The last time that an entry was shown to a person, so that he can be told when it was wrong."""

    __tablename__ = "faq_shown"
    __table_args__ = (sa.UniqueConstraint("entry_id", "person_id"),)
    id = sa.Column(sa.Integer, primary_key=True)
    entry_id = sa.Column(sa.ForeignKey("faq_entry.id"), nullable=False)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    at = sa.Column(sa.DateTime, nullable=False, index=True)


class FaqVote(Base):
    """有帮助 or 没帮助: one a person and entry, the last one counts."""

    __tablename__ = "faq_vote"
    __table_args__ = (sa.UniqueConstraint("entry_id", "person_id"),)
    id = sa.Column(sa.Integer, primary_key=True)
    entry_id = sa.Column(sa.ForeignKey("faq_entry.id"), nullable=False)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    helpful = sa.Column(sa.Boolean, nullable=False)
    at = sa.Column(sa.DateTime, nullable=False, index=True)


class FaqMiss(Base):
    """What was asked and nothing fitted. `ref` is its keyed digest; nothing leads to a person.

    `fresh`: only numbers and the asker's own names are out of it yet, and nobody may read it.
    """

    __tablename__ = "faq_miss"
    __table_args__ = (one_of("state", MISS_STATES),)
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    times = sa.Column(sa.Integer, nullable=False)
    last_at = sa.Column(sa.DateTime, nullable=False, index=True)
    state = sa.Column(sa.String(16), nullable=False)
    entry_id = sa.Column(sa.ForeignKey("faq_entry.id"))
