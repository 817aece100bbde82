"""Backups: the catalogue as it is at one moment, the settings, and on demand every file named in the catalogue.

One ZIP, in pieces where it is large, whose manifest names each byte; made while the station runs, and read back from
the medium before it counts. Pages and packages never change once they are named, and the derived PDFs are held still
meanwhile, so the files fit the catalogue's moment. Secrets stay at home: tokens lie in files of their own, and those
are not in it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from station.catalogue import copying, database, event_log
from station.context import Station
from station.errors import Refused, StorageFailed
from station.messages import Message
from station.storage import deterministic_zip, durable, locks
from station.storage.split_file import Pieces
from station.upkeep import backup_seal

#: Raised when a reader of backups must know a new shape.
FORMAT = 1
MANIFEST, CATALOGUE, SETTINGS = "backup.json", "catalogue.sqlite3", "station.toml"
#: Below this lies, in the backup, what lies in the data folder.
DATA = "data/"

#: Every file that must be there for ``tramquet verify`` to be content, with its SHA-256 and its bytes.
_FILES = """
SELECT file, sha256, bytes FROM capture WHERE freed_at IS NULL
UNION ALL SELECT file, sha256, bytes FROM document
UNION ALL SELECT package.folder || '/' || package_file.name, sha256, bytes FROM package_file
  JOIN package ON package.id = package_id WHERE package.state != 'building' AND freed_at IS NULL
"""


@dataclass(frozen=True)
class BackupMember:
    """One file of a backup: its name in the archive, bytes and SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class BackupResult:
    """``missing`` are files that the catalogue names and the disk does not have: everything else is in the backup."""

    files: int
    bytes: int
    missing: list[Message]


def make(station: Station, settings: bytes, target: Pieces, *, masters: bool, who: str) -> BackupResult:
    """Write a backup into the empty ``target`` and prove it by reading back.

    ``settings`` is the settings file's content; ``masters`` adds all pages, PDFs and packages. Raises
    ``StorageFailed`` where the catalogue is damaged or the medium does not take it, ``Refused`` ("upkeep-busy") while
    another backup or the freeing of masters runs.
    """
    with exclusive_upkeep(station), _held_still(station, masters), _snapshot(station) as snapshot:
        files = _files_of_catalogue(snapshot) if masters else []
        _check_room(target, snapshot.stat().st_size + sum(file.bytes for file in files))
        missing: list[Message] = []
        output = io.BufferedRandom(target)
        with durable.storage_failures(Path(target.name)), deterministic_zip.Archive(output) as pack:
            entries = [_add(pack, CATALOGUE, snapshot)]
            pack.writestr(SETTINGS, settings)
            entries.append(BackupMember(SETTINGS, len(settings), hashlib.sha256(settings).hexdigest()))
            for file in files:
                try:
                    entry = _add(pack, file.name, station.folders.data / file.name.removeprefix(DATA))
                except FileNotFoundError:
                    missing.append(Message("file-missing", {"file": file.name}))
                    continue
                entries.append(entry)
                if entry.sha256 != file.sha256:
                    missing.append(Message("file-changed", {"file": file.name}))
            pack.writestr(MANIFEST, _manifest(station, snapshot, entries, masters=masters))
    size = _read_back(output, target, entries)
    with station.catalogue.writing() as session:
        event_log.record(session, who, "backup-made", files=len(entries), masters=masters)
    return BackupResult(len(entries), size, missing)


def bytes_needed(station: Station, *, masters: bool) -> int:
    """About how many bytes a backup made now takes. ``StorageFailed`` where the catalogue cannot be read."""
    size = station.catalogue.path.stat().st_size
    if masters:
        with station.catalogue.reading() as session:
            size += session.connection().exec_driver_sql(f"SELECT coalesce(sum(bytes), 0) FROM ({_FILES})").scalar_one()
    return size


@contextmanager
def exclusive_upkeep(station: Station) -> Iterator[None]:
    """Be the only one who saves or frees files; ``Refused`` ("upkeep-busy") where somebody is."""
    with locks.hold(station.folders.locks / "upkeep", wait=False) as is_locked:
        if not is_locked:
            raise Refused("upkeep-busy")
        yield


@contextmanager
def _held_still(station: Station, masters: bool) -> Iterator[None]:
    """Derived PDFs are the one kind of file that is made anew under its old name."""
    if not masters:
        yield
        return
    with locks.hold(station.folders.locks / "derive", wait=True):
        yield


@contextmanager
def _snapshot(station: Station) -> Iterator[Path]:
    """A copy of the catalogue at one moment, whole, in one file."""
    for leftover in station.folders.spool.glob(".backup-*"):  # by a kill
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=station.folders.spool) as folder:
        copy = Path(folder, CATALOGUE)
        try:
            copying.copy_catalogue(station.catalogue.path, copy)
        except sqlite3.DatabaseError as error:
            raise StorageFailed("backup-no-snapshot", path=station.catalogue.path, detail=error) from error
        yield copy


def _files_of_catalogue(snapshot: Path) -> list[BackupMember]:
    with closing(sqlite3.connect(snapshot)) as still:
        return [BackupMember(DATA + file, size, sha256) for file, sha256, size in sorted(still.execute(_FILES))]


def _add(pack: zipfile.ZipFile, name: str, path: Path) -> BackupMember:
    with path.open("rb") as source:
        counter = _CountingReader(source)
        size = path.stat().st_size
        deterministic_zip.add_member(pack, name, counter, size)  # type: ignore[arg-type]
        return BackupMember(name, size, counter.digest.hexdigest())


class _CountingReader:
    """Hashes what is read through it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


def _manifest(station: Station, snapshot: Path, entries: list[BackupMember], *, masters: bool) -> str:
    with closing(sqlite3.connect(snapshot)) as still:
        head = still.execute("SELECT hash FROM event ORDER BY id DESC LIMIT 1").fetchone()
    content: dict[str, Any] = {
        "format": FORMAT,
        "software": f"tramquet {version('tramquet')}",
        "station": station.settings.station.id,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "catalogue": database.HEAD,
        "event_head": head[0] if head else event_log.BEGINNING,
        "masters": masters,
        "files": [vars(entry) for entry in entries],
    }
    if (key := station.catalogue.key) is not None:
        content["key"] = key.id
        content["seal"] = backup_seal.seal(content, key)
    return json.dumps(content, ensure_ascii=False, indent=1)


def _check_room(target: Pieces, needed: int) -> None:
    if (free := target.free()) < needed:
        room = {"needed": -(-needed // 1024**2), "free": free // 1024**2}
        raise StorageFailed("backup-no-room", path=target.name, **room)


def _read_back(output: io.BufferedRandom, target: Pieces, entries: list[BackupMember]) -> int:
    """What lies on the medium is what was meant; gives its bytes."""
    with durable.storage_failures(Path(target.name)):
        output.flush()
        target.settle()
        size = target.seek(0, os.SEEK_END)
        expected = {entry.name: entry.sha256 for entry in entries}
        wrong = [
            one for one in deterministic_zip.verify_zip(io.BufferedReader(target), expected) if one.name != MANIFEST
        ]
    if wrong:
        raise StorageFailed("backup-not-read-back", path=target.name, name=wrong[0].name)
    return size
