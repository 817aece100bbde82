"""Opening the station: settings, data folder and catalogue, ready for the daemon or one command."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from station import messages
from station.catalogue import log_sealing, station_key
from station.catalogue import read_only as catalogue_read_only
from station.catalogue.database import Catalogue
from station.catalogue.models import Ledger, Place
from station.catalogue.station_key import Key
from station.domain.checks import Looks
from station.domain.naming.export_templates import NameProfile
from station.domain.states import LEDGER_PACKED, LedgerState
from station.errors import StorageFailed
from station.settings import Settings
from station.storage import durable
from station.storage.data_folder import Folders


@dataclass(frozen=True)
class Station:
    """An opened station: settings, data folder and catalogue; every act takes it first."""

    settings: Settings
    folders: Folders
    catalogue: Catalogue

    @property
    def names(self) -> NameProfile:
        """The name profile that the settings chose."""
        return self.settings.name_profile


@contextmanager
def open_station(settings: Settings, *, key: Key | None = None, anew: bool = False) -> Iterator[Station]:
    """The station of these settings; the data folder, its catalogue and its key are made where there are none yet.

    ``key`` takes the place of the one in its file; with ``anew`` the log is taken over, see :func:`sealing.settle`.

    ``StorageFailed`` ("catalogue-lost") where there is no catalogue and scans are: it was lost, and an empty one in its
    place would deny that they exist.
    """
    data, key_file = settings.station.data, settings.station.key_file
    folders = Folders(data)

    def key_to_use() -> Key | None:
        if key is not None:
            return key
        # No new key where an old one may have sealed the log.
        return station_key.read(key_file) if folders.has_catalogue() else station_key.read_or_make(key_file, data)

    own_key = _key_of_owner(data, key_to_use)
    try:
        for folder in (folders.sessions, folders.locks, folders.ledgers):
            durable.make_folders(folder)
    except OSError as error:
        raise StorageFailed("data-folder-unusable", path=data, detail=error.strerror) from error
    _check_not_lost(folders)
    _check_usable(folders.catalogue)
    os.umask(0o077)  # SQLite makes its files by the umask, and registers are personal data
    catalogue = Catalogue(folders.catalogue, key=own_key)
    try:
        log_sealing.settle(catalogue, key_file, anew=anew)
        enter_places(catalogue, settings)
        enter_looks(catalogue, settings)
        yield Station(settings, folders, catalogue)
    finally:
        catalogue.close()


@contextmanager
def open_read_only(settings: Settings) -> Iterator[Station]:
    """The station of these settings for one that only looks: nothing in the data folder is made, mended or changed.

    ``StorageFailed`` ("catalogue-none") where no catalogue was ever made, ("catalogue-older") where the station was
    not started since its upgrade.
    """
    data = settings.station.data
    key = _key_of_owner(data, lambda: station_key.read(settings.station.key_file))
    folders = Folders(data)
    _check_not_lost(folders)
    if not folders.has_catalogue():
        raise StorageFailed("catalogue-none", path=folders.catalogue)
    with catalogue_read_only.address(folders.catalogue) as address:
        catalogue = Catalogue(folders.catalogue, key=key, read_only=address)
        try:
            yield Station(settings, folders, catalogue)
        finally:
            catalogue.close()


def _key_of_owner(data: Path, key: Callable[[], Key | None]) -> Key | None:
    """Become the data folder's owner, and give the key: root reads it before that, for it may be for root alone.

    To anyone else, whose folder it is comes before whose key it is.
    """
    if os.geteuid() != 0:
        become_owner(data)
        return key()
    known = key()
    become_owner(data)
    return known


def _check_usable(path: Path) -> None:
    """Refuse, with what a person can do about it, a catalogue that SQLite would only call read-only.

    That the disk as a whole is read-only was met when the folders were made, unless they were all there already.
    """
    if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
        raise StorageFailed("data-disk-read-only", path=path.parent)
    for file in (path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))):
        if os.access(file, os.R_OK | os.W_OK):
            continue
        # Not there, or meanwhile gone: SQLite removes its companions when the last process lets go of the catalogue.
        with suppress(FileNotFoundError):
            owner, own = (_user_name(uid) for uid in (file.stat().st_uid, os.geteuid()))
            raise StorageFailed("catalogue-of-another", path=file, owner=owner, user=own)


def become_owner(data: Path) -> None:
    """Run as root, become the user the data folder belongs to; run as anyone else, refuse a folder of another user.

    Files that root leaves in the service's folder would lock the service out of its own data.
    """
    if not data.exists():
        return
    owner = data.stat().st_uid
    if owner == os.geteuid():
        return
    name = _user_name(owner)
    if os.geteuid() != 0:
        raise StorageFailed("data-folder-of-another", path=data, owner=name)
    group = data.stat().st_gid
    messages.table()  # afterwards even the sentences, and what reads them, may be for root alone
    if name.isdigit():
        os.setgroups([])
    else:
        os.initgroups(name, group)
    os.setgid(group)
    os.setuid(owner)
    # A program or library that only root can read would fail later, in the middle of something.
    needed = (Path(sys.executable), Path(__file__), Path(os.__file__))
    if not all(os.access(path, os.R_OK) for path in needed):
        raise StorageFailed("data-folder-of-another", path=data, owner=name)


def _check_not_lost(folders: Folders) -> None:
    if folders.has_catalogue() or not folders.has_files():
        return
    raise StorageFailed("catalogue-lost", path=folders.catalogue)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def enter_places(catalogue: Catalogue, settings: Settings) -> None:
    """Bring the catalogue's places in line with the settings; a place that left the settings keeps its row."""
    with catalogue.reading() as session:
        if not _changed_places(session, settings):
            return
    with catalogue.writing() as session:
        for place, columns in _changed_places(session, settings):
            for column, value in columns.items():
                setattr(place, column, value)
            session.add(place)


