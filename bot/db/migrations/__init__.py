"""Alembic's history of our tables; run by bot/db/migrate.py."""
