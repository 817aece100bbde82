"""Where receipts and heartbeats are entered: SQLite files in a folder, or PostgreSQL, which several receivers share."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError

from station.errors import Refused
from station.storage.untrusted_folder import Folder, NotPlain

_ADDRESSES = ("postgresql://", "postgres://")
#: How long a server that is not there is waited for (s); stations wait longer for an answer.
_CONNECT = 5
#: Of each session: no statement of ours takes longer, and a receiver whose machine lost its power lets go of its locks
#: within a minute, where the system by itself would look after two hours.
_SESSION = {
    "statement_timeout": "30s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
#: The lock by which receivers take turns: the number is ours, and says nothing.
_TURN = 0x7472616D
_FULL = ("SQLITE_FULL", "53100")  # 53100: disk_full (PostgreSQL, appendix A)


class DatabaseFailed(Exception):
    """The database cannot be reached or cannot take more now; what was begun in it did not happen."""

    def __init__(self, error: SQLAlchemyError) -> None:
        origin = error.orig if isinstance(error, DBAPIError) else None
        super().__init__(str(origin or error).partition("\n")[0])
        code = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)
        #: Whether there is no room left.
        self.is_full = code in _FULL
        #: Whether it is the database's trouble, and not that of what was to be entered.
        self.is_gone = not isinstance(error, DataError | IntegrityError)


def is_address(place: str) -> bool:
    """Whether that is the address of a PostgreSQL database; else it is a folder's."""
    return place.startswith(_ADDRESSES)


class Database:
    """A ``file``, or tables in a database that others use at the same time."""

    def __init__(self, engine: Engine, file: Path | None = None) -> None:
        self._engine, self._file = engine, file

    @property
    def is_shared(self) -> bool:
        """Whether other receivers may enter something here too."""
        return self._engine.dialect.name == "postgresql"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """What is done in the block is done as a whole and durably when it ends well. Raises ``DatabaseFailed``."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseFailed(error) from error

    @contextmanager
    def in_turn(self) -> Iterator[Connection]:
        """The same, one at a time in all receivers: what has a higher number was there later."""
        with self.transaction() as connection:
            if self.is_shared:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _TURN})
            yield connection

    def make(self, tables: str) -> None:
        """Make the tables that are missing, by ``CREATE ... IF NOT EXISTS``; ``{id}`` there is a running number."""
        number = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        if not self.is_shared:  # without AUTOINCREMENT that of a row that was taken away would be given again
            number = "INTEGER PRIMARY KEY AUTOINCREMENT"
        with self.in_turn() as connection:
            for statement in filter(str.strip, tables.split(";")):
                connection.execute(text(statement.replace("{id}", f"id {number}")))

    def has(self, table: str) -> bool:
        """Whether that table was made."""
        if self._file is not None and not self._file.is_file():
            return False
        with self.transaction() as connection:
            return inspect(connection).has_table(table)

    @contextmanager
    def alone(self, number: int) -> Iterator[bool]:
        """Whether no other receiver is in such a block with this ``number`` (64 bits); none comes in until it ends.

        The server lets go when the connection ends, however it does. So this spares work; what must not happen twice
        is for the tables to prevent.
        """
        if not self.is_shared:  # one file has one receiver
            yield True
            return
        with self.transaction() as connection:
            yield bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}))


def open_database(place: str, file: str, *, synchronous: str) -> Database:
    """Open ``file`` in the folder ``place``, or the database whose address that is; missing tables come later.

    ``synchronous`` is SQLite's: FULL, NORMAL. Raises ``NotPlain`` where the file, or one that SQLite keeps beside it,
    is a link or the like; ``Refused`` where a database cannot be used; ``DatabaseFailed``.
    """
    if is_address(place):
        return _server(place)
    folder = Path(place)
    with Folder.at(folder) as root:
        for name in (file, f"{file}-wal", f"{file}-shm"):
            # One look: SQLite removes its companions when the last process lets go of the database.
            status = root.find(name)
            if status is not None and not stat.S_ISREG(status.st_mode):
                raise NotPlain(folder / name)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(folder / file, timeout=10, check_same_thread=False)
        for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    # One connection, for which threads take turns: to close the last one would write the whole log back each time.
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0)
    return Database(engine, folder / file)


def reading(place: str, file: str) -> Database:
    """The same for who only looks; nothing is made. Raises ``Refused``."""
    if is_address(place):
        return _server(place)
    path = Path(place).absolute() / file

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)

    return Database(create_engine("sqlite://", creator=connect, poolclass=NullPool), path)


def _server(address: str) -> Database:
    try:
        url = make_url(address).set(drivername="postgresql+psycopg")
        options = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        arguments = {
            "connect_timeout": _CONNECT,
            "application_name": "tramquet",
            "client_encoding": "utf8",
            "options": options,
        }
        engine = create_engine(url, pool_pre_ping=True, pool_size=4, max_overflow=16, connect_args=arguments)
    except (ArgumentError, ValueError) as error:
        raise Refused("receive-database-address") from error
    except ModuleNotFoundError as error:
        raise Refused("receive-library", library="psycopg") from error
    return Database(engine)


def check_durable(database: Database, shown: str) -> None:
    """See that a commit outlives a power cut, as the database is set up. Raises ``Refused``, ``DatabaseFailed``."""
    if not database.is_shared:
        return
    with database.transaction() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            if connection.scalar(text("SELECT current_setting(:name)"), {"name": setting}) == "off":
                raise Refused("receive-database-unsafe", database=shown, setting=setting)


def without_password(address: str) -> str:
    """The address without its password, which may stand in its query too, for people and logs."""
    try:
        return make_url(address).set(query={}).render_as_string(hide_password=True) if is_address(address) else address
    except (ArgumentError, ValueError):
        return address.partition("://")[0]
