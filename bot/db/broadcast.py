"""Articles and notices to followers: what is written, who wrote and who approved it, and how its sending stands."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

WAYS = ("mass", "publish", "notice")
AUDIENCES = ("all", "tag", "agreed")
STATES = ("draft", "proposed", "approved", "sending", "sent", "stopped", "failed")
APPROVED = "state NOT IN ('approved', 'sending', 'sent') OR approver_id IS NOT NULL"


class Broadcast(Base):
    """One article or notice. `version` counts what staff did to it; what was approved is what is sent.

    `mass`: an article by WeChat's mass send; `publish`: an article on the account's page, nobody is told; `notice`: a
    short notice to everybody who agreed to be told things, by our own outbox.
    `key` makes a mass send the same one when it is asked for again; `job` is WeChat's number of it. `cursor` is the
    last person whose notice was written. `look_at`: when the jobs look at it next, NULL = not any more.
    """

    __tablename__ = "broadcast"
    __table_args__ = (
        one_of("way", WAYS),
        one_of("audience", AUDIENCES),
        one_of("state", STATES),
        sa.CheckConstraint("approver_id <> author_id", name="two_people"),
        sa.CheckConstraint(APPROVED, name="approved"),
        sa.CheckConstraint("(audience = 'tag') = (tag_id IS NOT NULL)", name="tag"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    made_key = sa.Column(sa.String(80), nullable=False, unique=True)
    way = sa.Column(sa.String(16), nullable=False)
    title = sa.Column(sa.String(64), nullable=False)
    digest = sa.Column(sa.String(120), nullable=False, default="")
    body = sa.Column(sa.Text, nullable=False)
    link = sa.Column(sa.String(64), nullable=False, default="")
    picture = sa.Column(sa.LargeBinary)
    ai = sa.Column(sa.Boolean, nullable=False, default=False)
    audience = sa.Column(sa.String(16), nullable=False)
    tag_id = sa.Column(sa.Integer)
    state = sa.Column(sa.String(16), nullable=False, default="draft")
    version = sa.Column(sa.Integer, nullable=False, default=1)
    ticked = sa.Column(sa.JSON, nullable=False, default=list)
    author_id = sa.Column(sa.ForeignKey("staff.id"), nullable=False)
    proposed_by = sa.Column(sa.ForeignKey("staff.id"))
    approver_id = sa.Column(sa.ForeignKey("staff.id"))
    stopped_by = sa.Column(sa.ForeignKey("staff.id"))
    reason = sa.Column(sa.String(200), nullable=False, default="")
    updated_at = sa.Column(sa.DateTime, nullable=False)
    approved_at = sa.Column(sa.DateTime)
    handed_at = sa.Column(sa.DateTime)  # first asked of WeChat
    ended_at = sa.Column(sa.DateTime)
    expected = sa.Column(sa.Integer)  # the dry run's count at the approval
    thumb = sa.Column(sa.String(128))
    media_id = sa.Column(sa.String(128))
    draft_version = sa.Column(sa.Integer)
    key = sa.Column(sa.String(64), unique=True)
    job = sa.Column(sa.String(64), index=True)
    article = sa.Column(sa.String(128))
    url = sa.Column(sa.String(500))
    withdrawn_at = sa.Column(sa.DateTime)
    cursor = sa.Column(sa.Integer, nullable=False, default=0)
    queued = sa.Column(sa.Integer, nullable=False, default=0)
    claim = sa.Column(sa.String(64))
    claimed_until = sa.Column(sa.DateTime)  # machine's clock
    look_at = sa.Column(sa.DateTime)


class BroadcastWriter(Base):
    """Whoever wrote a word of a broadcast: he cannot be the one who approves it."""

    __tablename__ = "broadcast_writer"
    __table_args__ = (sa.UniqueConstraint("broadcast_id", "staff_id"),)
    id = sa.Column(sa.Integer, primary_key=True)
    broadcast_id = sa.Column(sa.ForeignKey("broadcast.id"), nullable=False)
    staff_id = sa.Column(sa.ForeignKey("staff.id"), nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)


class BroadcastHalt(Base):
    """The stop switch was pressed. `standing` is true while it holds, then NULL: one can stand at a time."""

    __tablename__ = "broadcast_halt"
    id = sa.Column(sa.Integer, primary_key=True)
    standing = sa.Column(sa.Boolean, unique=True)
    pressed_by = sa.Column(sa.ForeignKey("staff.id"), nullable=False)
    pressed_at = sa.Column(sa.DateTime, nullable=False)
    why = sa.Column(sa.String(200), nullable=False)
    lifted_by = sa.Column(sa.ForeignKey("staff.id"))
    lifted_at = sa.Column(sa.DateTime)


class MassResult(Base):
    """What WeChat reported of one mass send; it may come before we know the number of the job."""

    __tablename__ = "mass_result"
    id = sa.Column(sa.Integer, primary_key=True)
    job = sa.Column(sa.String(64), nullable=False, unique=True)
    status = sa.Column(sa.String(64), nullable=False)
    total = sa.Column(sa.Integer, nullable=False)
    filtered = sa.Column(sa.Integer, nullable=False)  # left after WeChat took out who gets no more this month
    sent = sa.Column(sa.Integer, nullable=False)
    errors = sa.Column(sa.Integer, nullable=False)
    url = sa.Column(sa.String(500), nullable=False, default="")
    at = sa.Column(sa.DateTime, nullable=False)
