"""How Alembic reaches the archive's tables: on the connection that :mod:`straits.assess.archive.database` hands it."""

from alembic import context

from straits.assess.archive.tables import VERSION_TABLE, Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
