"""A look at a ledger's pages: one page, or two side by side as in the open book, with what was said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from station.catalogue.models import Ledger, Page
from station.context import Station
from station.domain.checks import CheckKind
from station.ledger import check_counts, ledgers, page_checks, page_second_look, pages
from station.ledger.check_counts import CheckCounts
from station.ledger.page_checks import PageVerdict, SeenImage
from station.messages import Message
from station.views.listed_rows import ShownPage


@dataclass(frozen=True)
class CheckedPage(ShownPage):
    """A page with what it shows now, and what was said of that."""

    current: SeenImage
    check: PageVerdict


@dataclass(frozen=True)
class CheckSheet:
    """What is on the screen: ``pages`` side by side, the labels of the pages before and behind, and how far it is.

    ``obstacle`` is why this person may say nothing of them, if so.
    """

    pages: list[CheckedPage]
    previous: str | None
    following: str | None
    ahead: list[ShownPage]
    counts: CheckCounts
    obstacle: Message | None


def check_sheet(
    station: Station, ledger_text: str, label: str | None, side_by_side: int, look: CheckKind, who: str
) -> CheckSheet | None:
    """From the page ``label`` on, or the next that waits for this person, so many pages, at the second look one.

    None in a ledger without pages, and at the second look where none waits for this person.
    """
    is_second = look is CheckKind.SECOND
    if label is None and is_second:
        label = page_second_look.next_page(station, ledger_text, who)
        if label is None:
            return None
    label = label or page_checks.next_unseen(station, ledger_text)
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        first = pages.by_label(session, ledger.id, label).order if label else 1
        if is_second:
            near, last = _sampled_near(session, ledger, first), first
        else:
            last = first + side_by_side - 1
            near = pages.between(session, ledger, first - side_by_side, last + side_by_side)
        shown = [page for page in near if first <= page.order <= last]
        if not shown:
            return None
        said = page_checks.of_pages(session, ledger, shown, look)
        before = [one for one in near if one.order < first]
        behind = [one for one in near if one.order > last]
        return CheckSheet(
            pages=[_checked_page(station, ledger, page, said[page.seq]) for page in shown],
            previous=before[0].seq if before else None,
            following=behind[0].seq if behind else None,
            ahead=[ShownPage.on_screen(station, ledger, page) for page in behind],
            counts=check_counts.counts(session, ledger),
            obstacle=page_second_look.obstacle(session, ledger, shown, who) if is_second else None,
        )


def _sampled_near(session: Session, ledger: Ledger, order: int) -> Sequence[Page]:
    """The page of that order, with the pages of the sample before it and behind it."""
    before = page_second_look.sample(ledger).where(Page.order < order).order_by(None).order_by(Page.order.desc())
    behind = page_second_look.sample(ledger).where(Page.order > order)
    ids = [row[0] for query in (before, behind) for row in session.execute(query.limit(1))]
    orders = [order, *(session.get_one(Page, page_id).order for page_id in ids)]
    return [page for one in sorted(orders) for page in pages.between(session, ledger, one, one)]


def _checked_page(station: Station, ledger: Ledger, page: Page, verdict: PageVerdict) -> CheckedPage:
    row = ShownPage.on_screen(station, ledger, page)
    return CheckedPage(**vars(row), current=SeenImage.of(page), check=verdict)
