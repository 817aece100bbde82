"""Alembic's way in: it runs on the connection that :func:`station.catalogue.migrations.upgrade` gives it."""

from alembic import context

from station.catalogue.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
