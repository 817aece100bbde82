"""What lies in ``taken/``: looked at again for a while, because a writer may go on; freed by the policy, where one is.

The pages of these files are masters in the ledgers: an original that goes was kept twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from drivers.folder.stable_files import TAKEN, Signature
from drivers.folder.watched_folder import token_of
from station.catalogue import event_log
from station.catalogue.models import Capture, IntakeFile
from station.context import Station
from station.domain.states import IntakeState
from station.scanning import folder_intake, originals
from station.scanning.session_originals import GROWS
from station.settings.tables import FolderScannerTable
from station.storage import durable

#: So long the original of a file lasts that was sent through the page (days): another one lies where it came from.
UPLOADED_DAYS = 7


def look_again(station: Station, scanner: FolderScannerTable) -> int:
    """Ask about files in ``taken/`` that were changed since; gives how many are asked about now for the first time."""
    changed_rows = [
        (row, signature)
        for row in _lately_taken(station, scanner)
        if (signature := Signature.of(scanner.path / (row.kept or "")))
        and (signature.size, signature.changed_ns) != (row.facts["size"], row.facts["changed"])
        and time.time_ns() - signature.changed_ns > scanner.still * 1e9
    ]
    count = 0
    for row, signature in changed_rows:
        same = durable.sha256_of(scanner.path / (row.kept or "")) == row.sha256
        with station.catalogue.writing() as session:
            row = session.get_one(IntakeFile, row.id)
            row.facts = {**row.facts, "size": signature.size, "changed": signature.changed_ns}
            if not same:
                count += _ask(session, row)
    return count


def free(station: Station) -> int:
    """Remove originals whose days are over and whose pages' masters are all there, or freed; gives how many went."""
    days = station.settings.retention.taken_after_days
    folders = [] if days is None else [(one, days) for one in folder_intake.of_settings(station)]
    uploaded = UPLOADED_DAYS if days is None else min(days, UPLOADED_DAYS)
    folders += [(one, uploaded) for one in folder_intake.of_uploads(station)]
    return sum(_free(station, one, row) for one, lasts in folders for row in _long_taken(station, one, lasts))


def _lately_taken(station: Station, scanner: FolderScannerTable) -> list[IntakeFile]:
    with station.catalogue.reading() as session:
        query = select(IntakeFile).where(IntakeFile.scanner == scanner.id, IntakeFile.state == IntakeState.TAKEN)
        rows: list[IntakeFile] = []
        for row in session.scalars(query.order_by(IntakeFile.id.desc()).execution_options(yield_per=50)):
            if row.at < datetime.now(UTC) - GROWS:
                break
            if row.kept and "size" in row.facts:
                rows.append(row)
        session.expunge_all()
    return rows


def _ask(session: Session, taken_file: IntakeFile) -> int:
    """Ask about a file that goes on growing, once; where its pages are, that is."""
    open_one = select(IntakeFile.id).where(
        IntakeFile.scanner == taken_file.scanner,
        IntakeFile.state == IntakeState.GROWN,
        IntakeFile.kept == taken_file.kept,
    )
    token = _tokens(taken_file)[0]
    capture = session.scalars(select(Capture).where(Capture.token == token).limit(1)).first()
    if capture is None or session.scalars(open_one).first() is not None:
        return 0
    pages = taken_file.facts["pages"]
    facts = {"file": taken_file.name, "count": len(pages), "pages": pages, "label": capture.label}
    session.add(
        IntakeFile(
            scanner=taken_file.scanner,
            name=taken_file.name,
            state=IntakeState.GROWN,
            code="intake-grown",
            facts=facts,
            kept=taken_file.kept,
            ledger_id=capture.ledger_id,
            at=datetime.now(UTC),
        )
    )
    return 1


def _long_taken(station: Station, scanner: FolderScannerTable, days: int) -> Iterator[IntakeFile]:
    before = datetime.now(UTC) - timedelta(days=days)
    with station.catalogue.reading() as session:
        query = select(IntakeFile).where(IntakeFile.scanner == scanner.id, IntakeFile.state == IntakeState.TAKEN)
        rows = [row for row in session.scalars(query) if row.at < before and row.kept and "size" in row.facts]
        session.expunge_all()
    yield from rows


def _free(station: Station, scanner: FolderScannerTable, row: IntakeFile) -> bool:
    """Remove one original, if it is still what was taken; its note in the log says which."""
    file = scanner.path / (row.kept or "")
    signature = Signature.of(file)
    if signature is None or (signature.size, signature.changed_ns) != (row.facts["size"], row.facts["changed"]):
        return False
    with station.catalogue.writing() as session:
        tokens = _tokens(row)
        captures = session.scalars(select(Capture).where(Capture.token.in_(tokens))).all()
        if {capture.token for capture in captures} != set(tokens) or not all(
            capture.freed_at or _is_whole(station.folders.data / capture.file, capture.bytes) for capture in captures
        ):
            return False
        with durable.storage_failures(file):
            file.unlink()
        session.get_one(IntakeFile, row.id).state = IntakeState.FREED
        event_log.record(session, "retention", "original-freed", None, scanner=scanner.id, sha256=row.sha256)
    day = file.parent
    if day.parent == scanner.path / TAKEN and not originals.names_in(day):
        day.rmdir()
    return True


def _is_whole(master: Path, size: int) -> bool:
    signature = Signature.of(master)
    return signature is not None and signature.size == size


def _tokens(row: IntakeFile) -> list[str]:
    """What the pages are known by that were taken from a file."""
    count, copy = len(row.facts["pages"]), row.facts.get("copy", 1)
    return [token_of(row.sha256 or "", index, count, copy) for index in range(row.facts.get("skipped", 0), count)]
