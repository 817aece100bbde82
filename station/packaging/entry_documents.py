"""The PDFs of a ledger's entries, brought in line with the catalogue: made where missing, removed where outdated.

They are derived and can be made again at any time from masters and catalogue. A PDF that left the station lies, byte
for byte, in its package.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Document, Entry, Finding, Ledger, Region
from station.context import Station
from station.copies import page_copy
from station.copies.copy_maker import CopyMaker
from station.domain import image_places
from station.domain.bands import Band
from station.domain.finding_codes import FindingCode
from station.domain.states import LedgerState
from station.errors import Refused
from station.ledger import (
    entry_queries,
    entry_regions,
    export_names,
    finding_resolutions,
    ledgers,
    page_readings,
    pages,
)
from station.ledger.entry_regions import Bands, ShownPart
from station.ledger.finding_resolutions import Resolution
from station.ledger.page_readings import StoredReading
from station.storage import durable, locks

if TYPE_CHECKING:  # pikepdf takes 10 MB of the daemon's memory: not before there is a PDF to make
    from station.copies.page_copy import UploadCopy
    from station.imaging.pdf import DocumentPage

#: Stands between what a document shows and what decides its size.
_SIZED = "/"
#: So many places of a page that may be hard to read are asked about.
_MOST_PLACES = 3


@dataclass(frozen=True)
class _PageSource:
    """A page of a document: the image it is made of, and the capture whose master that is.

    ``read_page_id`` is the page whose reading tells what stands on the image; None for a page's further parts.
    """

    image: DocumentPage
    read_page_id: int | None
    capture_id: int
    size: tuple[int, int]
    bytes: int


@dataclass(frozen=True)
class _EntryDocument:
    entry_id: int
    name: str
    recipe: str
    pages: Sequence[_PageSource]
    known: str | None

    @property
    def content_is_known(self) -> bool:
        """Whether the document there was made of the same images under the same name, in whatever size."""
        return self.known is not None and _content(self.known) == _content(self.recipe)


def update_documents(station: Station, ledger_text: str, patience: float = math.inf) -> bool:
    """Make the PDFs that the ledger's entries want now, and remove those nobody wants any more.

    After so many seconds (``patience``) no further one is begun. Gives whether all are there.
    """
    with locks.hold(station.folders.locks / "derive", wait=True):
        return _bring_up(station, ledger_text, time.monotonic() + patience)


def recipe_of(station: Station, session: Session, ledger: Ledger, entry: Entry) -> str:
    """The hash of all that goes into an entry's PDF as the entry is now."""
    bands = entry_regions.for_documents(station, entry_regions.of_entry(session, entry))
    return _document_of(station, ledger, entry, bands).recipe


def _bring_up(station: Station, ledger_text: str, until: float) -> bool:
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        if ledgers.is_freed(session, ledger):
            return True  # delivered, and there is nothing left to make a PDF from
        if ledger.state == LedgerState.HANDED_OVER:
            return True  # they are made where it goes on
        if ledger.practice:
            return True  # nobody attaches one of its entries anywhere
        folder = station.folders.ledger(ledger.place.code, ledgers.name_of(ledger)) / "entries"
        # What left the station stays as it is, also where pages are to be smaller from now on.
        left = ledger.state in (LedgerState.PACKAGED, LedgerState.DELIVERED)
        bands = entry_regions.for_documents(station, entry_regions.of_ledger(session, ledger))
        documents = [_document_of(station, ledger, entry, bands) for entry in entry_queries.of_ledger(session, ledger)]
    with _copy_maker(station) as maker:
        for item in documents:
            is_known = item.recipe == item.known or (left and item.content_is_known)
            if is_known and (folder / f"{item.name}.pdf").exists():
                continue
            if time.monotonic() > until:
                return False
            _make(station, folder, item, maker)
    _remove_outdated(station, folder, {f"{item.name}.pdf" for item in documents})
    return True


def _document_of(station: Station, ledger: Ledger, entry: Entry, bands: Bands) -> _EntryDocument:
    regions = [region for placement in entry.placements for region in placement.page.regions]
    document_pages = [_page(station, region, bands.get((entry.id, ShownPart.of(region)))) for region in regions]
    name = export_names.entry_name(station.names, ledger, entry)
    content = [
        name,
        [
            [region.capture.sha256, region.rotation, page.image.crop, page.image.dpi, *page.image.kept]
            for region, page in zip(regions, document_pages, strict=True)
        ],
    ]
    return _EntryDocument(
        entry_id=entry.id,
        name=name,
        recipe=hashlib.sha256(json.dumps(content).encode()).hexdigest() + _size_recipe(station),
        pages=document_pages,
        known=entry.document.recipe if entry.document else None,
    )


