"""The catalogue's history: every change of its tables is an Alembic migration, from the first."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine

from station.catalogue.migrations.snapshot import keep_snapshot
from station.errors import StorageFailed


def upgrade(engine: Engine, head: str) -> None:
    """Bring the catalogue to ``head`` in one transaction, of which a failure leaves nothing.

    One that holds something is kept as it was before (:mod:`station.catalogue.migrations.snapshot`); a catalogue of a
    newer station is refused, untouched. ``engine`` is one that writes, and says how long it waits for others who do.
    """
    path = Path(str(engine.url.database))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.connect() as connection, connection.begin():
        revision = MigrationContext.configure(connection).get_current_revision()
        try:
            ScriptDirectory.from_config(config).get_revision(revision or "base")
        except CommandError as error:
            raise StorageFailed("catalogue-newer", path=path, detail=error) from error
        if revision not in (None, head):
            keep_snapshot(path, str(revision), head)
        config.attributes["connection"] = connection
        command.upgrade(config, head)
