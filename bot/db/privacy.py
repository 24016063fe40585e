"""Consent, and the audit trail as a hash chain."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from bot.db.base import Base, one_of

ACTORS = ("person", "staff", "system")
GENESIS = "0" * 64


class Consent(Base):
    """A person's yes to one purpose, and when it was taken back."""

    __tablename__ = "consent"
    __table_args__ = (sa.Index("ix_consent_person_id_purpose", "person_id", "purpose"),)
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    purpose = sa.Column(sa.String(32), nullable=False)
    version = sa.Column(sa.String(16), nullable=False)
    given_at = sa.Column(sa.DateTime, nullable=False)
    withdrawn_at = sa.Column(sa.DateTime)


class Audit(Base):
    """Who did what to whose data. `hash` covers the row and the hash before it."""

    __tablename__ = "audit"
    __table_args__ = (one_of("actor_kind", ACTORS),)
    id = sa.Column(sa.Integer, primary_key=True)
    at = sa.Column(sa.DateTime, nullable=False)
    actor_kind = sa.Column(sa.String(16), nullable=False)
    actor_id = sa.Column(sa.String(64), nullable=False)
    action = sa.Column(sa.String(64), nullable=False)
    subject = sa.Column(sa.String(160), nullable=False, index=True)
    reason = sa.Column(sa.String(200), nullable=False, default="")
    previous_hash = sa.Column(sa.String(64), nullable=False, unique=True)  # a fork cannot be stored
    hash = sa.Column(sa.String(64), nullable=False, unique=True)


class AuditHead(Base):
    """The one row that says where the chain ends; its row lock puts writers in line."""

    __tablename__ = "audit_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
    length = sa.Column(sa.Integer, nullable=False)
    hash = sa.Column(sa.String(64), nullable=False)


@event.listens_for(AuditHead.__table__, "after_create")
def _begin_chain(target: Any, connection: Any, **_: Any) -> None:
    connection.execute(target.insert().values(id=1, length=0, hash=GENESIS))