def _content(recipe: str) -> str:
    return recipe.partition(_SIZED)[0]


def _size_recipe(station: Station) -> str:
    """What decides how large pages are; nothing where masters are taken as they are."""
    table = station.settings.upload_copy
    if not table.enabled:
        return ""
    return f"{_SIZED}{page_copy.VERSION}.{table.kb_per_a4}.{table.limit_kb_per_a4}.{table.dpi}"


def _page(station: Station, region: Region, band: Band | None) -> _PageSource:
    from station.imaging.pdf import DocumentPage

    capture = region.capture
    image = DocumentPage(
        station.folders.data / capture.file,
        rotation=region.rotation,
        crop=region.crop,
        dpi=(capture.dpi_x, capture.dpi_y),
    )
    if band is not None:
        part = region.crop or (0, 0, capture.width, capture.height)
        image = replace(image, crop=band.crop(part, region.rotation), kept=band.shown(part, region.rotation))
    read_page_id = region.page_id if region.part == 1 else None
    return _PageSource(image, read_page_id, capture.id, (capture.width, capture.height), capture.bytes)


def _copy_maker(station: Station) -> CopyMaker | nullcontext[None]:
    table = station.settings.upload_copy
    if not table.enabled:
        return nullcontext()
    return CopyMaker(table.kb_per_a4 * 1000, table.limit_kb_per_a4 * 1000, table.dpi)


def _make(station: Station, folder: Path, item: _EntryDocument, maker: CopyMaker | None) -> None:
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
    copies = _copies(station, item.pages, maker)
    images = [replace(page.image, copy=copy) for page, copy in zip(item.pages, copies, strict=True)]
    with durable.new_file(file) as temporary:
        pdf.make_pdf(images, title=item.name, target=temporary)
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
        for page, copy in zip(item.pages, copies, strict=True):
            if copy is not None and not copy.is_readable:
                _ask(session, page.capture_id, copy)
            else:
                _ask_no_more(session, page.capture_id)


def _copies(
    station: Station, document_pages: Sequence[_PageSource], maker: CopyMaker | None
) -> list[UploadCopy | None]:
    """The pages' upload copies, with what was read on them as the measure; None where a master goes as it is."""
    if maker is None:
        return [None for _ in document_pages]
    with station.catalogue.reading() as session:
        page_ids = [page.read_page_id for page in document_pages if page.read_page_id is not None]
        readings = page_readings.of_pages(session, page_ids)
    return [_copy(page, maker, readings.get(page.read_page_id or 0)) for page in document_pages]


def _copy(page: _PageSource, maker: CopyMaker, reading: StoredReading | None) -> UploadCopy | None:
    image = page.image
    if image.dpi is None or (image.crop is None and maker.is_small_enough(page.bytes, page.size, image.dpi)):
        return None
    if reading is None:
        return maker.make(image.path, image.crop, image.dpi, (), 0, image.kept)
    upright = (image.rotation + 180 * reading.page.upside_down) % 360
    fields = [field.as_dict() for field in reading.page.fields]
    return maker.make(image.path, image.crop, image.dpi, fields, upright, image.kept)


def _ask(session: Session, capture_id: int, copy: UploadCopy) -> None:
    """Ask a person once whether the page can be read as small as it must be."""
    asked = _unreadable(capture_id).where(Finding.resolution.is_distinct_from(Resolution.MENDED))
    if session.scalars(asked).first() is None:
        size = f"{round(len(copy.data) / 1000)} kB"
        capture = session.get_one(Capture, capture_id)
        for number, (left, top, right, bottom) in enumerate(copy.places[:_MOST_PLACES]):
            pages.add_finding(
                session,
                capture,
                FindingCode.COPY_UNREADABLE,
                found_by=pages.STATION,
                detail=", ".join((size, *copy.differing[number : number + 1])),
                place=image_places.of_box(
                    left, top, right - left, bottom - top, wide=capture.width, high=capture.height
                ),
            )


def _ask_no_more(session: Session, capture_id: int) -> None:
    """What was asked of a page's copy is so no longer: the page may be larger now, or its master goes as it is.

    Of an image that shows several pages each has its own copy, and the question may be about another one.
    """
    shown = select(func.count()).select_from(Region).where(Region.capture_id == capture_id)
    if session.scalar(shown) == 1:
        finding_resolutions.resolve(session.scalars(_unreadable(capture_id)), Resolution.MENDED, who=pages.STATION)


def _unreadable(capture_id: int) -> Select[Finding]:
    return select(Finding).where(Finding.capture_id == capture_id, Finding.code == FindingCode.COPY_UNREADABLE)


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
