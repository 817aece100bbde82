"""Alembic's environment: migrations run on the connection that :func:`station.catalogue.migrations.upgrade` gives."""

from alembic import context

from station.catalogue.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
