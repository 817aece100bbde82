"""Doctor's lines about backups: the age of the last one, and whether the next nightly one can be written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from station.catalogue.models import Capture, Event, constant
from station.context import Station
from station.errors import Refused, StorageFailed
from station.health.doctor.report import CodedLine, failure, ok, warning
from station.storage import disk_space, medium
from station.upkeep import backup as backups
from station.upkeep import nightly_backup

#: Without a nightly backup one is due after so many days of work.
BY_HAND = timedelta(days=7)
#: Two nights: one may fail for a stick that was not plugged in.
NIGHTLY = timedelta(days=2)


def backup(station: Station) -> Iterator[CodedLine]:
    """How long ago the last one was made that holds what the settings ask for, where there is anything to lose."""
    backup_settings = station.settings.backup
    try:
        last = _last(station, masters=backup_settings is not None and backup_settings.masters)
        with station.catalogue.reading() as session:
            first = session.scalar(select(func.min(Capture.accepted_at)))
    except StorageFailed:
        return  # the catalogue's own line tells of that
    since = last or first
    if since is None:
        return
    age = datetime.now(UTC) - since
    if age < (NIGHTLY if backup_settings else BY_HAND):
        yield ok("backup", "doctor-backup" if last else "doctor-backup-none-yet", days=age.days)
    elif backup_settings:
        yield warning("backup", "doctor-nightly-old" if last else "doctor-nightly-none", days=age.days)
    else:
        yield warning("backup", "doctor-backup-old" if last else "doctor-backup-none", days=age.days)


def backup_folder(station: Station) -> Iterator[CodedLine]:
    """The folder of [backup]: there, written to, and with room for the next one."""
    backup_settings = station.settings.backup
    if backup_settings is None:
        return
    try:
        nightly_backup.backup_file(station.settings, backup_settings)
        medium.sync_time(backup_settings.folder)
        needed = backups.bytes_needed(station, masters=backup_settings.masters)
    except Refused as error:
        yield warning("backup folder", error.code, **error.facts)
    except StorageFailed as error:
        yield failure("backup folder", error.code, **error.facts)
    else:
        free = disk_space.free_bytes(backup_settings.folder)
        room = {"path": backup_settings.folder, "needed": -(-needed // 1024**2), "free": free // 1024**2}
        code = "doctor-backup-folder" if free >= needed else "doctor-backup-folder-full"
        yield (ok if free >= needed else failure)("backup folder", code, **room)


def _last(station: Station, *, masters: bool) -> datetime | None:
    with station.catalogue.reading() as session:
        rows = session.execute(
            select(Event.at, Event.facts).where(Event.what == constant("backup-made")).order_by(Event.id.desc())
        )
        return next((at for at, facts in rows if facts["masters"] or not masters), None)
