"""What the stations of one test process share, as no two programs would: what each of them would work out alike.

A run opens some thousand stations. Each would migrate an empty catalogue, compile its queries and compile the addresses
of its page: more work than most tests are. None of it depends on the station.
"""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from drivers.process import child_process
from tests.fork_server import Forked

#: Compiled queries that are kept: more than one program has, for tests ask other things than the program.
QUERIES = 2000


def share(patch: pytest.MonkeyPatch) -> None:
    """From now on work such things out once in this process."""
    _share_catalogue(patch)
    _share_queries(patch)
    _share_addresses(patch)
    _fork_children(patch)


def _share_catalogue(patch: pytest.MonkeyPatch) -> None:
    """An empty catalogue gets what the migrations made of the first one, in one transaction as well."""
    from station.catalogue import database, migrations  # with Alembic

    migrate = migrations.upgrade

    @cache
    def statements() -> list[str]:
        with TemporaryDirectory() as folder:
            path = Path(folder, "catalogue.sqlite3")
            engine = database._engine(path)
            migrate(engine.execution_options(writing=database.MIGRATION_PATIENCE), database.HEAD)
            engine.dispose()
            with closing(sqlite3.connect(path)) as catalogue:
                # What stands between the first and the last begins and ends a transaction.
                return list(catalogue.iterdump())[1:-1]

    def upgrade(engine: Engine, head: str) -> None:
        if head == database.HEAD:
            lines = statements()
            with engine.connect() as connection, connection.begin():
                if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first():
                    for line in lines:
                        connection.exec_driver_sql(line).close()
                    return
        migrate(engine, head)

    patch.setattr(migrations, "upgrade", upgrade)


def _share_queries(patch: pytest.MonkeyPatch) -> None:
    """All catalogues have one dialect and one cache of what it compiled."""
    from station.catalogue import database

    first: list[Engine] = []
    compiled: LRUCache[Any, Any] = LRUCache(QUERIES)

    def with_shared_cache(*arguments: Any, **named: Any) -> Engine:
        engine = create_engine(*arguments, **named)
        first[:] = first or [engine]
        engine.dialect = first[0].dialect
        engine._compiled_cache = compiled
        return engine

    patch.setattr(database, "create_engine", with_shared_cache)


def _share_addresses(patch: pytest.MonkeyPatch) -> None:
    """The function that puts an address of the page together is compiled for the first page."""
    compile_builder = Rule._compile_builder
    built: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in built:
            built[key] = compile_builder(rule, append_unknown)
        return built[key]

    patch.setattr(Rule, "_compile_builder", compile_once)


def _fork_children(patch: pytest.MonkeyPatch) -> None:
    """What scans, looks at images or reads them in a process of its own has imported all it needs."""
    patch.setattr(child_process, "subprocess", SimpleNamespace(Popen=Forked, PIPE=subprocess.PIPE))
