"""The province's store: each file once, under its SHA-256, and the ledger of receipts, which says what arrived.

A kill at any point leaves a file without a receipt at worst; the next look at the spool goes on from there.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from station.receiver.uploads import Upload
from station.storage import durable

LEDGER = "receipts.sqlite3"


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


class WrongHash(Exception):
    """The upload is not the file its station said it is."""


class Store:
    """The store in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # One connection for all threads: to close the last one would write the whole log back each time.
        self._lock = Lock()
        self._connection = sqlite3.connect(folder / LEDGER, timeout=10, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self._ledger() as ledger:
            ledger.execute(
                "CREATE TABLE IF NOT EXISTS receipt (sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, package TEXT NOT"
                " NULL, station TEXT NOT NULL, filename TEXT NOT NULL, at TEXT NOT NULL, store TEXT NOT NULL)"
            )

    def receipt(self, sha256: str) -> StoredReceipt | None:
        """The receipt of the file with that hash, where it has one."""
        with self._ledger() as ledger:
            row = ledger.execute("SELECT * FROM receipt WHERE sha256 = ?", (sha256,)).fetchone()
        return StoredReceipt(*row) if row else None

    def take(self, upload: Upload) -> None:
        """Check, sync, store and enter a finished upload; its own file stays.

        Raises ``WrongHash``, and OSError where the store cannot take it.
        """
        before = _stamp(upload.path)
        if durable.sha256_of(upload.path) != upload.sha256:
            raise WrongHash
        durable.sync_file(upload.path)
        final = self._folder / upload.sha256[:2] / upload.sha256
        durable.make_folders(final.parent)
        self._name(upload.path, final)
        if _stamp(upload.path) != before:  # the server wrote to it while it was read
            if final.samefile(upload.path):
                final.unlink()
            raise WrongHash
        durable.sync_folder(final.parent)
        self._enter(upload, final)

    def _name(self, source: Path, final: Path) -> None:
        """Put the file under its final name too, or a copy where the store is another file system."""
        while True:
            try:
                os.link(source, final)
                return
            except FileExistsError:
                if durable.sha256_of(final) == final.name:
                    return
                final.unlink()
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
                    raise
                self._copy(source, final)
                return

    def _copy(self, source: Path, final: Path) -> None:
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=durable.TEMPORARY_SUFFIX, dir=final.parent)
        os.close(descriptor)
        try:
            shutil.copy2(source, name)
            if durable.sha256_of(Path(name)) != final.name:
                raise WrongHash
            durable.sync_file(Path(name))
            Path(name).replace(final)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _enter(self, upload: Upload, final: Path) -> None:
        row = StoredReceipt(
            upload.sha256,
            upload.bytes,
            upload.package,
            upload.station,
            upload.filename,
            datetime.now(UTC).isoformat(timespec="seconds"),
            final.relative_to(self._folder).as_posix(),
        )
        with self._ledger() as ledger:
            ledger.execute("INSERT OR IGNORE INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?)", tuple(vars(row).values()))

    @contextmanager
    def _ledger(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._connection as ledger:
            yield ledger


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
