"""The watched folders as people see them: the ledger that their files go to, and what could not be taken.

Beside those of the settings each ledger has one of its own, into which people send files through the page
(:mod:`station.scanning.uploaded_files`). What becomes of each file is the :mod:`station.scanning.session_originals`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select

from drivers.folder.stable_files import REJECTED, Pace
from drivers.folder.watched_folder import display_name
from station.catalogue import event_log
from station.catalogue.models import IntakeChoice, IntakeFile, Ledger
from station.context import Station
from station.domain.states import IntakeState
from station.errors import Refused
from station.ledger import ledgers
from station.messages import Message
from station.scanning import originals
from station.settings.tables import FolderScannerTable

#: A choice ends by itself, as a login does: tomorrow's photos belong to another ledger.
CHOICE_LASTS = timedelta(hours=12)
#: A ledger's own folder never changes its ledger: it is known by name and id, for both may be given again.
_UPLOADED = re.compile(r"uploaded-\d+-[A-Z]+\.\d{4}\.\w+-\d+")
#: How long a file that was sent through the page must stand still (s): it comes whole.
_UPLOADED_STILL = 0.1
#: So many rejected files are shown; the folder has them all.
MOST_SHOWN = 50


@dataclass(frozen=True)
class FolderChoice:
    """Where a folder's files go now: ledger as ``place:name``, and who chose it."""

    ledger: str
    operator: str
    since: datetime


@dataclass(frozen=True)
class Rejection:
    """A file that waits in ``rejected/`` for a person or, where it cannot be moved, in the folder itself (``left``).

    ``kept`` is its name there; ``asks`` the id of the ledger in which a person is asked about it, None where nothing is
    asked.
    """

    name: str
    kept: str
    at: datetime
    why: Message
    left: bool = False
    asks: int | None = None


def pace(scanner: FolderScannerTable) -> Pace:
    """How long files of this folder must stand still."""
    if is_uploaded(scanner.id):
        # They come whole, so that one that is damaged stays so; in the order in which they were chosen.
        return Pace(scanner.still, scanner.still, scanner.still, by_arrival=True)
    usual = Pace()
    return Pace(scanner.still, max(usual.doubt, scanner.still), max(usual.patience, 4 * scanner.still))


def choose(station: Station, scanner_id: str, ledger_text: str, *, who: str) -> None:
    """From now on the files of this folder go to this ledger; an earlier choice ends."""
    scanner = folder(station, scanner_id)
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        ledgers.check_takes_pages(ledger)
        if is_uploaded(scanner.id) and scanner.id != uploaded_id(ledger):
            raise Refused("folder-unknown", scanner=scanner.id)
        session.execute(delete(IntakeChoice).where(IntakeChoice.scanner == scanner.id))
        session.add(IntakeChoice(scanner=scanner.id, ledger_id=ledger.id, operator=who, chosen_at=datetime.now(UTC)))
        event_log.record(session, who, "folder-chosen", ledgers.reference(ledger), scanner=scanner.id)


def leave(station: Station, scanner_id: str, *, who: str) -> None:
    """The files of this folder go nowhere any more; they stay and wait."""
    with station.catalogue.writing() as session:
        choice = session.scalars(select(IntakeChoice).where(IntakeChoice.scanner == scanner_id)).one_or_none()
        if choice is not None:
            ledger = session.get_one(Ledger, choice.ledger_id)
            event_log.record(session, who, "folder-left", ledgers.reference(ledger), scanner=scanner_id)
            session.delete(choice)


def current_choice(station: Station, scanner_id: str) -> FolderChoice | None:
    """Where the files of this folder go now; None while nobody chose, or the choice ended or its ledger is closed."""
    with station.catalogue.reading() as session:
        choice = session.scalars(select(IntakeChoice).where(IntakeChoice.scanner == scanner_id)).one_or_none()
        if choice is None:
            return None
        if not is_uploaded(scanner_id) and not timedelta() <= datetime.now(UTC) - choice.chosen_at < CHOICE_LASTS:
            return None
        ledger = session.get_one(Ledger, choice.ledger_id)
        if not ledgers.takes_pages(ledger):
            return None
        return FolderChoice(ledgers.reference(ledger), choice.operator, choice.chosen_at)


