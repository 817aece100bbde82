"""A catalogue made anew from what lies in the ledgers' folders, where it was lost and there is no backup.

Nothing in these folders is changed, moved or renamed. The new catalogue takes its name at last: until then the data
folder holds no station, and a rebuilding that was cut off is simply begun again.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from station import context
from station.access import users
from station.catalogue import copying, event_log, log_head
from station.catalogue.database import Catalogue
from station.catalogue.log_head import Head
from station.catalogue.station_key import Key
from station.context import Station
from station.domain.roles import Role
from station.errors import Refused, StorageFailed
from station.messages import Message
from station.settings import Settings
from station.storage import durable
from station.storage.data_folder import Folders
from station.upkeep import log_check, restore
from station.upkeep.ledger_folder import LedgerFolder, found_in
from station.upkeep.rebuilt_ledger import Rebuilding


@dataclass(frozen=True)
class Rebuilt:
    """How many ledgers were found, the technician's first PIN, and what a person must know or do."""

    ledgers: int
    pin: str
    told: list[Message]


def check(settings: Settings) -> None:
    """``Refused`` where there is a catalogue, or nothing that one could be made from."""
    folders = Folders(settings.station.data)
    if folders.has_catalogue():
        raise Refused("rebuild-not-lost", path=folders.catalogue)
    if not folders.has_files():
        raise Refused("rebuild-nothing", path=folders.ledgers)


def rebuild(settings: Settings, key: Key | None, *, technician: str, who: str) -> Rebuilt:
    """Make the catalogue; images that no manifest vouches for are left for :mod:`station.scanning.orphan_recovery`.

    ``technician`` may log in afterwards: were nobody known, the first visitor of the page would be the technician.
    """
    folders = Folders(settings.station.data)
    with durable.storage_failures(folders.data):
        for folder in (folders.sessions, folders.locks):
            durable.make_folders(folder)
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix=".rebuild-", dir=folders.spool) as place:
        made = Catalogue(Path(place, folders.catalogue.name), key=key)
        log_head.begin(made.path, Head(0, event_log.BEGINNING), key)
        try:
            station = Station(settings, folders, made)
            context.enter_places(made, settings)
            pin = users.add(station, technician, Role.TECHNICIAN, who=who)
            found = list(found_in(folders))
            heads = sorted({str(one.told["event_head"]) for ledger in found for one in ledger.manifests})
            with made.writing() as session:
                event_log.record(session, who, log_check.REBUILT, ledgers=len(found), heads=heads)
            for ledger in found:
                with made.writing() as session:
                    Rebuilding(station, session, ledger, who).write()
                ledger.told += _kept_documents(station, ledger)
        finally:
            made.close()
        restore.set_aside(folders.data)
        try:
            with durable.new_file(folders.catalogue) as temporary:
                copying.copy_catalogue(made.path, temporary)
        except sqlite3.Error as error:
            raise StorageFailed("catalogue-failed", path=folders.catalogue, detail=error) from error
    return Rebuilt(len(found), pin, [said for ledger in found for said in ledger.told])


def _kept_documents(station: Station, ledger: LedgerFolder) -> Iterator[Message]:
    """The PDFs of entries that nothing else tells of: their names hold number and date, and the station would take
    them for leftovers of its own. A second name outside of the ledger's folder keeps them for a person.
    """
    with station.catalogue.reading() as session:
        known = set(session.connection().exec_driver_sql("SELECT file FROM document").scalars())
    for file in sorted(ledger.path.glob("entries/*.pdf")):
        if station.folders.relative(file) in known:
            continue
        kept = station.folders.data / "before-rebuild" / ledger.place / ledger.key.name / file.name
        durable.make_folders(kept.parent)
        if not kept.exists():
            try:
                os.link(file, kept)
            except OSError:  # a file system without links
                shutil.copy(file, kept)
        yield Message("rebuild-document-kept", {"file": station.folders.relative(kept)})
