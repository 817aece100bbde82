"""Files that people download from the page: found by the catalogue alone, each download in the log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from station.catalogue import event_log
from station.catalogue.models import PackageFile
from station.context import Station
from station.errors import Refused
from station.ledger import entry_queries, ledgers
from station.packaging import packages
from station.storage import deterministic_zip


def document(station: Station, ledger_text: str, entry_id: int, *, who: str) -> Path:
    """The PDF of an entry as it is now."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        if entry.document is None:
            raise Refused("document-not-made", number=entry.number)
        file = _existing_file(station.folders.data / entry.document.file)
        event_log.record(session, who, "document-taken", ledgers.reference(ledger), sha256=entry.document.sha256)
        return file


def documents(station: Station, ledger_text: str, entry_ids: Sequence[int], archive: IO[bytes], *, who: str) -> str:
    """Write the PDFs of several entries into one zip, flat; gives the name for it.

    Refused where one is not made yet: whoever opens the archive takes it for whole.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        chosen = [entry_queries.living_entry(session, ledger, entry_id) for entry_id in entry_ids]
        files = []
        for entry in chosen:
            if entry.document is None:
                raise Refused("document-not-made", number=entry.number)
            files.append(_existing_file(station.folders.data / entry.document.file))
        hashes = [entry.document.sha256 for entry in chosen if entry.document]
        event_log.record(session, who, "documents-taken", ledgers.reference(ledger), sha256=hashes)
        name = ledgers.name_of(ledger)
    deterministic_zip.write_zip(archive, [(file.name, file) for file in files])
    return f"{name}.{len(files)}.zip"


def package_file(station: Station, ledger_text: str, file_id: int, *, who: str) -> Path:
    """A file of one of the ledger's packages."""
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, ledger_text)
        row = session.get(PackageFile, file_id)
        if row is None or row.package.ledger_id != ledger.id:
            raise Refused("file-unknown")
        file = _existing_file(packages.folder_of(station, row.package) / row.name)
        event_log.record(session, who, "package-file-taken", ledgers.reference(ledger), sha256=row.sha256)
        return file


def _existing_file(file: Path) -> Path:
    if not file.is_file():
        raise Refused("file-gone", file=file.name)
    return file