def rejections(station: Station, scanner: FolderScannerTable) -> list[Rejection]:
    """What could not be taken and still lies there, the newest first; what a person took away is settled."""
    aside, inside = originals.names_in(scanner.path / REJECTED), originals.names_in(scanner.path)
    with station.catalogue.reading() as session:
        query = select(IntakeFile).where(IntakeFile.scanner == scanner.id)
        query = query.where(IntakeFile.state.in_((IntakeState.REJECTED, IntakeState.LEFT)))
        rows = session.scalars(query.order_by(IntakeFile.id.desc()).limit(MOST_SHOWN)).all()
        known_names = set(session.scalars(query.where(IntakeFile.kept.in_(aside)).with_only_columns(IntakeFile.kept)))
    newest_rows = {(row.state, row.kept): row for row in reversed(rows)}
    listed_rejections = [
        Rejection(
            row.name, name or "", row.at, Message(row.code or "", row.facts), state == IntakeState.LEFT, row.ledger_id
        )
        for (state, name), row in reversed(newest_rows.items())
        if name in (aside if state == IntakeState.REJECTED else inside)
    ]
    return [*_noted_rejections(scanner, aside, known_names), *listed_rejections]


def _noted_rejections(
    scanner: FolderScannerTable, aside: dict[str, str], known_names: set[str | None]
) -> Iterator[Rejection]:
    """Files in ``rejected/`` that the catalogue does not know: it was put back, or the station killed just then."""
    for text, name in aside.items():
        if text not in known_names and text + originals.NOTE in aside:
            with suppress(OSError):
                moment = datetime.fromtimestamp((scanner.path / REJECTED / name).lstat().st_ctime, UTC)
                shown = display_name(Path(name))
                yield Rejection(shown, text, moment, Message("intake-noted", {"file": shown}))


def folder(station: Station, scanner_id: str) -> FolderScannerTable:
    """The watched folder with this id; ``Refused`` ("folder-unknown") where the station has none."""
    if (one := find(station, scanner_id)) is None:
        raise Refused("folder-unknown", scanner=scanner_id)
    return one


def find(station: Station, scanner_id: str) -> FolderScannerTable | None:
    """The same, or None."""
    if is_uploaded(scanner_id):
        return _of_upload(station, scanner_id)
    return next((one for one in of_settings(station) if one.id == scanner_id), None)


def of_settings(station: Station) -> list[FolderScannerTable]:
    """The watched folders of the settings."""
    return [one for one in station.settings.scanners if isinstance(one, FolderScannerTable)]


def of_uploads(station: Station) -> list[FolderScannerTable]:
    """The ledgers' own folders into which anything was sent."""
    names = originals.names_in(station.folders.uploaded)
    return [_of_upload(station, name) for name in sorted(names) if is_uploaded(name)]


def of_ledger(station: Station, ledger_text: str) -> FolderScannerTable:
    """A ledger's own folder, whether or not anything was sent into it."""
    with station.catalogue.reading() as session:
        scanner_id = uploaded_id(ledgers.find(session, ledger_text))
    return folder(station, scanner_id)


def is_uploaded(scanner_id: str) -> bool:
    """Whether the folder of this id is a ledger's own, and none of the settings."""
    return _UPLOADED.fullmatch(scanner_id) is not None


def uploaded_id(ledger: Ledger) -> str:
    """The id of a ledger's own folder."""
    return f"uploaded-{ledger.place.code}-{ledgers.name_of(ledger)}-{ledger.id}"


def _of_upload(station: Station, scanner_id: str) -> FolderScannerTable:
    """A ledger's own folder as one of the settings would be."""
    path = station.folders.uploaded_folder(scanner_id)
    return FolderScannerTable.model_construct(id=scanner_id, driver="folder", path=path, still=_UPLOADED_STILL)
