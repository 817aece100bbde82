"""Which part of a page belongs to each of the entries on it, as a person said while looking at the page.

It counts for the page as it was seen then: a retake, another turn or a fold that was moved is another page, and its
entries' PDFs show all of it until a person has looked again. What is said is kept as revisions, and in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from station.catalogue import event_log
from station.catalogue.models import Entry, EntryPage, EntryRegion, Ledger, Page, Region
from station.context import Station
from station.domain.bands import Band, Edges
from station.domain.states import Neighbours
from station.errors import Refused
from station.ledger import entry_queries, ledgers, pages
from station.ledger.entries import Act

#: Shares are kept to so many places: a hundredth of a mm on A3.
_PLACES = 5


@dataclass(frozen=True)
class ShownPart:
    """What a page shows: the image, which side and part of it, and how far it is turned."""

    capture_id: int
    side: int
    crop: Edges | None
    turn: int

    @classmethod
    def of(cls, region: Region) -> ShownPart:
        """What it shows now."""
        return cls(region.capture_id, region.side or 0, region.crop, region.rotation)

    def __str__(self) -> str:
        edges = (str(edge) for edge in self.crop or ())
        return ".".join((str(self.capture_id), str(self.side), str(self.turn), *edges))


#: The bands that count, by entry and by what its page shows.
Bands = Mapping[tuple[int, ShownPart], Band]


def of_ledger(session: Session, ledger: Ledger) -> Bands:
    """What people said of the living entries of a ledger, by entry and by what they saw."""
    return _newest(session, select(EntryRegion).join(Entry).where(Entry.ledger_id == ledger.id, Entry.living))


def of_capture(session: Session, capture_id: int) -> Bands:
    """The same of what one image shows."""
    return _newest(session, select(EntryRegion).where(EntryRegion.capture_id == capture_id))


def of_entry(session: Session, entry: Entry) -> Bands:
    """The same of one entry."""
    return _newest(session, select(EntryRegion).where(EntryRegion.entry_id == entry.id))


def for_documents(station: Station, bands: Bands) -> Bands:
    """Those by which the PDFs of entries are made: none where the settings have neighbours shown."""
    return {} if station.settings.upload_copy.neighbours == Neighbours.SHOWN else bands


def next_undivided(station: Station, ledger_text: str, after: str | None = None) -> str | None:
    """The label of the next page behind ``after`` that several entries share and that nobody divided among all of them.

    From the start where there is none behind. Pages that two images show are none of them.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        waiting = pages.labelled(ledger).where(Page.parts == 1, _is_shared(), _is_undivided())
        return pages.label_behind(session, ledger, waiting, after)


def _is_shared() -> ColumnElement[bool]:
    there = select(func.count()).select_from(EntryPage).join(Entry, Entry.id == EntryPage.entry_id)
    return there.where(EntryPage.page_id == Page.id, Entry.living).correlate(Page).scalar_subquery() > 1


def _is_undivided() -> ColumnElement[bool]:
    """Whether of some entry on a page nobody has said what belongs to it, as the page's ``Region`` shows it now."""
    later = aliased(EntryRegion)
    same = (later.entry_id == EntryRegion.entry_id, later.capture_id == EntryRegion.capture_id)
    newer = select(later.id).where(*same, later.side == EntryRegion.side, later.revision > EntryRegion.revision)
    edges = ("left", "top", "right", "bottom")
    said = select(EntryRegion.id).where(
        EntryRegion.entry_id == EntryPage.entry_id,
        EntryRegion.capture_id == Region.capture_id,
        EntryRegion.side == func.coalesce(Region.side, 0),
        EntryRegion.turn == Region.rotation,
        *(getattr(EntryRegion, edge).is_not_distinct_from(getattr(Region, edge)) for edge in edges),
        EntryRegion.head.is_not(None),
        ~newer.exists(),
    )
    unsaid = select(EntryPage.id).join(Entry, Entry.id == EntryPage.entry_id)
    unsaid = unsaid.where(EntryPage.page_id == Page.id, Entry.living, ~said.correlate(EntryPage, Region).exists())
    return unsaid.correlate(Page, Region).exists()


