"""Rebuilding a catalogue from the ledgers' folders, where it was lost and there is no backup.

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
from station.upkeep.ledger_folder import LedgerFolder, find_ledger_folders
from station.upkeep.rebuilt_ledger import LedgerRebuild


@dataclass(frozen=True)
class RebuildResult:
    """How many ledgers were found, the technician's first PIN, and the messages for a person."""

    ledgers: int
    pin: str
    messages: list[Message]


def check(settings: Settings) -> None:
    """``Refused`` where there is a catalogue, or nothing that one could be made from."""
    folders = Folders(settings.station.data)
    if folders.has_catalogue():
        raise Refused("rebuild-not-lost", path=folders.catalogue)
    if not folders.has_files():
        raise Refused("rebuild-nothing", path=folders.ledgers)


def rebuild(settings: Settings, key: Key | None, *, technician: str, who: str) -> RebuildResult:
    """Make the catalogue; images that no manifest names are left for :mod:`station.scanning.orphan_recovery`.

    ``technician`` may log in afterwards: were nobody known, the first visitor of the page would be the technician.
    """
    folders = Folders(settings.station.data)
    with durable.storage_failures(folders.data):
        for folder in (folders.sessions, folders.locks):
            durable.make_folders(folder)
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix=".rebuild-", dir=folders.spool) as place:
        catalogue = Catalogue(Path(place, folders.catalogue.name), key=key)
        log_head.begin(catalogue.path, Head(0, event_log.BEGINNING), key)
        try:
            station = Station(settings, folders, catalogue)
            context.enter_places(catalogue, settings)
            pin = users.add(station, technician, Role.TECHNICIAN, who=who)
            ledger_folders = list(find_ledger_folders(folders))
            heads = sorted({str(one.content["event_head"]) for ledger in ledger_folders for one in ledger.manifests})
            with catalogue.writing() as session:
                event_log.record(session, who, log_check.REBUILT, ledgers=len(ledger_folders), heads=heads)
            for ledger in ledger_folders:
                with catalogue.writing() as session:
                    LedgerRebuild(station, session, ledger, who).write()
                ledger.messages += _kept_documents(station, ledger)
        finally:
            catalogue.close()
        restore.set_aside(folders.data)
        try:
            with durable.new_file(folders.catalogue) as temporary:
                copying.copy_catalogue(catalogue.path, temporary)
        except sqlite3.Error as error:
            raise StorageFailed("catalogue-failed", path=folders.catalogue, detail=error) from error
    return RebuildResult(
        len(ledger_folders), pin, [message for ledger in ledger_folders for message in ledger.messages]
    )


def _kept_documents(station: Station, ledger: LedgerFolder) -> Iterator[Message]:
    """The PDFs of entries that stand in no manifest: their names hold number and date, and the station would take
    them for leftovers of its own. A second name outside of the ledger's folder keeps them for a person.
    """
    with station.catalogue.reading() as session:
        recorded_files = set(session.connection().exec_driver_sql("SELECT file FROM document").scalars())
    for file in sorted(ledger.path.glob("entries/*.pdf")):
        if station.folders.relative(file) in recorded_files:
            continue
        copy = station.folders.data / "before-rebuild" / ledger.place / ledger.key.name / file.name
        durable.make_folders(copy.parent)
        if not copy.exists():
            try:
                os.link(file, copy)
            except OSError:  # a file system without links
                shutil.copy(file, copy)
        yield Message("rebuild-document-kept", {"file": station.folders.relative(copy)})
