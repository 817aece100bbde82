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
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from station.catalogue import copying, database, event_log
from station.context import Station
from station.errors import Refused, StorageFailed
from station.messages import Message
from station.storage import deterministic_zip, durable, locks, proven_archive
from station.storage.proven_archive import ArchiveMember
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
        needed = snapshot.stat().st_size + sum(file.bytes for file in files)
        proven_archive.check_room(target.name, target.free(), needed)
        missing: list[Message] = []
        output = io.BufferedRandom(target)
        with durable.storage_failures(Path(target.name)), deterministic_zip.Archive(output) as pack:
            entries = [proven_archive.add_file(pack, CATALOGUE, snapshot)]
            pack.writestr(SETTINGS, settings)
            entries.append(ArchiveMember(SETTINGS, len(settings), hashlib.sha256(settings).hexdigest()))
            for file in files:
                try:
                    entry = proven_archive.add_file(
                        pack, file.name, station.folders.data / file.name.removeprefix(DATA)
                    )
                except FileNotFoundError:
                    missing.append(Message("file-missing", {"file": file.name}))
                    continue
                entries.append(entry)
                if entry.sha256 != file.sha256:
                    missing.append(Message("file-changed", {"file": file.name}))
            pack.writestr(MANIFEST, _manifest(station, snapshot, entries, masters=masters))
    size = proven_archive.read_back(output, target, entries, MANIFEST)
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
def scratch_folder(station: Station) -> Iterator[Path]:
    """A folder for copies of the catalogue, for whoever holds :func:`exclusive_upkeep`; those that a kill left go."""
    for leftover in station.folders.spool.glob(".backup-*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=station.folders.spool) as folder:
        yield Path(folder)


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
    with scratch_folder(station) as folder:
        copy = folder / CATALOGUE
        try:
            copying.copy_catalogue(station.catalogue.path, copy)
        except sqlite3.DatabaseError as error:
            raise StorageFailed("backup-no-snapshot", path=station.catalogue.path, detail=error) from error
        yield copy


def _files_of_catalogue(snapshot: Path) -> list[ArchiveMember]:
    with closing(sqlite3.connect(snapshot)) as still:
        return [ArchiveMember(DATA + file, size, sha256) for file, sha256, size in sorted(still.execute(_FILES))]


def _manifest(station: Station, snapshot: Path, entries: list[ArchiveMember], *, masters: bool) -> str:
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
