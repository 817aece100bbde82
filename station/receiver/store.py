"""The province's store: each file once, under its SHA-256, and the ledger of receipts, which says what arrived.

A kill at any point leaves a file without a receipt at worst; the next look at the spool goes on from there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from station.receiver import sqlite_file
from station.receiver.uploads import Upload
from station.storage.untrusted_folder import Folder

LEDGER = "receipts.sqlite3"
_PIECE = 1024 * 1024


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
    """The store in ``folder``. Raises ``NotPlain`` where the ledger of receipts is a link or the like."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # One connection for all threads: to close the last one would write the whole log back each time.
        self._lock = Lock()
        self._connection = sqlite_file.connect(folder, LEDGER, synchronous="FULL")
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

    def take(self, upload: Upload, source: BinaryIO) -> None:
        """Check, sync, store and enter a finished upload, read from ``source``; its own file stays.

        Raises ``WrongHash``, and OSError where the store cannot take it.
        """
        before = _stamp(source)
        if _sha256(source) != upload.sha256:
            raise WrongHash
        os.fsync(source.fileno())
        with Folder.at(self._folder) as store, store.folder(upload.sha256[:2], make=True) as folder:
            self._name(source, folder, upload.sha256)
            if _stamp(source) != before:  # the server wrote to it while it was read
                there = folder.find(upload.sha256)
                if there is not None and os.path.samestat(there, os.fstat(source.fileno())):
                    folder.unlink(upload.sha256)
                raise WrongHash
            folder.sync()
        self._enter(upload, f"{upload.sha256[:2]}/{upload.sha256}")

    def _name(self, source: BinaryIO, folder: Folder, name: str) -> None:
        """Put the file under its final name too, or a copy where the store is another file system.

        A copy also where it has a name more than the spool's: who knows that one could change it in the store.
        """
        while True:
            own, there = os.fstat(source.fileno()), folder.find(name)
            if there is not None:
                if _is_whole(folder, name, there, own):
                    return None
                folder.unlink(name)
            if own.st_nlink > 1 + (there is not None and os.path.samestat(there, own)):
                return self._copy(source, folder, name)
            try:
                return os.link(f"/proc/self/fd/{source.fileno()}", name, dst_dir_fd=folder.fileno())
            except FileExistsError:
                continue
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
                    raise
                return self._copy(source, folder, name)

    def _copy(self, source: BinaryIO, folder: Folder, name: str) -> None:
        source.seek(0)
        with folder.new_file(name) as copy:
            shutil.copyfileobj(source, copy, _PIECE)
            if _sha256(copy) != name:
                raise WrongHash

    def _enter(self, upload: Upload, store: str) -> None:
        row = StoredReceipt(
            upload.sha256,
            upload.bytes,
            upload.package,
            upload.station,
            upload.filename,
            datetime.now(UTC).isoformat(timespec="seconds"),
            store,
        )
        with self._ledger() as ledger:
            ledger.execute("INSERT OR IGNORE INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?)", tuple(vars(row).values()))

    @contextmanager
    def _ledger(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._connection as ledger:
            yield ledger


def _is_whole(folder: Folder, name: str, there: os.stat_result, own: os.stat_result) -> bool:
    """Whether what lies under a final name is that file, and nobody's but the store's and, after a kill, the spool's.

    Anything but a plain file is none.
    """
    names = 2 if os.path.samestat(there, own) else 1
    if not stat.S_ISREG(there.st_mode) or there.st_nlink > names:
        return False
    with folder.read(name) as file:
        return _sha256(file) == name


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _stamp(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns
