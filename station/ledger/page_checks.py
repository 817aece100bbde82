"""The first look: a person sees every page once and says that it is right, or why it is rejected.

A verdict holds for the image that was seen; where another one stands there, or it was turned, the page is to be looked
at again. Verdicts are never changed: the newest one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Capture, Check, Ledger, Page, Region
from station.context import Station
from station.domain.checks import CheckKind, CheckVerdict, RejectReason
from station.errors import Refused
from station.ledger import check_counts, ledgers, pages
from station.ledger.check_counts import CheckCounts
from station.ledger.entries import Act


@dataclass(frozen=True)
class PageVerdict:
    """What was said of the page ``seq``: None while nobody has looked at what it shows."""

    seq: str
    number: str | None
    verdict: str | None
    reason: str | None
    note: str | None
    who: str | None
    at: str | None


@dataclass(frozen=True)
class SeenImage:
    """What a page showed when it was looked at: the newest of its images by id, and how they were turned in all."""

    image: int
    turn: int

    @classmethod
    def of(cls, page: Page) -> SeenImage:
        """What it shows now."""
        return cls(max(one.capture_id for one in page.regions), sum(one.rotation for one in page.regions))


def judge(
    station: Station,
    act: Act,
    labels: str,
    verdict: CheckVerdict,
    reason: RejectReason | None = None,
    seen: Mapping[str, SeenImage] | None = None,
) -> list[str]:
    """Say of pages (001,003-005) that they are right, or rejected for a ``reason``; gives their labels.

    ``seen`` is what the pages showed on the screen, by label: ``Refused`` ("check-image-changed") where one of them
    shows something else by now. Also ``Refused``: "check-without-reason". ``act.why`` is a note.
    """
    if verdict is CheckVerdict.REJECTED and reason is None:
        raise Refused("check-without-reason")
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        selection = pages.select_pages(session, ledger, labels)
        now = datetime.now(UTC)
        for page in selection:
            shown = SeenImage.of(page)
            if seen is not None and seen.get(page.seq) != shown:
                raise Refused("check-image-changed", label=page.seq)
            check = Check(page_id=page.id, kind=CheckKind.FIRST, verdict=verdict, who=act.who, at=now)
            check.reason = str(reason) if verdict is CheckVerdict.REJECTED else None
            check.image, check.turn, check.note = shown.image, shown.turn, act.why or None
            session.add(check)
        judged = [page.seq for page in selection]
        facts = {"labels": judged, "verdict": str(verdict), "reason": reason and str(reason)}
        event_log.record(session, act.who, "pages-checked", ledgers.reference(ledger), **facts)
        ledgers.settle(session, ledger)
        return judged


def verdicts(station: Station, ledger_text: str, *, only: CheckVerdict | None = None) -> list[PageVerdict]:
    """What stands of each page of a ledger, in their order; ``only`` keeps those with that verdict."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return _verdicts(session, ledger, *(() if only is None else (Check.verdict == only,)))


def of_pages(session: Session, ledger: Ledger, selection: Sequence[Page]) -> dict[str, PageVerdict]:
    """What stands of some pages, by their labels."""
    return {one.seq: one for one in _verdicts(session, ledger, Page.id.in_([page.id for page in selection]))}


def _verdicts(session: Session, ledger: Ledger, *those: ColumnElement[bool]) -> list[PageVerdict]:
    stands = check_counts.verdicts(ledger)
    query = (
        select(Page.number, Region.seq, Check)
        .join(Region, Region.page_id == Page.id)
        .join(Capture, Capture.id == Region.capture_id)
        .outerjoin(stands, stands.c.page_id == Page.id)
        .outerjoin(Check, Check.id == stands.c.check_id)
        .where(Page.ledger_id == ledger.id, Region.part == 1, *those)
    )
    return [_page_verdict(*row) for row in session.execute(query.order_by(Page.order))]


def counts(station: Station, ledger_text: str) -> CheckCounts:
    """How far a ledger's pages were looked at."""
    with station.catalogue.reading() as session:
        return check_counts.counts(session, ledgers.find(session, ledger_text))


def next_unseen(station: Station, ledger_text: str, after: str | None = None) -> str | None:
    """The label of the next page behind ``after`` that nobody looked at, from the start where there is none behind."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        order = pages.by_label(session, ledger.id, after, last=True).order if after else 0
        stands = check_counts.verdicts(ledger)
        query = pages.labelled(ledger).outerjoin(stands, stands.c.page_id == Page.id).where(stands.c.page_id.is_(None))
        behind = session.execute(query.where(Page.order > order).limit(1)).first()
        following = behind or session.execute(query.limit(1)).first()
        return None if following is None else str(following[1])


def forget(session: Session, page_ids: list[int]) -> None:
    """Drop the verdicts on pages that go, inside the caller's transaction; the log keeps them."""
    for check in session.scalars(select(Check).where(Check.page_id.in_(page_ids))):
        session.delete(check)
    session.flush()


def _page_verdict(number: str | None, seq: str, check: Check | None) -> PageVerdict:
    if check is None:
        return PageVerdict(seq, number, None, None, None, None, None)
    return PageVerdict(seq, number, check.verdict, check.reason, check.note, check.who, check.at.isoformat())
