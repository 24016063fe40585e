"""Talks that a person took over from the bot: who waits, who answers, and what was said in our own console."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

STATES = ("asked", "queued", "open", "kept", "closed")
LIVE = ("asked", "queued", "open")
WAYS = ("wechat", "console", "doctor")
SIDES = ("patient", "staff")
ENDS = ("patient", "staff", "timeout", "platform", "missed", "away", "absent", "")


class Handoff(Base):
    """One wish for a person. A patient has one live one at a time; `kept` is a question that waits for staff.

    `doctor`: an appointed talk about a question; `asked` while its doctor waits for the patient, `queued` the other way
    round. It ends also because the patient stayed `away`, or the doctor was `absent`.

    `doing`: what the bot was in the middle of, in a patient's words; `heard_at`: the last word of either side.
    """

    __tablename__ = "handoff"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "live"),
        sa.Index("ix_handoff_state_heard_at", "state", "heard_at"),
        one_of("state", STATES),
        one_of("way", WAYS),
        one_of("ended_by", ENDS),
        sa.CheckConstraint("(state IN ('asked', 'queued', 'open')) = (live IS NOT NULL)", name="live"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    way = sa.Column(sa.String(16), nullable=False)
    state = sa.Column(sa.String(16), nullable=False)
    live = sa.Column(sa.Integer)  # 1 or NULL
    doing = sa.Column(sa.String(32), nullable=False, default="")
    account = sa.Column(sa.String(64), nullable=False, default="")  # WeChat's name of who is to take it
    staff_id = sa.Column(sa.ForeignKey("staff.id"))
    waited = sa.Column(sa.Integer, nullable=False, default=0)  # messages that came while nobody had it yet
    asked_at = sa.Column(sa.DateTime, nullable=False)
    heard_at = sa.Column(sa.DateTime, nullable=False)
    ended_at = sa.Column(sa.DateTime)
    ended_by = sa.Column(sa.String(16), nullable=False, default="")


class HandoffLine(Base):
    """One thing that was said to, or by, a member of staff."""

    __tablename__ = "handoff_line"
    __table_args__ = (one_of("side", SIDES),)
    id = sa.Column(sa.Integer, primary_key=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    handoff_id = sa.Column(sa.ForeignKey("handoff.id"), nullable=False, index=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    side = sa.Column(sa.String(8), nullable=False)
    staff_id = sa.Column(sa.ForeignKey("staff.id"))
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    red_flag = sa.Column(sa.Boolean, nullable=False, default=False)  # by the table of red flags, when it was said
    at = sa.Column(sa.DateTime, nullable=False)


class Duty(Base):
    """When a member of staff last had the page of waiting patients open; machine's clock."""

    __tablename__ = "duty"
    staff_id = sa.Column(sa.ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    seen_at = sa.Column(sa.DateTime, nullable=False)
