"""The catalogue: one SQLite file that daemon and command line share.

WAL with synchronous=FULL, so that a committed row survives a power cut. Every writing transaction is BEGIN IMMEDIATE:
a deferred one that turns into a writer fails at once with SQLITE_BUSY_SNAPSHOT, whatever the busy timeout.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from weakref import WeakSet

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from station.catalogue import log_head, schema
from station.catalogue.station_key import Key
from station.errors import Refused, StorageFailed

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

#: How long a transaction waits for another's (s): longer than any of ours, shorter than a person's patience.
BUSY_TIMEOUT = 12.0
#: How long one program waits for another that migrates (s): it keeps the whole catalogue first.
MIGRATION_PATIENCE = 60.0
#: A writing transaction that takes longer (s) is logged: the disk stalls, or something of ours holds on for too long.
LONG = 3.0
#: The migration this version of the station works with.
HEAD = "0026"


class Catalogue:
    """An open catalogue. ``reading()`` and ``writing()`` give sessions that end with the block."""

    def __init__(self, path: Path, *, key: Key | None = None, read_only: str | None = None) -> None:
        """Open the catalogue at ``path``, made where there is none and brought to :data:`HEAD`.

        ``key`` seals the log; None is for one that has none yet.

        With ``read_only``, an address of :func:`station.catalogue.read_only.address`, nothing is made, migrated or
        written.
        """
        self.path = path
        self.key = key
        self._turn = threading.Lock()
        self._together = _Together()
        if read_only is None:
            _check_ours(path)
        self._engine = _engine(path) if read_only is None else _reader(read_only)
        try:
            with _sqlite_errors(path):
                if read_only is None:
                    self._migrate()
                else:
                    self._check_revision()
        except StorageFailed:
            self._engine.dispose()
            raise
        # Our connections stay open, so no other file can get this number while we live.
        self._file = _number(path)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session over one consistent state; what is changed in it is thrown away."""
        self._check_file()
        here = self._together
        with _sqlite_errors(self.path):
            if here.ends is None:
                with Session(self._engine, autoflush=False, info=self._info()) as session:
                    yield session
                return
            if here.session is None:
                info = {**self._info(), "together": {}}
                here.session = here.ends.enter_context(Session(self._engine, autoflush=False, info=info))
            yield here.session

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all that this thread reads in the block be read in one session, over the state of the first query.

        Once the thread has written, the next reading begins another one and meets what was written. :func:`once` keeps
        what is asked for again and again.
        """
        with ExitStack() as ends:
            self._together.ends = ends
            try:
                yield
            finally:
                self._together.ends = self._together.session = None

    @contextmanager
    def writing(self, patience: float = BUSY_TIMEOUT) -> Iterator[Session]:
        """A session that is committed when the block ends well and rolled back when it does not.

        Waits at most ``patience`` seconds for those who write already. ``StorageFailed`` ("catalogue-gone") where the
        file was removed or replaced: also when that was seen only after the commit, which then went nowhere.
        """
        with self._in_turn(patience) as seconds, _sqlite_errors(self.path):
            self._check_file()
            if log_head.is_anothers(self.path, self.key):
                raise StorageFailed("key-exchanged", path=self.path)
            writer = self._engine.execution_options(writing=seconds)
            with Session(writer, info=self._info()) as session, session.begin():
                yield session
            self._together.session = None
            self._check_file()
            if (head := session.info.get("head")) is not None:
                log_head.keep(self.path, head, self.key, milestone=session.info["milestone"])

    def probe(self) -> None:
        """Write, and take it back; ``StorageFailed`` where the catalogue cannot be written now.

        By a connection of its own: those that are open already may still write what nobody could open any more.
        """
        self._check_file()
        with _sqlite_errors(self.path), closing(sqlite3.connect(self.path, timeout=BUSY_TIMEOUT)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE alembic_version SET version_num = version_num")
            connection.execute("ROLLBACK")

    def faults(self) -> list[str]:
        """What SQLite's own checks say of its pages, rows and references; empty when all is well."""
        with self.reading() as session:
            connection = session.connection()
            whole = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()[:10]
        return [*(line for line in whole if line != "ok"), *(f"{row[0]} {row[1]} -> {row[2]}" for row in lost)]

    def foreign_parts(self) -> list[str]:
        """Tables, columns, indices, triggers and views that are not as the migrations made them."""
        with self.reading() as session:
            connection = session.connection().connection.driver_connection
            if not isinstance(connection, sqlite3.Connection):
                raise TypeError(connection)
            return schema.foreign_parts(connection)

    def _info(self) -> dict[Any, Any]:
        return {"key": self.key}

    def _check_file(self) -> None:
        if _number(self.path) != self._file:
            raise StorageFailed("catalogue-gone", path=self.path)

    def close(self) -> None:
        """Close the connections to the file."""
        self._engine.dispose()

    @contextmanager
    def _in_turn(self, patience: float) -> Iterator[float]:
        """Let the threads of this process write one after the other; gives the patience that is left.

        SQLite would have them look again ten times a second, and may leave one of them out for long.
        """
        arrival = time.monotonic()
        if not self._turn.acquire(timeout=patience):
            raise StorageFailed("catalogue-locked", path=self.path)
        start = time.monotonic()
        try:
            yield patience - (start - arrival)
        finally:
            self._turn.release()
            if (took := time.monotonic() - start) > LONG:
                log.info("%s took %.1f s to write to the catalogue", threading.current_thread().name, took)

    def _check_revision(self) -> None:
        with self._engine.connect() as connection:
            revision = _revision(connection)
        if revision is None:
            raise StorageFailed("catalogue-foreign", path=self.path)
        if revision != HEAD:
            code = "catalogue-newer" if revision > HEAD else "catalogue-older"
            raise StorageFailed(code, path=self.path, detail=revision)

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            revision = _revision(connection)
            foreign = revision is None and connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first()
        if revision == HEAD:
            return
        if foreign:
            raise StorageFailed("catalogue-foreign", path=self.path)
        from station.catalogue import (
            migrations,  # Alembic takes 0.3 s to import, and nearly every start needs none of it.
        )

        migrations.upgrade(self._engine.execution_options(writing=MIGRATION_PATIENCE), HEAD)


