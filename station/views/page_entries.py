"""The entries of one page, each with the part of it that is its own: as a person said, or as the station proposes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from station.catalogue.models import Entry, Page
from station.context import Station
from station.domain.bands import Band
from station.domain.naming.keys import EntryNumber
from station.errors import Refused
from station.ledger import entry_queries, entry_regions, ledgers, page_readings, pages, read_entries
from station.ledger.spreads import Box
from station.views.listed_rows import RowPicture

if TYPE_CHECKING:  # OpenCV is for pages with something to propose
    from station.reading.detector import Box as Place
    from station.reading.page_image import PageImage

#: Lines are looked for on a picture whose longer side is so large (pixels).
_LONGEST = 1600
#: Proposals take up to a second each; those of so many pages are kept, of which the next one is asked for ahead.
_KEPT = 64


@dataclass(frozen=True)
class EntryBand:
    """An entry of a page with its part; ``confirmed`` is whether a person said so of what the page shows now."""

    id: int
    number: str
    year: int
    band: Band
    confirmed: bool

    def as_row(self) -> dict[str, Any]:
        """For a list: shares in per cent."""
        edges = {name: round(share * 100, 2) for name, share in vars(self.band).items()}
        return {"number": self.number, "year": self.year, **edges, "confirmed": self.confirmed}


@dataclass(frozen=True)
class PageEntries:
    """The entries of a page from its top; ``shown_part`` is what it shows, for the answer of who looks at it."""

    seq: str
    number: str | None
    picture: RowPicture
    shown_part: str
    entries: tuple[EntryBand, ...]

    @property
    def confirmed(self) -> bool:
        """Whether a person said of all of them what is their own."""
        return all(entry.confirmed for entry in self.entries)

    def rows_of(
        self, rows: Mapping[str, tuple[float, float]], head: float | None = None, slant: float | None = None
    ) -> dict[int, Band]:
        """The bands of entries, by their ids: rows by number in per cent; ``head`` and ``slant`` are as shown, or new.

        ``Refused`` ("region-elsewhere") for an entry that is not on the page.
        """
        bands = {}
        for number, (top, bottom) in rows.items():
            entry = self._entry(number)
            band = Band(entry.band.head, top / 100, bottom / 100, entry.band.slant)
            if head is not None:
                band = replace(band, head=head / 100)
            if slant is not None:
                band = replace(band, slant=slant / 100)
            bands[entry.id] = band
        return bands

    def whole(self, numbers: Iterable[str]) -> dict[int, None]:
        """That these entries have the whole page, by their ids."""
        return {self._entry(number).id: None for number in numbers}

    def _entry(self, number: str) -> EntryBand:
        text = str(EntryNumber.parse(number))
        for entry in self.entries:
            if entry.number == text:
                return entry
        raise Refused("region-elsewhere", label=self.seq)


def page_entries(
    station: Station, ledger_text: str, label: str, typed: Mapping[int, Band] | None = None
) -> PageEntries:
    """The entries of a page; ``Refused`` ("region-none") where it has none, "region-parts" of two images.

    ``typed`` are parts by entry that stand on a person's screen and are not stored: they are shown in their place.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        page = pages.by_label(session, ledger.id, label)
        part = entry_regions.part_of(page)
        there = entry_regions.in_order(entry_queries.of_pages(session, ledger, [page]), page)
        if not there:
            raise Refused("region-none", label=page.seq)
        known = entry_regions.of_capture(session, part.capture_id)
        confirmed = [known.get((entry.id, part)) for entry in there]
        bands = [(typed or {}).get(entry.id, band) for entry, band in zip(there, confirmed, strict=True)]
        master = station.folders.data / page.regions[0].capture.file
        boxes = tuple(_number_boxes(session, page, there))
        facts = [(entry.id, entry.number, entry.year) for entry in there]
        seq, number, picture = page.seq, page.number, RowPicture.of(page.regions[0])
    proposed = bands if all(bands) else _proposed(master, part.crop, part.turn, boxes)
    rows = tuple(
        EntryBand(*fact, band=shown, confirmed=said is not None)
        for fact, said, band, proposal in zip(facts, confirmed, bands, proposed, strict=True)
        if (shown := band or proposal) is not None
    )
    return PageEntries(seq, number, picture, str(part), rows)


def _number_boxes(session: Session, page: Page, entries: Sequence[Entry]) -> list[Box | None]:
    """Where the number of each entry was read (pixels as stored), as far as the boxes follow each other."""
    stored = page_readings.of_pages(session, [page.id]).get(page.id)
    fields = read_entries.of_entries(stored.page) if stored else []
    places = {int(one.value): one.box for one in fields}
    return [places.get(EntryNumber.parse(entry.number).number) for entry in entries]


@lru_cache(maxsize=_KEPT)
def _proposed(master: Path, crop: Box | None, turn: int, boxes: tuple[Box | None, ...]) -> tuple[Band, ...]:
    from station.reading import entry_lines, page_image

    image = page_image.load(master, _LONGEST)
    upright = (image.part(crop) if crop else image).turned(turn)
    lines = entry_lines.propose(upright, _below_each_other(upright, boxes))
    edges = zip(lines.edges, lines.edges[1:], strict=False)
    return tuple(Band(lines.head, top, bottom, lines.slant) for top, bottom in edges)


def _below_each_other(page: PageImage, boxes: Sequence[Box | None]) -> list[Place | None]:
    """Where the numbers stand on the upright page; one that is not below those before it tells nothing."""
    places: list[Place | None] = []
    lowest = -1.0
    for box in boxes:
        place = None if box is None else page.box_of_file(box)
        if place is not None and place.middle[1] <= lowest:
            place = None
        lowest = lowest if place is None else place.middle[1]
        places.append(place)
    return places
