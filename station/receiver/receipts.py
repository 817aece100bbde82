"""The ledger of receipts, which says what arrived: one row for each file, whoever sent it how often.

It lies in the store's folder, or in a database that several receivers share. There, two that take the same file at the
same moment are kept apart; and should they not be, the table has one row for a hash. One that was lost beside its files
is not begun anew: an empty one would say of everything that it never came.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sqlalchemy import Connection, text

from station.errors import Refused
from station.receiver import database
from station.storage.untrusted_folder import Folder

LEDGER = "receipts.sqlite3"
#: The folders in which a store's files lie: the first two digits of their hashes.
_FILES = re.compile(r"[0-9a-f]{2}")
#: So many rows come over at once.
_BATCH = 1000
_TABLE = """
CREATE TABLE IF NOT EXISTS receipt (sha256 TEXT PRIMARY KEY, bytes BIGINT NOT NULL, package TEXT NOT NULL,
  station TEXT NOT NULL, filename TEXT NOT NULL, at TEXT NOT NULL, store TEXT NOT NULL)
"""


@dataclass(frozen=True)
class StoredReceipt:
    """Proof that the store holds a file; ``package`` and ``station`` are the first sender's, ``store`` is its path."""

    sha256: str
    bytes: int
    package: str
    station: str
    filename: str
    at: str
    store: str


_COLUMNS = ", ".join(field.name for field in fields(StoredReceipt))
_PLACES = ", ".join(f":{field.name}" for field in fields(StoredReceipt))


class Receipts:
    """The receipts in a folder or a PostgreSQL database; all that fails there is raised as ``DatabaseFailed``.

    Raises ``NotPlain`` where the folder's file is a link or the like, ``Refused`` where a database cannot be used.
    ``Refused`` ("receive-ledger-lost") where a folder that holds the store's files too has lost its ledger, and where
    the file was removed or replaced since.
    """

    def __init__(self, place: str) -> None:
        self._folder = None if database.is_address(place) else Path(place)
        if self._folder is not None:
            with Folder.at(self._folder) as folder:
                if folder.find(LEDGER) is None and any(map(_FILES.fullmatch, folder.names())):
                    raise self._lost()
        self._database = database.open_database(place, LEDGER, synchronous="FULL")
        self._database.make(_TABLE)
        self._file = self._number()
        database.check_durable(self._database, database.without_password(place))

    def check(self) -> None:
        """See that the ledger is the one that was opened. Raises ``Refused``, ``DatabaseFailed``."""
        with self._transaction():
            pass

    def find(self, sha256: str) -> StoredReceipt | None:
        """The receipt of the file with that hash, where it has one."""
        with self._transaction() as ledger:
            query = text(f"SELECT {_COLUMNS} FROM receipt WHERE sha256 = :sha256")
            row = ledger.execute(query, {"sha256": sha256}).first()
        return StoredReceipt(*row) if row else None

    def enter(self, receipt: StoredReceipt) -> None:
        """Enter it, unless the file has one; durable on return."""
        statement = text(f"INSERT INTO receipt ({_COLUMNS}) VALUES ({_PLACES}) ON CONFLICT DO NOTHING")
        with self._transaction() as ledger:
            ledger.execute(statement, asdict(receipt))

    def alone(self, sha256: str) -> AbstractContextManager[bool]:
        """Whether no other receiver stores that file now; none begins to until the block ends."""
        return self._database.alone(int.from_bytes(bytes.fromhex(sha256[:16]), signed=True))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._database.transaction() as ledger:
            yield ledger
            if self._number() != self._file:
                raise self._lost()

    def _number(self) -> tuple[int, int] | None:
        """Which file is the ledger now: ours stays open, so no other can get its number."""
        if self._folder is None:
            return None
        with Folder.at(self._folder) as folder:
            file = folder.find(LEDGER)
        return None if file is None else (file.st_dev, file.st_ino)

    def _lost(self) -> Refused:
        return Refused("receive-ledger-lost", path=f"{self._folder}/{LEDGER}")


class ReceiptsRead:
    """The same for who only looks, such as the roll-up; nothing is made or written."""

    def __init__(self, place: str) -> None:
        self._database = database.reading(place, LEDGER)

    def exist(self) -> bool:
        """Whether a receiver has begun to enter them."""
        return self._database.has("receipt")

    def count(self) -> int:
        """How many there are."""
        with self._database.transaction() as ledger:
            return int(ledger.scalar(text("SELECT count(*) FROM receipt")) or 0)

    def in_order(self) -> Generator[StoredReceipt]:
        """All, by the time of their arrival."""
        with self._database.transaction() as ledger:
            rows = ledger.execution_options(yield_per=_BATCH).execute(
                text(f"SELECT {_COLUMNS} FROM receipt ORDER BY at, sha256")
            )
            for row in rows:
                yield StoredReceipt(*row)