def once(session: Session, key: Hashable, ask: Callable[[], _Answer]) -> _Answer:
    """What ``ask`` gives; in a session of :meth:`Catalogue.together` asked once for each ``key``."""
    answers: dict[Hashable, _Answer] = session.info.get("together", {})
    if key not in answers:
        answers[key] = ask()
    return answers[key]


def _number(path: Path) -> tuple[int, int] | None:
    """Which file stands at ``path`` now: its device and inode, None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _reader(address: str) -> Engine:
    """An engine that cannot write, whatever it is asked."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, check_same_thread=False)
        connection.isolation_level = None
        connection.execute("PRAGMA query_only = ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=0, pool_use_lifo=True)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN").close())
    return engine


class _Together(threading.local):
    """The session in which a thread reads for the length of a block, once there is one; ``ends`` closes it."""

    ends: ExitStack | None = None
    session: Session | None = None


class _CatalogueConnection(sqlite3.Connection):
    """A connection that knows its cursors.

    A query whose rows nobody read to the end keeps its snapshot, beyond a rollback too: whoever gets the connection
    next would read what was true then, and a writer among them fails at once with SQLITE_BUSY_SNAPSHOT.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, *arguments: Any, **named: Any) -> Any:
        """A new cursor."""
        cursor = super().cursor(*arguments, **named)
        self._cursors.add(cursor)
        return cursor

    def close_cursors(self) -> None:
        """End every query."""
        while self._cursors:
            self._cursors.pop().close()


def _engine(path: Path) -> Engine:
    # A connection for each thread that wants one, kept: reopening one costs more than a query, takes locks, and a
    # thread that waits for another's would wait longer than anybody at the page. The last used is the first again.
    arguments = {"timeout": BUSY_TIMEOUT, "factory": _CatalogueConnection}
    engine = create_engine(f"sqlite:///{path}", connect_args=arguments, pool_size=0, pool_use_lifo=True)

    @event.listens_for(engine, "reset")
    def _returned(connection: _CatalogueConnection, _record: object, _state: object) -> None:
        connection.close_cursors()

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are opened below, not by the sqlite3 module's guess
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin_immediately(connection: Connection) -> None:
        patience = connection.get_execution_options().get("writing")
        # Always set: who had the connection before may have been more or less patient.
        milliseconds = int((BUSY_TIMEOUT if patience is None else patience) * 1000)
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {milliseconds}").close()
        connection.exec_driver_sql("BEGIN" if patience is None else "BEGIN IMMEDIATE")

    return engine


def _check_ours(path: Path) -> None:
    """Refuse another program's file before our settings are written into its header."""
    if not path.exists():
        return
    with _sqlite_errors(path), closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "alembic_version" not in tables:
        raise StorageFailed("catalogue-foreign", path=path)


def _revision(connection: Connection) -> str | None:
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").all()
    if not tables:
        return None
    row: Any = connection.exec_driver_sql("SELECT version_num FROM alembic_version").one_or_none()
    return None if row is None else str(row[0])


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says into the station's words."""
    try:
        yield
    except OverflowError as error:
        raise Refused("number-too-large") from error
    except DatabaseError as error:
        _tell(path, error.orig if isinstance(error.orig, sqlite3.Error) else None, error)
    except sqlite3.DatabaseError as error:
        _tell(path, error, error)


def _tell(path: Path, reason: sqlite3.Error | None, error: Exception) -> NoReturn:
    name = getattr(reason, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        raise StorageFailed("catalogue-locked", path=path) from error
    if name.startswith("SQLITE_FULL"):
        raise StorageFailed("catalogue-full", path=path) from error
    if name.startswith("SQLITE_READONLY") or (name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR")) and _closed(path)):
        raise StorageFailed("catalogue-read-only", path=path) from error
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        raise StorageFailed("catalogue-damaged", path=path, detail=reason) from error
    if isinstance(reason, sqlite3.OperationalError):
        raise StorageFailed("catalogue-failed", path=path, detail=reason) from error
    raise error


def _closed(path: Path) -> bool:
    """Whether the catalogue or its folder may not be written by this user."""
    return not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK))
