"""The roll-up: all that is known of all stations, brought up to date and asked by the queries in ``sql/``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from station.errors import StorageFailed
from station.province import rollup_tables
from station.province.repository import Repository
from station.province.settings import ProvinceSettings
from station.province.sources import sources
from station.province.stages import Stage
from station.receiver.database import DatabaseFailed
from station.receiver.stores.contract import StoreFailed
from station.storage import durable, locks

Row = dict[str, Any]
#: Whoever looks sees what is at most so old (s).
FRESH = 30.0


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    """Tell trouble with store, receipts or roll-up in words."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        raise StorageFailed("province-rollup", path=folder, detail=str(error).partition("\n")[0]) from error
    except (DatabaseFailed, StoreFailed) as error:
        raise StorageFailed("province-sources", detail=error) from error


@dataclass(frozen=True)
class Tables:
    """The tables, as they are while the block of :meth:`Rollup.tables` lasts."""

    connection: duckdb.DuckDBPyConnection
    settings: ProvinceSettings
    now: datetime

    def rows(self, query: str, *values: str) -> list[Row]:
        """What a query says, a row each; ``values`` take the place of its question marks."""
        with _storage_errors(self.settings.province.data):
            return rollup_tables.fetch(self.connection, rollup_tables.sql(query), values)


class Rollup:
    """The roll-up of one province. One at a time works with it: threads and processes wait for each other.

    Raises ``Refused`` where store or receipts are named as they cannot be.
    """

    def __init__(self, settings: ProvinceSettings) -> None:
        self.settings = settings
        self._folder = settings.province.data
        self._sources = sources(settings.province.store, settings.province.store_key, settings.province.receipts)
        self._updated: float | None = None

    @contextmanager
    def tables(self, *, now: datetime | None = None) -> Iterator[Tables]:
        """The tables, up to date by :data:`FRESH`. Raises ``StorageFailed`` where store or roll-up cannot be read."""
        with _storage_errors(self._folder):
            if not self._sources.receipts.exist():
                raise StorageFailed("province-store-missing", path=self.settings.province.ledger)
        moment = now or datetime.now(UTC)
        with ExitStack() as stack:
            with _storage_errors(self._folder):
                durable.make_folders(self._folder)
                stack.enter_context(locks.hold(self._folder / ".lock", wait=True))
                connection = stack.enter_context(rollup_tables.open_tables(self._folder))
                if self._updated is None or time.monotonic() - self._updated >= FRESH:
                    rollup_tables.update(connection, self._sources)
                    self._list(connection)
                    self._updated = time.monotonic()
                self._go_by(connection, moment)
            # What else goes wrong while somebody looks is none of the roll-up's.
            yield Tables(connection, self.settings, moment)

    def _list(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the province's own list, and what its repository offers, in the place of what stood there."""
        connection.execute("DELETE FROM listed_commune")
        connection.execute("DELETE FROM listed_station")
        listed = self.settings.listed
        communes = [(one.place, one.commune, one.district, one.province, one.entries) for one in listed]
        rollup_tables.put(connection, "listed_commune", communes)
        rollup_tables.put(
            connection, "listed_station", [(station, one.place) for one in listed for station in one.stations]
        )
        connection.execute("DELETE FROM offered")
        if (release := self.settings.release) is not None:
            packages = Repository.of(release)
            newest = [packages.newest(Stage.ALL), packages.newest(Stage.FIRST)]
            connection.execute("INSERT INTO offered VALUES (?, ?)", newest)

    def _go_by(self, connection: duckdb.DuckDBPyConnection, moment: datetime) -> None:
        table = self.settings.province
        silent = moment - timedelta(hours=table.silent_hours)
        values = [moment.astimezone(UTC).replace(tzinfo=None), silent.astimezone(UTC).replace(tzinfo=None)]
        connection.execute("DELETE FROM parameter")
        connection.execute("INSERT INTO parameter VALUES (?, ?, ?)", [*values, table.done.value])
