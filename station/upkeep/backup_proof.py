"""Whether a backup is what this station made: its seal, its catalogue's parts, its log and its rows."""

from __future__ import annotations

import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from station.catalogue import database, schema
from station.catalogue.database import Catalogue
from station.catalogue.station_key import Key
from station.errors import Refused
from station.messages import Message
from station.upkeep import backup_seal
from station.upkeep.backup import CATALOGUE
from station.upkeep.log_check import LogCheck
from station.upkeep.restore import BackupArchive


def doubts(archive: BackupArchive, key: Key | None, key_file: Path) -> list[Message]:
    """The faults of a backup that was read whole; empty when there is none. Without a key its seal is not checked.

    ``Refused`` where its catalogue is damaged, or has parts that no catalogue of this station has: neither is ever
    brought back.
    """
    name = archive.file.name
    sealing = [] if key is None else list(_seal(archive, key))
    with tempfile.TemporaryDirectory(prefix="tramquet-") as folder:
        copy = Path(folder, CATALOGUE)
        with zipfile.ZipFile(archive.file) as pack:
            pack.extract(CATALOGUE, folder)
        try:
            check_whole(copy, name)
        except sqlite3.DatabaseError as error:
            raise Refused("backup-catalogue-damaged", path=name, detail=error) from error
        catalogue = Catalogue(copy, key=key)  # its copy is migrated, so that an older one's rows can be read
        try:
            with catalogue.reading() as session:
                differences = LogCheck(session, key_file).differences
        finally:
            catalogue.close()
    # A log that was never sealed, or whose key is not here, is a question of the key and not of the backup.
    beside = {"verify-no-key", "verify-unsealed"} | ({"verify-unproven"} if sealing else set())
    return sealing + [one for one in differences if one.code not in beside]


def _seal(archive: BackupArchive, key: Key) -> Iterator[Message]:
    if "seal" not in archive.manifest:
        yield Message("backup-unsealed", {"made_at": archive.made_at})
    elif archive.manifest.get("key") != key.id:
        yield Message("backup-of-another-key", {"made_at": archive.made_at})
    elif not backup_seal.is_proven(archive.manifest, key):
        yield Message("backup-forged", {"made_at": archive.made_at})


def check_whole(copy: Path, name: str) -> None:
    """Refuse a catalogue that is damaged, of a newer station, or has parts that no catalogue of a station has."""
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
        if faults != ["ok"]:
            raise Refused("backup-catalogue-damaged", path=name, detail="; ".join(faults))
        lost = connection.execute("PRAGMA foreign_key_check").fetchone()
        if lost is not None:
            raise Refused("backup-catalogue-damaged", path=name, detail=f"{lost[0]} {lost[1]} -> {lost[2]}")
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        if not str(revision).isdecimal() or str(revision) > database.HEAD:
            raise Refused("backup-newer", path=name, software=revision)
        if parts := schema.foreign_parts(connection):
            raise Refused("backup-foreign-parts", path=name, parts=", ".join(parts))
