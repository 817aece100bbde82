"""What stands in each column of a list, the same for page, command line and reports.

The columns of the ``Listed`` rows and their order are part of the contract with other programs (``--json``); what a
view needs beside them is added by rows of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from station.catalogue.models import Capture, Delivery, Entry, Ledger, Page, Receipt, Region
from station.context import Station
from station.delivery import queue as delivery_queue
from station.domain.finding_codes import FindingCode
from station.domain.naming.labels import spoken_page
from station.ledger import export_names, ledgers, spreads
from station.ledger.completeness import Counts
from station.ledger.spreads import Box


@dataclass(frozen=True)
class ListedLedger:
    """A ledger: ``expected`` is what its closing pages state, None where they state nothing."""

    place: str
    ledger: str
    type: str
    year: int
    book: str
    state: str
    pages_expected: int | None
    pages_captured: int
    entries_expected: int | None
    entries_named: int
    paper: str | None
    paper_source: str
    totals: str
    closed_by: str | None
    closed_at: str | None
    closed_reason: str | None
    digitised_before: bool

    @classmethod
    def of(cls, ledger: Ledger, counts: Counts) -> ListedLedger:
        """The row of a ledger."""
        return ListedLedger(
            place=ledger.place.code,
            ledger=ledgers.name_of(ledger),
            type=ledger.type,
            year=ledger.year,
            book=ledger.book,
            state=ledger.state,
            pages_expected=counts.pages_expected,
            pages_captured=counts.pages_captured,
            entries_expected=counts.entries_expected,
            entries_named=counts.entries_named,
            paper=ledger.paper or None,
            paper_source=ledger.paper_source,
            totals=counts.totals,
            closed_by=ledger.closed_by,
            closed_at=ledger.closed_at.isoformat() if ledger.closed_at else None,
            closed_reason=ledger.closed_reason,
            digitised_before=ledger.digitised_before,
        )


@dataclass(frozen=True)
class ListedPage:
    """A page by its current capture; ``findings`` are the codes of those that still ask, ``dpi`` is across and down.

    ``read`` is what the machine read on it, as ``tramquet read`` tells it; None while that is not known.
    """

    seq: str
    order: int
    number: str | None
    state: str
    name: str
    file: str
    sha256: str
    width: int
    height: int
    dpi: list[float]
    findings: list[str]
    operator: str
    captured_at: str
    revision: int
    read: Mapping[str, Any] | None

    @property
    def spoken(self) -> str:
        """As people are spoken to of it."""
        return spoken_page(self.seq, self.number)

    @classmethod
    def of(
        cls,
        station: Station,
        ledger: Ledger,
        page: Page,
        capture: Capture,
        seq: str,
        read: Mapping[str, Any] | None = None,
    ) -> ListedPage:
        """The row of a page, as this capture of it shows; ``seq`` is what the row is called by."""
        findings = [finding.code for finding in capture.findings if finding.resolved_at is None]
        if len(page.regions) < page.parts:
            findings.append(FindingCode.PART_MISSING)
        return ListedPage(
            seq=seq,
            order=page.order,
            number=page.number,
            state=page.state,
            name=export_names.page_name(station.names, ledger, seq),
            file=capture.file,
            sha256=capture.sha256,
            width=capture.width,
            height=capture.height,
            dpi=[capture.dpi_x, capture.dpi_y],
            findings=findings,
            operator=capture.operator,
            captured_at=capture.accepted_at.isoformat(),
            revision=capture.revision,
            read=read,
        )


@dataclass(frozen=True)
class RowPicture:
    """How a part of a page is shown: of which capture, turned how far clockwise (degrees), which part of it.

    ``crop`` is None for the whole image; ``label`` is the capture's.
    """

    capture: int
    label: str
    turn: int
    crop: Box | None

    @classmethod
    def of(cls, region: Region) -> RowPicture:
        """Of a page's part alone."""
        return RowPicture(region.capture_id, region.capture.label, region.rotation, region.crop)

    @classmethod
    def whole(cls, region: Region, turn: int) -> RowPicture:
        """Of all that the capture shows, turned like this."""
        return RowPicture(region.capture_id, region.capture.label, turn, None)


@dataclass(frozen=True)
class ShownPage(ListedPage):
    """A page with its pictures, one for each part that is there; ``parts`` is how many there should be.

    Where one capture shows two pages, ``fold`` is where they part (a share of its width), and ``book`` shows it whole.
    """

    pictures: list[RowPicture]
    parts: int
    fold: float | None
    book: RowPicture

    @classmethod
    def on_screen(cls, station: Station, ledger: Ledger, page: Page) -> ShownPage:
        """The row of a page with what is needed to show it."""
        first = page.regions[0]
        return ShownPage(
            **vars(ListedPage.of(station, ledger, page, page.capture, page.seq)),
            pictures=[RowPicture.of(region) for region in page.regions],
            parts=page.parts,
            fold=None if first.side is None else spreads.fold_of(first),
            book=RowPicture.whole(first, spreads.turn_of(first)),
        )


@dataclass(frozen=True)
class ListedEntry:
    """An entry with its PDF; ``file`` and ``sha256`` are None while there is none.

    ``source`` says whether number and date were typed, proposed or read; None of entries of earlier versions.
    """

    number: str
    date: str
    pages: list[str]
    name: str
    file: str | None
    sha256: str | None
    source: str | None

    @classmethod
    def of(cls, station: Station, ledger: Ledger, entry: Entry) -> ListedEntry:
        """The row of an entry."""
        document = entry.document
        return ListedEntry(
            number=entry.number,
            date=entry.date,
            pages=[placement.page.seq for placement in entry.placements],
            name=export_names.entry_name(station.names, ledger, entry),
            file=document.file if document else None,
            sha256=document.sha256 if document else None,
            source=entry.newest.source if entry.newest else None,
        )


@dataclass(frozen=True)
class ListedDelivery:
    """One file on its way to one destination; ``error`` is the last trouble in words."""

    id: int
    package: str
    file: str
    destination: str
    state: str
    bytes_sent: int
    bytes_total: int
    attempts: int
    error: str | None

    @classmethod
    def of(cls, item: Delivery, language: str) -> ListedDelivery:
        """The row of a delivery."""
        trouble = delivery_queue.last_trouble(item)
        return ListedDelivery(
            id=item.id,
            package=delivery_queue.package_name(item.file.package),
            file=item.file.name,
            destination=item.destination,
            state=item.state,
            bytes_sent=item.bytes_sent,
            bytes_total=item.file.bytes,
            attempts=item.attempts,
            error=trouble.sentence(language) if trouble else None,
        )


@dataclass(frozen=True)
class ListedReceipt:
    """The proof that a file arrived; ``store`` says where it lies at the destination."""

    package: str
    file: str
    destination: str
    sha256: str
    bytes: int
    store: str
    at: str

    @classmethod
    def of(cls, item: Delivery, receipt: Receipt) -> ListedReceipt:
        """The row of a receipt."""
        return ListedReceipt(
            package=receipt.package,
            file=item.file.name,
            destination=item.destination,
            sha256=receipt.sha256,
            bytes=receipt.bytes,
            store=receipt.store,
            at=receipt.at.isoformat(),
        )