def confirm(
    station: Station, act: Act, label: str, bands: Mapping[int, Band | None], shown_part: str | None = None
) -> None:
    """Store what belongs to entries of a page, by their ids; None takes back what was said of one.

    ``shown_part`` is what the person saw, as :class:`ShownPart` puts it. All or nothing is stored. ``Refused``:
    "region-wrong", "region-elsewhere" (an entry that is not on this page), "region-parts" (more than one image shows
    the page), "check-image-changed".
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        page = pages.by_label(session, ledger.id, label)
        part = part_of(page)
        if shown_part is not None and shown_part != str(part):
            raise Refused("check-image-changed", label=label)
        there = {entry.id: entry for entry in entry_queries.of_pages(session, ledger, [page])}
        known = of_capture(session, part.capture_id)
        rounded = {entry_id: _rounded(band) for entry_id, band in bands.items()}
        changed = {entry_id: band for entry_id, band in rounded.items() if band != known.get((entry_id, part))}
        for entry_id, band in changed.items():
            if entry_id not in there:
                raise Refused("region-elsewhere", label=label)
            if band is not None and not band.is_right:
                raise Refused("region-wrong", number=there[entry_id].number)
        if changed:
            store(session, part, changed, act.who)
            _record(session, ledger, act, label, {there[entry_id]: band for entry_id, band in changed.items()})
            ledgers.settle(session, ledger)


def store(session: Session, part: ShownPart, bands: Mapping[int, Band | None], who: str) -> None:
    """Add a revision for each entry, inside the caller's transaction."""
    for entry_id, band in bands.items():
        row = EntryRegion(entry_id=entry_id, capture_id=part.capture_id, side=part.side, turn=part.turn, who=who)
        row.crop, row.at = part.crop, datetime.now(UTC)
        row.revision = 1 + _last_revision(session, entry_id, part)
        if band is not None:
            row.head, row.start, row.end, row.slant = band.head, band.top, band.bottom, band.slant
        session.add(row)
    session.flush()


def part_of(page: Page) -> ShownPart:
    """What a page shows; ``Refused`` ("region-parts") where it takes more than one image."""
    if len(page.regions) > 1:
        raise Refused("region-parts", label=page.seq)
    return ShownPart.of(page.regions[0])


def in_order(entries: Iterable[Entry], page: Page) -> list[Entry]:
    """The entries of a page from its top: one that began on an earlier page comes first."""
    return sorted(entries, key=lambda entry: (_position(entry, page) == 1, entry_queries.order_key(entry)))


def _position(entry: Entry, page: Page) -> int:
    placements: Iterable[EntryPage] = entry.placements
    return next(placement.position for placement in placements if placement.page_id == page.id)


def _newest(session: Session, query: Select[EntryRegion]) -> Bands:
    # Whatever was seen before, the newest word on an image is the only one.
    newest = {
        (row.entry_id, row.capture_id, row.side): row for row in session.scalars(query.order_by(EntryRegion.revision))
    }
    return {
        (row.entry_id, ShownPart(row.capture_id, row.side, row.crop, row.turn)): Band(
            row.head, row.start, row.end, row.slant or 0.0
        )
        for row in newest.values()
        if row.head is not None and row.start is not None and row.end is not None
    }


def _last_revision(session: Session, entry_id: int, part: ShownPart) -> int:
    same = (EntryRegion.capture_id == part.capture_id, EntryRegion.side == part.side)
    return session.scalar(select(func.max(EntryRegion.revision)).where(EntryRegion.entry_id == entry_id, *same)) or 0


def _rounded(band: Band | None) -> Band | None:
    return None if band is None else Band(*(round(share, _PLACES) for share in vars(band).values()))


def _record(session: Session, ledger: Ledger, act: Act, label: str, bands: Mapping[Entry, Band | None]) -> None:
    said: dict[str, Any] = {
        f"{entry.year}/{entry.number}": None if band is None else vars(band) for entry, band in bands.items()
    }
    reference = ledgers.reference(ledger)
    event_log.record(session, act.who, "entry-regions-set", reference, label=label, regions=said, why=act.why)