def _changed_places(session: Session, settings: Settings) -> list[tuple[Place, dict[str, object]]]:
    places = {place.code: place for place in session.scalars(select(Place))}
    changes: list[tuple[Place, dict[str, object]]] = []
    for item in settings.places:
        columns: dict[str, object] = {
            "code": item.code,
            "commune": item.commune,
            "district": item.district,
            "province": item.province,
            "valid_from": item.valid_from,
            "valid_to": item.valid_to,
        }
        place = places.get(item.code) or Place()
        if any(getattr(place, column) != value for column, value in columns.items()):
            changes.append((place, columns))
    return changes


def enter_looks(catalogue: Catalogue, settings: Settings) -> None:
    """Bring what ledgers need before they count as checked in line with the settings.

    A ledger that was packaged keeps what it needed then, or every package of old would be due again.
    """
    with catalogue.reading() as session:
        if not _changed_types(session, settings):
            return
    share = settings.checks.share
    with catalogue.writing() as session:
        for code in _changed_types(session, settings):
            looks = settings.checks.of_type(code)
            ledgers = update(Ledger).where(Ledger.type == code, Ledger.state.not_in(LEDGER_PACKED))
            if looks == Looks.SECOND:
                lacking = or_(Ledger.looks != looks, Ledger.second_share < share)
                session.execute(
                    ledgers.where(Ledger.state == LedgerState.CHECKED, lacking).values(state=LedgerState.INDEXED)
                )
            session.execute(ledgers.values(looks=looks, second_share=share))


def _changed_types(session: Session, settings: Settings) -> set[str]:
    """The types of which a ledger needs by the catalogue something else than by the settings."""
    query = select(Ledger.type, Ledger.looks, Ledger.second_share).where(Ledger.state.not_in(LEDGER_PACKED)).distinct()
    checks = settings.checks
    return {code for code, *needs in session.execute(query) if needs != [checks.of_type(code), checks.share]}
