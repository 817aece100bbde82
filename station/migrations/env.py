"""Alembic's way in: it runs on the connection that :func:`station.migrations.upgrade` gives it."""

from alembic import context

from station.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
