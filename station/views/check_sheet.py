"""The first look at a ledger's pages: one page, or two side by side as in the open book, with what was said of each."""

from __future__ import annotations

from dataclasses import dataclass

from station.catalogue.models import Ledger, Page
from station.context import Station
from station.ledger import check_counts, ledgers, page_checks, pages
from station.ledger.check_counts import CheckCounts
from station.ledger.page_checks import PageVerdict, SeenImage
from station.views.listed_rows import ShownPage


@dataclass(frozen=True)
class LookedPage(ShownPage):
    """A page with what it shows now, and what was said of that."""

    seen: SeenImage
    check: PageVerdict


@dataclass(frozen=True)
class CheckSheet:
    """What is on the screen: ``pages`` side by side, the labels of the pages before and behind, and how far it is."""

    pages: list[LookedPage]
    previous: str | None
    following: str | None
    ahead: list[ShownPage]
    counts: CheckCounts


def check_sheet(station: Station, ledger_text: str, label: str | None, side_by_side: int) -> CheckSheet | None:
    """From the page ``label`` on, or the first that nobody looked at, so many pages; None in a ledger without pages."""
    label = label or page_checks.next_unseen(station, ledger_text)
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        first = pages.by_label(session, ledger.id, label).order if label else 1
        near = pages.between(session, ledger, first - side_by_side, first + 2 * side_by_side - 1)
        shown = [page for page in near if first <= page.order < first + side_by_side]
        if not shown:
            return None
        said = page_checks.of_pages(session, ledger, shown)
        before = [one for one in near if one.order < first]
        behind = [one for one in near if one.order > shown[-1].order]
        return CheckSheet(
            pages=[_looked(station, ledger, page, said[page.seq]) for page in shown],
            previous=before[0].seq if before else None,
            following=behind[0].seq if behind else None,
            ahead=[ShownPage.on_screen(station, ledger, page) for page in behind],
            counts=check_counts.counts(session, ledger),
        )


def _looked(station: Station, ledger: Ledger, page: Page, said: PageVerdict) -> LookedPage:
    row = ShownPage.on_screen(station, ledger, page)
    return LookedPage(**vars(row), seen=SeenImage.of(page), check=said)
