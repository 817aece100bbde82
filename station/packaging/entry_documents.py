"""The PDFs of a ledger's entries, brought in line with the catalogue: made where missing, removed where outdated.

They are derived and can be made again at any time from masters and catalogue. A PDF that left the station lies, byte
for byte, in its package.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from station.catalogue.models import Document, Entry, Ledger, Region
from station.context import Station
from station.errors import Refused
from station.ledger import entries, export_names, ledgers
from station.storage import durable, locks

if TYPE_CHECKING:  # pikepdf takes 10 MB of the daemon's memory: not before there is a PDF to make
    from station.imaging.pdf import PageImage


@dataclass(frozen=True)
class _EntryDocument:
    entry_id: int
    name: str
    recipe: str
    images: Sequence[PageImage]
    known: str | None


def update_documents(station: Station, ledger_text: str) -> None:
    """Make the PDFs that the ledger's entries want now, and remove those nobody wants any more."""
    with locks.held(station.folders.locks / "derive", wait=True):
        _bring_up(station, ledger_text)


def recipe_of(station: Station, ledger: Ledger, entry: Entry) -> str:
    """The hash of all that goes into an entry's PDF as the entry is now."""
    return _document_of(station, ledger, entry).recipe


def _bring_up(station: Station, ledger_text: str) -> None:
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        if ledgers.is_freed(session, ledger):
            return  # delivered, and there is nothing left to make a PDF from
        folder = station.folders.ledger(ledger.place.code, ledgers.name_of(ledger)) / "entries"
        documents = [_document_of(station, ledger, entry) for entry in entries.of_ledger(session, ledger)]
    for item in documents:
        if item.recipe != item.known or not (folder / f"{item.name}.pdf").exists():
            _make(station, folder, item)
    _remove_outdated(station, folder, {f"{item.name}.pdf" for item in documents})


def _document_of(station: Station, ledger: Ledger, entry: Entry) -> _EntryDocument:
    regions = [region for placement in entry.placements for region in placement.page.regions]
    images = [_image(station, region) for region in regions]
    name = export_names.entry_name(station.names, ledger, entry)
    recipe = [
        name,
        [
            [region.capture.sha256, region.rotation, image.crop, image.dpi]
            for region, image in zip(regions, images, strict=True)
        ],
    ]
    return _EntryDocument(
        entry_id=entry.id,
        name=name,
        recipe=hashlib.sha256(json.dumps(recipe).encode()).hexdigest(),
        images=images,
        known=entry.document.recipe if entry.document else None,
    )


def _image(station: Station, region: Region) -> PageImage:
    from station.imaging.pdf import PageImage

    capture = region.capture
    return PageImage(
        station.folders.data / capture.file,
        rotation=region.rotation,
        crop=region.crop,
        dpi=(capture.dpi_x, capture.dpi_y),
    )


def _make(station: Station, folder: Path, item: _EntryDocument) -> None:
    """Make one PDF. Its old bytes go first: the row tells of a file that is whole, or there is none."""
    from station.imaging import pdf

    durable.make_folders(folder)
    file = folder / f"{item.name}.pdf"
    with station.catalogue.writing() as session:
        for outdated in session.scalars(
            select(Document).where(
                (Document.entry_id == item.entry_id) | (Document.file == station.folders.relative(file))
            )
        ):
            session.delete(outdated)
            (station.folders.data / outdated.file).unlink(missing_ok=True)
    file.unlink(missing_ok=True)
    with durable.new_file(file) as temporary:
        pdf.make_pdf(item.images, title=item.name, target=temporary)
    with station.catalogue.writing() as session:
        session.add(
            Document(
                entry_id=item.entry_id,
                recipe=item.recipe,
                file=station.folders.relative(file),
                sha256=durable.sha256_of(file),
                bytes=file.stat().st_size,
            )
        )


def _remove_outdated(station: Station, folder: Path, names: set[str]) -> None:
    """Remove what was derived and nobody wants any more; a stranger's file is left for ``verify`` to tell of."""
    if not folder.exists():
        return
    for file in folder.iterdir():
        if file.name in names:
            continue
        with station.catalogue.writing() as session:
            rows = session.scalars(select(Document).where(Document.file == station.folders.relative(file))).all()
            for outdated in rows:
                session.delete(outdated)
        if rows or _left_by_a_kill(station, file):
            file.unlink(missing_ok=True)


def _left_by_a_kill(station: Station, file: Path) -> bool:
    """A half-written file, or a whole one that came to its name and not to its row."""
    if file.suffix == durable.TEMPORARY_SUFFIX:
        return True
    try:
        station.names.entry.parse(file.stem)
    except Refused:
        return False
    return file.suffix == ".pdf"
