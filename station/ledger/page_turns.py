"""Turning many pages at once: all of a run, or every second one, as where a book was scanned from both of its sides."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Page
from station.context import Station
from station.errors import Refused
from station.ledger import ledgers, pages
from station.ledger.entries import Act

#: The line of the log: which pages, under the labels they were turned by, and how far (clockwise degrees).
TURNED = "pages-turned"


class Every(StrEnum):
    """Which images of a run are turned: all, the first, third, fifth and so on, or the second, fourth, sixth."""

    ALL = "all"
    ODD = "odd"
    EVEN = "even"


def turn(station: Station, act: Act, run: str, degrees: int, every: Every = Every.ALL) -> list[str]:
    """Turn the pages of a run such as ``012-048`` clockwise by 90, 180 or 270 degrees; gives the labels turned.

    Both pages of an image that shows an open book are turned as one. One undo takes all of it back.
    """
    if degrees not in (90, 180, 270):
        raise Refused("rotation-wrong", degrees=degrees)
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        images = _images(session, pages.select_pages(session, ledger, run))
        chosen = images[1::2] if every is Every.EVEN else images[:: 1 if every is Every.ALL else 2]
        if not chosen:
            raise Refused("turn-nothing", pages=run)
        for page, label in chosen:
            pages.turn(session, page, label, degrees)
        labels = [label for _page, label in chosen]
        event_log.record(session, act.who, TURNED, ledgers.reference(ledger), labels=labels, turned=degrees)
        ledgers.settle(session, ledger)
        return labels


def _images(session: Session, selection: Sequence[Page]) -> list[tuple[Page, str]]:
    """The pages, each with the label under which it is turned: where both pages of one image are there, theirs once."""
    ids = {page.id for page in selection}
    images: dict[str, Page] = {}
    for page in selection:
        first = page.regions[0]
        both = first.side is not None and all(region.page_id in ids for region in pages.sides(session, first.capture))
        images.setdefault(first.capture.label if both else page.seq, page)
    return [(page, label) for label, page in images.items()]
