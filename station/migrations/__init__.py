"""The catalogue's history: every change of its tables is an Alembic migration, from the first."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Engine

from station.errors import StorageFailed


def upgrade(engine: Engine, head: str) -> None:
    """Bring the catalogue to ``head`` in one transaction; a catalogue of a newer station is refused, untouched."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.execution_options(writing=True).connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, head)
        except CommandError as error:
            raise StorageFailed("catalogue-newer", path=engine.url.database, detail=error) from error
