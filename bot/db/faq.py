"""The hospital's answered questions, cleaned of people, and the counter that the search index follows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.db.base import Base, one_of

STATES = ("draft", "published", "recalled", "merged")
KINDS = ("answer", "article")


class FaqEntry(Base):
    """One entry. `revision` is the counter at its last change; the index reads what is newer.

    `question` and `answer` are what patients find; `new_question` and `new_answer` wait for a signature and a second
    person while the old words stay. `kept` counts what looks personal and was kept after a second look.
    """

    __tablename__ = "faq_entry"
    __table_args__ = (one_of("state", STATES), one_of("kind", KINDS))
    id = sa.Column(sa.Integer, primary_key=True)
    external_id = sa.Column(sa.String(64), unique=True)
    question = sa.Column(sa.Text, nullable=False)
    answer = sa.Column(sa.Text, nullable=False)
    department_id = sa.Column(sa.String(64), index=True)
    department_name = sa.Column(sa.String(64), nullable=False, default="")
    source_question_id = sa.Column(sa.ForeignKey("question.id"), unique=True)
    state = sa.Column(sa.String(16), nullable=False, default="draft", index=True)
    version = sa.Column(sa.Integer, nullable=False, default=1)
    created_by = sa.Column(sa.ForeignKey("staff.id"))  # NULL: imported
    published_by = sa.Column(sa.ForeignKey("staff.id"))
    published_at = sa.Column(sa.DateTime)
    review_on = sa.Column(sa.Date)
    updated_at = sa.Column(sa.DateTime, nullable=False)
    revision = sa.Column(sa.Integer, nullable=False, index=True)
    kind = sa.Column(sa.String(16), nullable=False, default="answer", server_default="answer")
    tags = sa.Column(sa.Text, nullable=False, default="", server_default="")  # parted by spaces
    new_question = sa.Column(sa.Text)
    new_answer = sa.Column(sa.Text)
    kept = sa.Column(sa.Integer, nullable=False, default=0, server_default="0")
    written_by = sa.Column(sa.ForeignKey("staff.id"))  # the last words; NULL: imported
    signed_by = sa.Column(sa.ForeignKey("staff.id"))
    signed_at = sa.Column(sa.DateTime)
    recalled_by = sa.Column(sa.ForeignKey("staff.id"))  # NULL with recalled_at: by the rules
    recalled_at = sa.Column(sa.DateTime)
    recall_reason = sa.Column(sa.String(200))
    merged_into = sa.Column(sa.ForeignKey("faq_entry.id"))
    hits = sa.Column(sa.Integer, nullable=False, default=0, server_default="0")


class FaqRevision(Base):
    """The counter, one row."""

    __tablename__ = "faq_revision"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
    value = sa.Column(sa.Integer, nullable=False)


@event.listens_for(FaqRevision.__table__, "after_create")
def _begin_counter(target: Any, connection: Any, **_: Any) -> None:
    connection.execute(target.insert().values(id=1, value=0))


def next_revision(session: Session) -> int:
    """Count one up. The row stays locked until commit, so revisions become visible in their order."""
    session.execute(
        sa.update(FaqRevision)
        .where(FaqRevision.id == 1)
        .values(value=FaqRevision.value + 1)
        .execution_options(synchronize_session=False)
    )
    return revision(session)


def revision(session: Session) -> int:
    """Read the counter as this transaction sees it."""
    return int(session.scalar(sa.select(FaqRevision.value).where(FaqRevision.id == 1)) or 0)
