"""How Alembic reaches the database: one transaction, one migrating process at a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from bot.db.base import Base, make_engine

LOCK = 7_300_417_001  # any number that nobody else locks in this database

engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection, connection.begin():
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True, compare_type=True)
    context.run_migrations()
engine.dispose()
