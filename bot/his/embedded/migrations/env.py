"""Alembic's doorway: runs on the connection that bot/his/embedded/migrate.py hands over."""

from alembic import context

from bot.his.embedded.tables import metadata

VERSION_TABLE = "his_alembic_version"  # the same database may hold Peizhen's own tables and versions

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
