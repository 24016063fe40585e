"""People who work in the console: accounts, their sessions, and what of an account waits for a second person."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

ROLES = ("doctor", "head", "editor", "finance", "operator", "auditor", "service")
REQUESTS = ("open", "role", "reset")
DECISIONS = ("asked", "given", "refused")


class StaffMember(Base):
    """One account of the console. `failed` counts since the last success; `locked_until` is machine time.

    `totp_sealed`: the second factor that counts; `totp_next_sealed`: the one that is being set up, always there
    while none counts; `totp_step`: the last half minute whose code was taken; `must_change`: the password was given
    by somebody else.
    """

    __tablename__ = "staff"
    __table_args__ = (one_of("role", ROLES),)
    id = sa.Column(sa.Integer, primary_key=True)
    username = sa.Column(sa.String(64), nullable=False, unique=True)
    name = sa.Column(sa.String(64), nullable=False)
    role = sa.Column(sa.String(16), nullable=False)
    department_id = sa.Column(sa.String(64))
    doctor_id = sa.Column(sa.String(64))
    password_hash = sa.Column(sa.String(200), nullable=False)
    must_change = sa.Column(sa.Boolean, nullable=False, default=False, server_default=sa.false())
    totp_sealed = sa.Column(sa.LargeBinary)
    totp_next_sealed = sa.Column(sa.LargeBinary)
    totp_step = sa.Column(sa.BigInteger)
    active = sa.Column(sa.Boolean, nullable=False, default=True)
    failed = sa.Column(sa.Integer, nullable=False, default=0)
    locked_until = sa.Column(sa.DateTime)


class StaffRecovery(Base):
    """One recovery code that was not used yet; using it deletes the row."""

    __tablename__ = "staff_recovery"
    code_hash = sa.Column(sa.String(64), primary_key=True)
    staff_id = sa.Column(sa.ForeignKey("staff.id"), nullable=False, index=True)


class StaffSession(Base):
    """One browser that somebody is signed in with. Times are the machine's; `ended_at` NULL = not ended by hand.

    The cookie holds a token, the table its keyed hash alone; `browser` is a word for the owner to know it by.
    """

    __tablename__ = "staff_session"
    id = sa.Column(sa.Integer, primary_key=True)
    token_hash = sa.Column(sa.String(64), nullable=False, unique=True)
    staff_id = sa.Column(sa.ForeignKey("staff.id"), nullable=False, index=True)
    browser = sa.Column(sa.String(40), nullable=False, default="")
    began_at = sa.Column(sa.DateTime, nullable=False)
    seen_at = sa.Column(sa.DateTime, nullable=False)
    ended_at = sa.Column(sa.DateTime)


class StaffRequest(Base):
    """What one operator wants to do to an account and a second one has to agree to; `role` is what it then has."""

    __tablename__ = "staff_request"
    __table_args__ = (one_of("what", REQUESTS), one_of("state", DECISIONS))
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    what = sa.Column(sa.String(8), nullable=False)
    staff_id = sa.Column(sa.ForeignKey("staff.id"), nullable=False, index=True)
    role = sa.Column(sa.String(16), nullable=False)
    department_id = sa.Column(sa.String(64))
    doctor_id = sa.Column(sa.String(64))
    state = sa.Column(sa.String(8), nullable=False, default="asked")
    asked_by = sa.Column(sa.ForeignKey("staff.id"), nullable=False)
    asked_at = sa.Column(sa.DateTime, nullable=False)
    decided_by = sa.Column(sa.ForeignKey("staff.id"))
    decided_at = sa.Column(sa.DateTime)
