"""People who work in the console."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

ROLES = ("doctor", "head", "editor", "finance", "operator", "auditor", "service")


class StaffMember(Base):
    """One account of the console. `failed` counts since the last success; `locked_until` is machine time."""

    __tablename__ = "staff"
    __table_args__ = (one_of("role", ROLES),)
    id = sa.Column(sa.Integer, primary_key=True)
    username = sa.Column(sa.String(64), nullable=False, unique=True)
    name = sa.Column(sa.String(64), nullable=False)
    role = sa.Column(sa.String(16), nullable=False)
    department_id = sa.Column(sa.String(64))
    doctor_id = sa.Column(sa.String(64))
    password_hash = sa.Column(sa.String(200), nullable=False)
    totp_sealed = sa.Column(sa.LargeBinary)
    active = sa.Column(sa.Boolean, nullable=False, default=True)
    failed = sa.Column(sa.Integer, nullable=False, default=0)
    locked_until = sa.Column(sa.DateTime)
