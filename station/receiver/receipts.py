"""The ledger of receipts, which says what arrived: one row for each file, whoever sent it how often.

It lies in the store's folder, or in a database that several receivers share. There, two that take the same file at the
same moment are kept apart; and should they not be, the table has one row for a hash.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields

from sqlalchemy import text

from station.receiver import database

LEDGER = "receipts.sqlite3"
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
    """

    def __init__(self, place: str) -> None:
        self._database = database.opened(place, LEDGER, synchronous="FULL")
        self._database.make(_TABLE)
        database.check_durable(self._database, database.shown(place))

    def find(self, sha256: str) -> StoredReceipt | None:
        """The receipt of the file with that hash, where it has one."""
        with self._database.transaction() as ledger:
            query = text(f"SELECT {_COLUMNS} FROM receipt WHERE sha256 = :sha256")
            row = ledger.execute(query, {"sha256": sha256}).first()
        return StoredReceipt(*row) if row else None

    def enter(self, receipt: StoredReceipt) -> None:
        """Enter it, unless the file has one; durable on return."""
        statement = text(f"INSERT INTO receipt ({_COLUMNS}) VALUES ({_PLACES}) ON CONFLICT DO NOTHING")
        with self._database.transaction() as ledger:
            ledger.execute(statement, asdict(receipt))

    def alone(self, sha256: str) -> AbstractContextManager[bool]:
        """Whether no other receiver stores that file now; none begins to until the block ends."""
        return self._database.alone(int.from_bytes(bytes.fromhex(sha256[:16]), signed=True))


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
