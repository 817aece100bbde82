"""What the station itself knows of an entry: number, book, page, date and place, in the ministry's form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from station.catalogue.models import Entry, Ledger
from station.domain.naming.partial_dates import PartialDate
from station.rows.columns import Fill


def of_entry(ledger: Ledger, entry: Entry) -> Mapping[Fill, str]:
    """What each kind of filled-in column holds for this entry; "" where nothing is known."""
    place = ledger.place
    return {
        Fill.NUMBER: entry.number,
        Fill.BOOK: f"{ledger.book}/{ledger.year}",
        Fill.PAGE: page_text([placement.page.number or "" for placement in entry.placements]),
        Fill.DATE: PartialDate.parse(entry.date).ministry(),
        Fill.PLACE: ", ".join(filter(None, (place.commune, place.district, place.province))),
        Fill.NOTE: entry.suffix_reason or "",
    }


def page_text(printed_numbers: Sequence[str]) -> str:
    """Page numbers as one text, neighbours joined: ``12``, ``12-13``, ``12-13, 15``; one like ``12b`` stands alone."""

    def run(item: tuple[int, str]) -> tuple[bool, int]:
        position, number = item
        return (True, int(number) - position) if number.isdecimal() else (False, position)

    runs = ([number for _, number in group] for _, group in groupby(enumerate(printed_numbers), key=run))
    return ", ".join(numbers[0] if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}" for numbers in runs)
