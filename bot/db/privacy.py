"""Consent, and the audit trail as a keyed hash chain."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.db.base import Base, one_of
from bot.db.guards import protect

ACTORS = ("person", "staff", "system")
GENESIS = "0" * 64


class Consent(Base):
    """A person's yes to one purpose, and when it was taken back; the newest row of a purpose is what stands."""

    __tablename__ = "consent"
    __table_args__ = (sa.Index("ix_consent_person_id_purpose", "person_id", "purpose"),)
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    purpose = sa.Column(sa.String(32), nullable=False)
    version = sa.Column(sa.String(16), nullable=False)
    given_at = sa.Column(sa.DateTime, nullable=False)
    withdrawn_at = sa.Column(sa.DateTime)


class Audit(Base):
    """Who did or saw what of whose data, why, and how it ended. `hash` seals the row and the hash before it.

    `about`: whose data (`person/7`), empty when of several or nobody; `result`: `ok` or the code of the refusal;
    `trace`: the message, notice or request it happened in.
    """

    __tablename__ = "audit"
    __table_args__ = (one_of("actor_kind", ACTORS),)
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)  # the place in the chain, from 1
    at = sa.Column(sa.DateTime, nullable=False, index=True)
    actor_kind = sa.Column(sa.String(16), nullable=False)
    actor_id = sa.Column(sa.String(64), nullable=False)
    action = sa.Column(sa.String(64), nullable=False)
    subject = sa.Column(sa.String(160), nullable=False, index=True)
    about = sa.Column(sa.String(32), nullable=False, default="", index=True)
    reason = sa.Column(sa.String(200), nullable=False, default="")
    result = sa.Column(sa.String(32), nullable=False, default="ok")
    trace = sa.Column(sa.String(40), nullable=False, default="", index=True)
    previous_hash = sa.Column(sa.String(64), nullable=False, unique=True)  # a fork cannot be stored
    hash = sa.Column(sa.String(64), nullable=False, unique=True)


class AuditHead(Base):
    """The one row that says where the chain ends; its row lock puts writers in line. `mac` seals the other two."""

    __tablename__ = "audit_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
    length = sa.Column(sa.Integer, nullable=False)  # rows ever written
    hash = sa.Column(sa.String(64), nullable=False)
    mac = sa.Column(sa.String(64), nullable=False, server_default="")


class AuditCheckpoint(Base):
    """Up to where old rows were purged: the chain goes on from `hash`, which was row `length`'s."""

    __tablename__ = "audit_checkpoint"
    id = sa.Column(sa.Integer, primary_key=True)
    at = sa.Column(sa.DateTime, nullable=False)
    length = sa.Column(sa.Integer, nullable=False)
    hash = sa.Column(sa.String(64), nullable=False)
    mac = sa.Column(sa.String(64), nullable=False)


@event.listens_for(AuditHead.__table__, "after_create")
def _begin_chain(target: Any, connection: Any, **_: Any) -> None:
    connection.execute(target.insert().values(id=1, length=0, hash=GENESIS))


@event.listens_for(Base.metadata, "after_create")
def _guard(_target: Any, connection: Any, tables: Any, **_: Any) -> None:
    if Audit.__table__ in tables:
        for statement in protect(connection.dialect.name):
            connection.execute(sa.DDL(statement))


def last_consent(session: Session, *, person_id: int, purpose: str) -> Any:
    """The newest row of one purpose, or None: he was never asked."""
    query = sa.select(Consent).where(Consent.person_id == person_id, Consent.purpose == purpose)
    return session.scalars(query.order_by(Consent.id.desc()).limit(1)).first()


def consent_state(session: Session, *, person_id: int, purpose: str, version: str) -> str:
    """`given` | `outdated` (to other words than this version's) | `withdrawn` | `never`."""
    last = last_consent(session, person_id=person_id, purpose=purpose)
    if last is None:
        return "never"
    if last.withdrawn_at is not None:
        return "withdrawn"
    return "given" if last.version == version else "outdated"
