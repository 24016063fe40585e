"""Patient cards bound to people, and the tries to bind one."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base, one_of

KINDS = ("self_pay", "city_insurance", "province_insurance", "rural_insurance", "other")
RELATIONS = ("self", "father", "mother", "child", "spouse", "other")


class Card(Base):
    """A bound card. `active` is 1 while bound and NULL after, so that a patient can be bound again."""

    __tablename__ = "card"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "patient_id", "active"),
        sa.CheckConstraint("active IS NULL OR active = 1", name="active"),
        sa.CheckConstraint("sex IN ('m', 'f')", name="sex"),
        sa.UniqueConstraint("person_id", "own", "active"),
        one_of("kind", KINDS),
        one_of("relation", RELATIONS),
        sa.CheckConstraint("own IS NULL OR (own = 1 AND relation = 'self')", name="own"),
        sa.Index("ix_card_patient_id", "patient_id"),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    ref = sa.Column(sa.String(16), nullable=False, unique=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    patient_id = sa.Column(sa.String(64), nullable=False)  # the HIS's
    hospital_id = sa.Column(sa.String(32), nullable=False)
    name_sealed = sa.Column(sa.LargeBinary, nullable=False)
    id_sealed = sa.Column(sa.LargeBinary, nullable=False)
    id_hash = sa.Column(sa.String(64), nullable=False, index=True)
    phone_sealed = sa.Column(sa.LargeBinary, nullable=False)
    card_no_sealed = sa.Column(sa.LargeBinary, nullable=False)
    sex = sa.Column(sa.String(1), nullable=False)
    birth_date = sa.Column(sa.Date, nullable=False)
    kind = sa.Column(sa.String(20), nullable=False, default="self_pay", server_default="self_pay")
    opened = sa.Column(sa.Boolean, nullable=False, default=False, server_default=sa.false())  # by this binding
    relation = sa.Column(sa.String(8))  # who the patient is to the person who holds the card; NULL = not said yet
    own = sa.Column(sa.SmallInteger)  # 1 on the one card that is the person's own
    is_default = sa.Column(sa.Boolean, nullable=False, default=False)
    active = sa.Column(sa.SmallInteger, default=1)
    bound_at = sa.Column(sa.DateTime, nullable=False)
    unbound_at = sa.Column(sa.DateTime)


class BindTry(Base):
    """One try to bind; its outcome is what a repeated `key` gets again."""

    __tablename__ = "bind_try"
    __table_args__ = (sa.Index("ix_bind_try_person_id_at", "person_id", "at"),)
    id = sa.Column(sa.Integer, primary_key=True)
    person_id = sa.Column(sa.ForeignKey("person.id"), nullable=False)
    at = sa.Column(sa.DateTime, nullable=False)
    key = sa.Column(sa.String(80), nullable=False, unique=True)
    id_hash = sa.Column(sa.String(64), nullable=False, default="", server_default="")
    card_id = sa.Column(sa.ForeignKey("card.id"))
    refusal = sa.Column(sa.String(32))
