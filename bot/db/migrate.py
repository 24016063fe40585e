"""Bring a database to the tables of this release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from bot.errors import ConfigError

HERE = Path(__file__).parent


def configuration(url: str) -> Config:
    """Alembic's settings without a file."""
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations").replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run what is missing; several processes may call it at once, one works and the others find it done.

    Raises ConfigError, in the driver's first line, when the database cannot be opened.
    """
    try:
        command.upgrade(configuration(url), revision)
    except OperationalError as error:
        raise ConfigError(setting="PEIZHEN_DATABASE_URL", why=str(error.orig).partition("\n")[0]) from None


def downgrade(url: str, revision: str) -> None:
    """Go back, losing what the newer tables hold."""
    command.downgrade(configuration(url), revision)
