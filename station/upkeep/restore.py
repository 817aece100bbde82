"""Restoring a backup, onto a new PC or instead of a damaged or lost catalogue.

Everything in the backup is read and proven before anything is touched. The catalogue comes last: until it is there,
the data folder holds no station, and a restore that was cut off is simply begun again.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from typing import IO, Any

from station.catalogue import database
from station.errors import Refused, StorageFailed
from station.storage import deterministic_zip, disk_space, durable, proven_archive
from station.storage.data_folder import Folders
from station.storage.proven_archive import ArchiveMember
from station.upkeep import backup
from station.upkeep.backup import CATALOGUE, DATA, MANIFEST, SETTINGS

#: What SQLite keeps beside a catalogue; beside another one it would be taken for that one's.
_COMPANIONS = ("-wal", "-shm", "-journal")
_PIECE = 1024 * 1024


@dataclass(frozen=True)
class BackupArchive:
    """A backup that was read to its last byte and is whole; ``told`` is its manifest."""

    file: IO[bytes]
    manifest: dict[str, Any]
    station: str
    software: str
    made_at: str
    masters: bool
    entries: tuple[ArchiveMember, ...]

    def settings(self) -> str:
        """The settings file that was in force."""
        with zipfile.ZipFile(self.file) as pack:
            return pack.read(SETTINGS).decode("utf-8-sig")


def read(file: IO[bytes]) -> BackupArchive:
    """Read and prove a backup; ``Refused`` where it is none, damaged, cut off, or of a newer station."""
    content = manifest(file)
    if not isinstance(content.get("format"), int) or not isinstance(content.get("files"), list):
        raise Refused("backup-none", path=file.name)
    if content["format"] > backup.FORMAT or str(content.get("catalogue")) > database.HEAD:
        raise Refused("backup-newer", path=file.name, software=content.get("software"))
    try:
        entries = tuple(map(ArchiveMember.told, content["files"]))
        archive = BackupArchive(
            file,
            content,
            content["station"],
            content["software"],
            content["made_at"],
            bool(content["masters"]),
            entries,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("backup-none", path=file.name) from error
    if not {CATALOGUE, SETTINGS} <= {entry.name for entry in entries} or not all(map(_inside, entries)):
        raise Refused("backup-none", path=file.name)
    if (wrong := proven_archive.differing(file, entries, MANIFEST)) is not None:
        raise Refused("backup-damaged", path=file.name, name=wrong)
    return archive


def check(archive: BackupArchive, data: Path, station_id: str) -> None:
    """Refuse where the backup cannot or should not go into this data folder; changes nothing."""
    if station_id != archive.station:
        raise Refused("backup-of-another", path=archive.file.name, other=archive.station, station=station_id)
    folders = Folders(data)
    if folders.has_catalogue():
        raise Refused("restore-not-empty", data=data, name=folders.catalogue.name)
    missing = 0
    for entry in _files(archive):
        path = data / entry.name.removeprefix(DATA)
        if path == folders.catalogue or not path.exists():
            missing += entry.bytes
        elif durable.sha256_of(path) != entry.sha256:
            raise Refused("restore-other-bytes", file=path)
    free = disk_space.free_bytes(next(folder for folder in (data, *data.parents) if folder.exists()))
    proven_archive.check_room(data, free, missing)


def restore(archive: BackupArchive, data: Path) -> int:
    """Bring a checked backup into ``data``; gives how many files were written. The catalogue is the last."""
    with durable.storage_failures(data):
        durable.make_folders(data)
        set_aside(data)
        files = 0
        with zipfile.ZipFile(archive.file) as pack:
            for entry in sorted(_files(archive), key=lambda one: one.name == CATALOGUE):
                path = data / entry.name.removeprefix(DATA)
                if path.exists():
                    continue
                durable.make_folders(path.parent)
                with durable.new_file(path) as temporary:
                    deterministic_zip.extract(pack, entry.name, temporary, entry.sha256)
                files += 1
    return files


def set_aside(data: Path) -> None:
    """Give what a lost catalogue left beside its name another one: a new catalogue must not be read together with it.

    An empty file in the catalogue's place is removed.
    """
    catalogue = Folders(data).catalogue
    for path in (catalogue.with_name(f"{catalogue.name}{kind}") for kind in _COMPANIONS):
        if path.exists():
            names = (path.with_name(f"{path.name}.left-{number}") for number in count(1))
            durable.name_exclusively(path, next(name for name in names if not name.exists()))
    catalogue.unlink(missing_ok=True)


def manifest(file: IO[bytes]) -> dict[str, Any]:
    """What a backup says of itself, not yet proven; ``Refused`` where it is none or that part is damaged."""
    try:
        content = proven_archive.read_manifest(file, MANIFEST)
    except StorageFailed as error:
        raise Refused("backup-damaged", path=file.name, name=MANIFEST) from error
    if content is None:
        raise Refused("backup-none", path=file.name)
    return content


def _files(archive: BackupArchive) -> Iterator[ArchiveMember]:
    return (entry for entry in archive.entries if entry.name != SETTINGS)


def _inside(entry: ArchiveMember) -> bool:
    """Whether a name leads to nowhere but the data folder."""
    if entry.name in (CATALOGUE, SETTINGS):
        return True
    parts = PurePosixPath(entry.name.removeprefix(DATA)).parts
    return entry.name.startswith(f"{DATA}ledgers/") and ".." not in parts
