"""The outbox: notices, every try to deliver one, what WeChat said of it later, and who may be sent 订阅通知."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

STATES = ("waiting", "held", "sent", "unknown", "undelivered", "expired")
TRY_STATES = ("asked", "taken", "arrived", "failed", "refused", "later", "unknown", "paused")


class Notice(Base):
    """One notice to one person.

    A row leaves `waiting` only by being sent, refused by every way, or expiring; `unknown` = it may have arrived and is
    not sent again; `held` = an answer that waits for his next message. `rung` is where the ladder stands. `read_at`:
    seen on his page of messages; `handled_*`: a member of staff has told him otherwise.
    """

    __tablename__ = "notice"
    __table_args__ = (sa.Index("ix_notice_state_due_at", "state", "due_at"), one_of("state", STATES))
    id = sa.Column(sa.Integer, primary_key=True)
    dedupe_key = sa.Column(sa.String(80), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    kind = sa.Column(sa.String(32), nullable=False)
    payload_sealed = sa.Column(sa.LargeBinary, nullable=False)  # JSON of one reply
    due_at = sa.Column(sa.DateTime, nullable=False)
    expires_at = sa.Column(sa.DateTime)
    state = sa.Column(sa.String(16), nullable=False, default="waiting")
    rung = sa.Column(sa.String(16))
    attempts = sa.Column(sa.Integer, nullable=False, default=0)
    claim = sa.Column(sa.String(80))
    claimed_until = sa.Column(sa.DateTime)  # machine's clock
    held_at = sa.Column(sa.DateTime)  # machine's clock, as the messages it waits for
    held_until = sa.Column(sa.DateTime)  # machine's clock: then it is tried without such a message; NULL = never
    last_error = sa.Column(sa.String(200))
    created_at = sa.Column(sa.DateTime, nullable=False)
    sent_at = sa.Column(sa.DateTime)
    read_at = sa.Column(sa.DateTime)
    handled_at = sa.Column(sa.DateTime)
    handled_by = sa.Column(sa.ForeignKey("staff.id"))
    handled_note_sealed = sa.Column(sa.LargeBinary)


class NoticeTry(Base):
    """One try on one rung, written before the request leaves: a worker that dies leaves `asked`, and nobody repeats it.

    `message_id` is WeChat's number for it, by which its receipt comes (`arrived`, `failed`).
    """

    __tablename__ = "notice_try"
    __table_args__ = (one_of("state", TRY_STATES),)
    id = sa.Column(sa.Integer, primary_key=True)
    notice_id = sa.Column(sa.ForeignKey("notice.id"), nullable=False, index=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    rung = sa.Column(sa.String(16), nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="asked")
    reason = sa.Column(sa.String(80), nullable=False, default="")
    message_id = sa.Column(sa.String(64), index=True)


class NoticeReceipt(Base):
    """What WeChat said became of one message; it may come before the answer to the call that sent it."""

    __tablename__ = "notice_receipt"
    id = sa.Column(sa.Integer, primary_key=True)
    message_id = sa.Column(sa.String(64), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False, index=True)
    arrived = sa.Column(sa.Boolean, nullable=False)
    reason = sa.Column(sa.String(80), nullable=False, default="")
    at = sa.Column(sa.DateTime, nullable=False)
    applied_at = sa.Column(sa.DateTime, index=True)


class Subscription(Base):
    """How many 订阅通知 of one template a person still allows; a yes is good for one, spent by a conditional UPDATE."""

    __tablename__ = "subscription"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "template_id"),
        sa.CheckConstraint("allowed >= 0", name="allowed"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    template_id = sa.Column(sa.String(64), nullable=False)
    allowed = sa.Column(sa.Integer, nullable=False, default=0)
    changed_at = sa.Column(sa.DateTime, nullable=False)
