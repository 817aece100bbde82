"""What becomes of the files of a watched folder: taken into the ledger that an operator chose, or rejected with a note.

An original moves to ``taken/<day>/`` below its folder once all its pages are accepted captures, never before. Where the
station dies in between, the catalogue knows the file by its SHA-256: it then only moves. What cannot be taken moves to
``rejected/`` with a note beside it. Nothing is ever overwritten or deleted there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from drivers.folder.stable_files import Arrival, Pace, Signature
from drivers.folder.watched_folder import CopiedFile, display_name
from station.catalogue import event_log
from station.catalogue.models import Capture, IntakeChoice, IntakeFile, Ledger
from station.context import Station
from station.errors import Refused, StorageFailed
from station.ledger import ledgers
from station.messages import LANGUAGES, Message
from station.settings.tables import FolderScanner
from station.storage import durable
from station.storage.beneath import Folder, NotPlain

TAKEN, REJECTED = "taken", "rejected"
#: A choice ends by itself, as a login does: tomorrow's photos belong to another ledger.
CHOICE_LASTS = timedelta(hours=12)
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
    """A file that waits in ``rejected/`` for a person."""

    name: str
    at: datetime
    why: Message


class SessionOriginals:
    """What becomes of the originals of a session's pages: its :class:`drivers.folder.watched_folder.Originals`."""

    def __init__(self, station: Station, scanner: FolderScanner) -> None:
        self._station = station
        self._scanner = scanner
        self._given: dict[str, CopiedFile] = {}

    def given(self, found: CopiedFile) -> None:
        """Remember a file whose pages are on their way."""
        self._given[found.sha256] = found

    def repeated(self, found: CopiedFile) -> bool:
        """A file whose very content was taken before: a copy of it, or what a crash left; False for a copy."""
        first = self._given.get(found.sha256)
        if first is not None and first.arrival.path != found.arrival.path:
            self.rejected(found.arrival, "repeated", where=first.name)
            return False
        with self._station.catalogue.reading() as session:
            settled = select(IntakeFile.id).where(IntakeFile.sha256 == found.sha256, IntakeFile.state == TAKEN)
            copy = session.scalars(settled.limit(1)).first() is not None
            where = _first_page(session, found) if copy else ""
        if copy:
            self.rejected(found.arrival, "repeated", where=where)
            return False
        self.given(found)
        return True

    def rejected(self, arrival: Arrival, code: str, **facts: object) -> None:
        """Put a file aside, with a note that says why and what to do."""
        plain = {key: value if isinstance(value, int) else str(value) for key, value in facts.items()}
        why = Message(f"intake-{code}", {"file": display_name(arrival.path), **plain})
        kept = _moved(arrival, self._scanner.path, PurePath(REJECTED), note=lambda: _note(why))
        if kept is not None:
            self._enter(arrival, REJECTED, kept, code=why.code, facts=dict(why.facts))

    def finished(self) -> None:
        """Let the files whose pages were all accepted leave the folder."""
        for found in list(self._given.values()):
            if self._accepted(found):
                day = datetime.now().astimezone().date().isoformat()
                kept = _moved(found.arrival, self._scanner.path, PurePath(TAKEN, day))
                self._enter(found.arrival, TAKEN, kept, sha256=found.sha256)
                del self._given[found.sha256]

    def _accepted(self, found: CopiedFile) -> bool:
        with self._station.catalogue.reading() as session:
            query = select(Capture.token).where(Capture.token.in_(found.tokens))
            return set(session.scalars(query)) == set(found.tokens)

    def _enter(
        self,
        arrival: Arrival,
        state: str,
        kept: Path | None,
        *,
        sha256: str | None = None,
        code: str | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        with self._station.catalogue.writing() as session:
            row = IntakeFile(
                scanner=self._scanner.id,
                name=display_name(arrival.path),
                sha256=sha256,
                state=state,
                code=code,
                facts=facts or {},
                kept=None if kept is None else display_name(kept),
                at=datetime.now(UTC),
            )
            session.add(row)


def pace(scanner: FolderScanner) -> Pace:
    """How long files of this folder must stand still."""
    usual = Pace()
    return Pace(scanner.still, max(usual.doubt, scanner.still), max(usual.patience, 4 * scanner.still))


def choose(station: Station, scanner_id: str, ledger_text: str, *, who: str) -> None:
    """From now on the files of this folder go to this ledger; an earlier choice ends."""
    scanner = of_settings(station, scanner_id)
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        if not ledgers.is_open(ledger):
            raise Refused("ledger-not-open", ledger=ledgers.name_of(ledger), state=ledger.state)
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


def chosen(station: Station, scanner_id: str) -> FolderChoice | None:
    """Where the files of this folder go now; None while nobody chose, or the choice ended or its ledger is closed."""
    with station.catalogue.reading() as session:
        choice = session.scalars(select(IntakeChoice).where(IntakeChoice.scanner == scanner_id)).one_or_none()
        if choice is None or not timedelta() <= datetime.now(UTC) - choice.chosen_at < CHOICE_LASTS:
            return None
        ledger = session.get_one(Ledger, choice.ledger_id)
        if not ledgers.is_open(ledger):
            return None
        return FolderChoice(ledgers.reference(ledger), choice.operator, choice.chosen_at)


def rejections(station: Station, scanner: FolderScanner) -> list[Rejection]:
    """What lies rejected beside the folder, the newest first; what a person took away from there is settled."""
    with station.catalogue.reading() as session:
        query = select(IntakeFile).where(IntakeFile.scanner == scanner.id, IntakeFile.state == REJECTED)
        rows = session.scalars(query.order_by(IntakeFile.id.desc()).limit(MOST_SHOWN)).all()
    return [
        Rejection(row.name, row.at, Message(row.code, row.facts))
        for row in rows
        if row.code and row.kept and (scanner.path / REJECTED / row.kept).exists()
    ]


def of_settings(station: Station, scanner_id: str) -> FolderScanner:
    """The watched folder with this id in the settings."""
    for scanner in station.settings.scanners:
        if isinstance(scanner, FolderScanner) and scanner.id == scanner_id:
            return scanner
    raise Refused("folder-unknown", scanner=scanner_id)


def _first_page(session: Session, found: CopiedFile) -> str:
    """The name of the page that a file's first page became."""
    query = select(Capture).where(Capture.token == found.tokens[0]).limit(1)
    capture = session.scalars(query).one()
    return f"{ledgers.name_of(session.get_one(Ledger, capture.ledger_id))}.{capture.label}"


def _moved(arrival: Arrival, root: Path, folder: PurePath, *, note: Callable[[], str] | None = None) -> Path | None:
    """Move a file into a folder below ``root`` under its own name or, where that is taken, with a number behind it.

    None when the file is gone, or another one took its name meanwhile: that one stays, or goes back. Whoever drops
    files there could lay a link under the folder's name, too: ``StorageFailed`` ("intake-not-plain") then.
    """
    if not arrival.untouched():
        return None
    with durable.storage_failures(root / folder):
        try:
            with Folder.at(root) as top, _made(top, folder) as into:
                return _named(arrival, top, into, note)
        except NotPlain as error:
            raise StorageFailed("intake-not-plain", path=error.path, file=display_name(arrival.path)) from error


def _named(arrival: Arrival, top: Folder, into: Folder, note: Callable[[], str] | None) -> Path | None:
    number = 1
    while True:
        suffix = "" if number == 1 else f"-{number}"
        name = f"{arrival.path.stem}{suffix}{arrival.path.suffix}"
        beside = f"{name}.txt"
        number += 1
        if note is not None and into.find(beside) is not None:
            continue
        try:
            top.name_exclusively(arrival.path.name, name, into)
        except FileNotFoundError:
            return None
        except FileExistsError:
            continue
        break
    if not _same(into.find(name), arrival.signature):
        with suppress(FileExistsError):
            into.name_exclusively(name, arrival.path.name, top)
        return None
    if note is not None:
        with into.new_file(beside) as file:
            file.write(note().encode())
            os.fchmod(file.fileno(), top.mode() & 0o666)
    into.sync()
    top.sync()
    return into.path / name


def _same(there: os.stat_result | None, wanted: Signature) -> bool:
    """Whether it is the file that was looked at; not every network share keeps the inode when a name changes."""
    found = there and Signature.read(there)
    return found is not None and found[1:] == wanted[1:]


def _made(top: Folder, folder: PurePath) -> Folder:
    """The folder below, made where it is missing; who may drop files may see what became of them."""
    try:
        return top.folder(folder)
    except FileNotFoundError:
        with _made(top, folder.parent):
            made = top.folder(folder, make=True)
        made.share(top.mode())
        return made


def _note(why: Message) -> str:
    return "\n\n".join(why.sentence(language) for language in LANGUAGES) + "\n"
