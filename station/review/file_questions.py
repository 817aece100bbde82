"""What is asked about dropped files: whether one with the same bytes is another sheet, whether one that grew has later
pages.

A file that is to be taken after all goes back into its folder, from where it is taken as any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from drivers.folder.stable_files import REJECTED
from station.catalogue import event_log
from station.catalogue.models import IntakeFile, Ledger
from station.context import Station
from station.domain.states import IntakeState
from station.errors import Refused
from station.ledger import ledgers
from station.messages import Message
from station.scanning import folder_intake, originals
from station.settings.tables import FolderScannerTable
from station.storage import durable

#: What may be said of a file: take all of it; take what was not taken yet; it is what it seems.
ANOTHER, LATER, KEEP = "another", "later", "keep"


@dataclass(frozen=True)
class FileAsk:
    """A dropped file that waits for a person. ``label`` is the page that it seems to repeat, or begins with."""

    id: int
    ledger_id: int
    name: str
    label: str
    message: Message
    grown: bool


def of_ledger(session: Session, station: Station, ledger: Ledger) -> list[FileAsk]:
    """The files about which is asked in a ledger; what a person took away from where it lay is settled."""
    rows = session.scalars(select(IntakeFile).where(IntakeFile.ledger_id == ledger.id).order_by(IntakeFile.id))
    return [
        FileAsk(
            row.id,
            ledger.id,
            row.name,
            row.facts["label"],
            Message(row.code or "", row.facts),
            row.code == "intake-grown",
        )
        for row in rows
        if _lies(station, row) is not None
    ]


def answer(station: Station, ask_id: int, choice: str, *, who: str) -> None:
    """Store what a person says of a file, and put it back into its folder if it is to be taken."""
    with station.catalogue.writing() as session:
        row = session.get(IntakeFile, ask_id)
        if row is None or row.ledger_id is None or (file := _lies(station, row)) is None:
            raise Refused("ask-unknown", id=f"f{ask_id}")
        if choice not in (ANOTHER, LATER, KEEP) or (choice == LATER and row.code != "intake-grown"):
            raise Refused("answer-unfit", id=f"f{ask_id}")
        ledger = session.get_one(Ledger, row.ledger_id)
        if choice == KEEP:
            row.ledger_id = None
        else:
            root = folder_intake.folder(station, row.scanner).path
            with durable.storage_failures(file):
                new_path = originals.move_back(file, root)
            if new_path is None:
                raise Refused("ask-unknown", id=f"f{ask_id}")
            row.state = IntakeState.LATER if choice == LATER else IntakeState.ANOTHER
            row.kept, row.ledger_id = originals.text_of(new_path.name), None
            row.facts = {**row.facts, "copy": _copies(session, row) if choice == ANOTHER and row.sha256 else 1}
        facts = {"file": row.id, "answer": choice, "sha256": row.sha256}
        event_log.record(session, who, "file-answered", ledgers.reference(ledger), **facts)
        ledgers.settle(session, ledger)


def forget_gone(station: Station, scanner: FolderScannerTable) -> None:
    """Ask no more about files that a person took away; a folder that is not there itself says nothing of them."""
    if not scanner.path.is_dir():
        return
    query = select(IntakeFile).where(IntakeFile.ledger_id.is_not(None), IntakeFile.scanner == scanner.id)
    with station.catalogue.reading() as session:
        gone_ids = [row.id for row in session.scalars(query) if _lies(station, row) is None]
    if gone_ids:
        with station.catalogue.writing() as session:
            for row_id in gone_ids:
                session.get_one(IntakeFile, row_id).ledger_id = None


def _copies(session: Session, row: IntakeFile) -> int:
    """Which copy of its bytes it will be; those that were taken before, or are to be, count."""
    if row.code != "intake-repeated":
        return 1
    states = (IntakeState.TAKEN, IntakeState.FREED, IntakeState.ANOTHER, IntakeState.LEFT)
    query = select(func.count()).where(IntakeFile.sha256 == row.sha256, IntakeFile.state.in_(states))
    return 1 + max(1, (session.scalar(query) or 0) - (row.state in states))


def _lies(station: Station, row: IntakeFile) -> Path | None:
    """Where the file lies; None when it is not there any more, or its folder is in the settings no more."""
    try:
        root = folder_intake.folder(station, row.scanner).path
    except Refused:
        return None
    below = Path(row.kept or "").parent if row.state == IntakeState.GROWN else Path(REJECTED)
    name = originals.names_in(root / below).get(Path(row.kept or "").name)
    return None if name is None else root / below / name
