"""Doctor's lines about the disk and the catalogue."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from station.catalogue import event_log
from station.context import Station
from station.errors import StorageFailed
from station.health import alerts
from station.health.doctor.report import CodedLine, failure, ok, warning
from station.storage import disk_space, medium

#: Several of them per page: above this the disk, not the scanner, sets the pace (s).
SLOW_SYNC = 0.2
#: A single one may be slow because the disk was asleep; the median of so many is not.
_PROBES = 5


def disk(station: Station) -> Iterator[CodedLine]:
    """Its room, and how long it takes until a file is on the medium."""
    data = station.folders.data
    if (little := alerts.disk_space_alert(station)) is not None:
        yield warning("disk", little.code, **little.facts)
    else:
        yield ok("disk", "doctor-disk", path=data, free=disk_space.free_bytes(data) // 1024**2)
    try:
        took = sorted(medium.sync_time(station.folders.spool) for _ in range(_PROBES))
    except StorageFailed as error:
        yield failure("sync", error.code, **error.facts)
        return
    facts = {"milliseconds": round(took[_PROBES // 2] * 1000), "worst": round(took[-1] * 1000)}
    if took[_PROBES // 2] > SLOW_SYNC:
        yield warning("sync", "doctor-sync-slow", **facts)
    else:
        yield ok("sync", "doctor-sync", **facts)


def writable_by_others(subject: str, *paths: Path) -> Iterator[CodedLine]:
    """Which of these files and folders others than their owner can write; silent where none is."""
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError:  # not there, or none of this user's: other lines tell of that
            continue
        # In a folder like /tmp nobody can replace what belongs to another.
        if mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
            yield warning(subject, "doctor-writable-by-others", path=path, mode=f"{stat.S_IMODE(mode):04o}")
            return


def data_writable_by_others(station: Station) -> Iterator[CodedLine]:
    """Whether others can change what was accepted."""
    folders = station.folders
    paths = (folders.data, folders.ledgers, folders.catalogue, folders.sessions, folders.data / "web-secret")
    yield from writable_by_others("data rights", *paths)


def catalogue(station: Station) -> Iterator[CodedLine]:
    """Whether it can be written, its pages, the references between its rows, and the chain of its log."""
    path = station.catalogue.path
    try:
        station.catalogue.probe()
        with station.catalogue.reading() as session:
            connection = session.connection()
            whole = connection.exec_driver_sql("PRAGMA quick_check").scalars().all() == ["ok"]
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first() if whole else None
            broken = next(event_log.broken_links(session), None) if whole else None
    except StorageFailed as error:
        yield failure("catalogue", error.code, **error.facts)
        return
    if not whole:
        yield failure("catalogue", "doctor-catalogue-damaged", path=path)
    elif lost is not None:
        yield failure("catalogue", "doctor-catalogue-reference", path=path, table=lost[0], row=lost[1])
    elif broken is not None:
        yield failure("catalogue", "doctor-catalogue-log", path=path, id=broken)
    else:
        yield ok("catalogue", "doctor-catalogue", path=path)


def key(station: Station) -> Iterator[CodedLine]:
    """The key that seals log and backups: there, and nobody's but the station's."""
    path = station.settings.station.key_file
    if station.catalogue.key is None:
        yield warning("key", "doctor-key-none", path=path)
        return
    try:
        open_to_all = path.stat().st_mode & 0o007 != 0
    except OSError:  # in a folder of root's: then nobody else looks into it
        open_to_all = False
    yield failure("key", "doctor-key-open", path=path) if open_to_all else ok("key", "doctor-key", path=path)


def ownership(station: Station) -> Iterator[CodedLine]:
    """Whether all of the data folder is this user's: what root left there, the station cannot read or replace."""
    data, user = station.folders.data, os.geteuid()
    foreign = [(path, owner) for path, owner in _owners(data) if owner != user]
    if foreign:
        path, owner = foreign[0]
        facts = {"count": len(foreign), "path": path, "owner": _name(owner)}
        yield failure("ownership", "doctor-ownership-wrong", data=data, user=_name(user), **facts)
    else:
        yield ok("ownership", "doctor-ownership", path=data, user=_name(user))


def _owners(folder: Path) -> Iterator[tuple[Path, int]]:
    """Everything below a folder with its owner's id; what goes away meanwhile is left out."""
    for entry in os.scandir(folder) if os.access(folder, os.R_OK | os.X_OK) else ():
        if entry.name == "lost+found":  # the file system's own, where the data folder is a disk
            continue
        with suppress(FileNotFoundError):
            yield Path(entry.path), entry.stat(follow_symlinks=False).st_uid
            if entry.is_dir(follow_symlinks=False):
                yield from _owners(Path(entry.path))


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
