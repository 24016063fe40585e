"""Bring the embedded hospital's tables up to date: its own Alembic branch and version table."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.his.embedded.engine import Database

ONE_AT_A_TIME = 20261123  # any number that nobody else locks on
FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the missing migrations in one transaction. Raises HisUnavailable without a database."""
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE already is such a lock
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
        config = Config()
        config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
