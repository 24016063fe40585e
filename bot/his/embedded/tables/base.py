"""What all tables share: the metadata, the names of constraints, the kinds of keys."""

from __future__ import annotations

import sqlalchemy as sa

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)

ID = sa.String(64)
KEY = sa.String(128)


def to(table: str, **options: object) -> sa.Column:
    """A column `<table>_id` that points to `his_<table>`."""
    return sa.Column(f"{table}_id", ID, sa.ForeignKey(f"his_{table}.id"), nullable=False, **options)
