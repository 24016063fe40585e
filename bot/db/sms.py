"""Text messages: one-time codes, word to a card's owner, and what the demo's twin of a gateway keeps."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

NOTICE_STATES = ("waiting", "sent", "undelivered")


class SmsCode(Base):
    """A one-time code to one phone, for one person. The code itself is nowhere, only its keyed hash.

    Once `proven_at` is set the person has shown that he reads this phone; `used_at` ends that.
    """

    __tablename__ = "sms_code"
    __table_args__ = (sa.Index("ix_sms_code_person_id_phone_hash", "person_id", "phone_hash"),)
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    phone_hash = sa.Column(sa.String(64), nullable=False)
    code_hash = sa.Column(sa.String(64), nullable=False)
    made_at = sa.Column(sa.DateTime, nullable=False)
    expires_at = sa.Column(sa.DateTime, nullable=False)
    tries = sa.Column(sa.Integer, nullable=False, default=0, server_default="0")
    last_try = sa.Column(sa.String(64))  # keyed hash of the last try: a message worked on twice is one try
    proven_at = sa.Column(sa.DateTime)
    used_at = sa.Column(sa.DateTime)


class SmsNotice(Base):
    """A text message that must arrive, written with what it tells of; a claim is `due_at` moved ahead."""

    __tablename__ = "sms_notice"
    __table_args__ = (sa.Index("ix_sms_notice_state_due_at", "state", "due_at"), one_of("state", NOTICE_STATES))
    id = sa.Column(sa.Integer, primary_key=True)
    dedupe_key = sa.Column(sa.String(80), nullable=False, unique=True)
    phone_sealed = sa.Column(sa.LargeBinary, nullable=False)
    kind = sa.Column(sa.String(32), nullable=False)
    facts_sealed = sa.Column(sa.LargeBinary, nullable=False)  # JSON
    made_at = sa.Column(sa.DateTime, nullable=False)
    due_at = sa.Column(sa.DateTime, nullable=False)
    attempts = sa.Column(sa.Integer, nullable=False, default=0, server_default="0")
    state = sa.Column(sa.String(16), nullable=False, default="waiting", server_default="waiting")


class SmsKept(Base):
    """What the demo's twin of a gateway "sent"; sealed, and forgotten after a day. The same `key` is sent once."""

    __tablename__ = "sms_kept"
    id = sa.Column(sa.Integer, primary_key=True)
    phone_hash = sa.Column(sa.String(64), nullable=False, index=True)
    phone_sealed = sa.Column(sa.LargeBinary, nullable=False)
    text_sealed = sa.Column(sa.LargeBinary, nullable=False)
    sent_at = sa.Column(sa.DateTime, nullable=False)
    key = sa.Column(sa.String(80), unique=True)
