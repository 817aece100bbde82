"""What people say of pages: each is right, or rejected for a reason, at the first look or at the second.

The first look is at every page, the second (:mod:`station.ledger.page_second_look`) at a sample. A verdict holds for
the image that was seen; where another one stands there, or it was turned, the page is to be looked at again. Verdicts
are never changed: the newest one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, false, or_, select, true
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Capture, Check, Ledger, Page, Region
from station.context import Station
from station.domain.checks import CheckKind, CheckVerdict, Looks, RejectReason
from station.errors import Refused
from station.ledger import check_counts, ledgers, page_second_look, pages
from station.ledger.check_counts import CheckCounts, LedgerId
from station.ledger.entries import Act


@dataclass(frozen=True)
class PageVerdict:
    """What was said of the page ``seq`` at a look: None while nobody has looked at what it shows.

    ``same_person`` is whether who looked a second time had also looked first.
    """

    seq: str
    number: str | None
    look: str
    verdict: str | None
    reason: str | None
    note: str | None
    who: str | None
    at: str | None
    same_person: bool = False

    @property
    def day(self) -> str | None:
        """The day on which it was said, by the PC's clock."""
        return None if self.at is None else datetime.fromisoformat(self.at).astimezone().date().isoformat()


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
    look: CheckKind = CheckKind.FIRST,
) -> list[str]:
    """Say of pages (001,003-005) that they are right, or rejected for a ``reason``; gives their labels.

    ``seen`` is what the pages showed on the screen, by label: ``Refused`` ("check-image-changed") where one of them
    shows something else by now. Also ``Refused``: "check-without-reason", and at the second look what
    :func:`station.ledger.page_second_look.obstacle` tells. ``act.why`` is a note.
    """
    if verdict is CheckVerdict.REJECTED and reason is None:
        raise Refused("check-without-reason")
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        selection = pages.select_pages(session, ledger, labels)
        if look is CheckKind.SECOND and (obstacle := page_second_look.obstacle(session, ledger, selection, act.who)):
            raise Refused(obstacle.code, **obstacle.facts)
        now, checks = datetime.now(UTC), []
        for page in selection:
            current = SeenImage.of(page)
            if seen is not None and seen.get(page.seq) != current:
                raise Refused("check-image-changed", label=page.seq)
            check = Check(page_id=page.id, kind=look, verdict=verdict, who=act.who, at=now)
            check.reason = str(reason) if verdict is CheckVerdict.REJECTED else None
            check.image, check.turn, check.note = current.image, current.turn, act.why or None
            checks.append(check)
        session.add_all(checks)
        session.flush()
        judged_labels = [page.seq for page in selection]
        facts = {"labels": judged_labels, "look": str(look), "verdict": str(verdict), "reason": reason and str(reason)}
        reference, ids = ledgers.reference(ledger), [check.id for check in checks]
        event_log.record(session, act.who, "pages-checked", reference, **facts, checks=ids)
        ledgers.settle(session, ledger)
        return judged_labels


def verdicts(station: Station, ledger_text: str, look: CheckKind = CheckKind.FIRST) -> list[PageVerdict]:
    """What stands of each page that a look is for, in their order; at the second look also of what else came back."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        if look is CheckKind.SECOND and ledger.looks != Looks.SECOND:
            return []
        return [row for _, row in _verdict_rows(session, _verdicts(ledger.id, look, _is_for(ledger, look)), look)]


def returned(station: Station, ledger_text: str) -> list[PageVerdict]:
    """The pages that were rejected at either look, in their order."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        rows = [
            row for look in _looks(ledger) for row in _verdict_rows(session, _rejected(look), look, ledger_id=ledger.id)
        ]
        return [row for _, row in sorted(rows, key=lambda one: one[0])]


def standing_verdicts(session: Session, ledger: Ledger) -> dict[str, list[PageVerdict]]:
    """The verdicts that stand of a ledger's pages, by label, that of the first look before that of the second."""
    verdicts: dict[str, list[PageVerdict]] = {}
    for look in _looks(ledger):
        for _, row in _verdict_rows(session, _verdicts(ledger.id, look, Check.id.is_not(None)), look):
            verdicts.setdefault(row.seq, []).append(row)
    return verdicts


def of_pages(session: Session, ledger: Ledger, selection: Sequence[Page], look: CheckKind) -> dict[str, PageVerdict]:
    """What stands of some pages at a look, by their labels."""
    ids = [page.id for page in selection]
    rows = _verdict_rows(session, _of_pages(look), look, ledger_id=ledger.id, page_ids=ids)
    return {row.seq: row for _, row in rows}


def _looks(ledger: Ledger) -> list[CheckKind]:
    return [CheckKind.FIRST, CheckKind.SECOND] if ledger.looks == Looks.SECOND else [CheckKind.FIRST]


def _is_for(ledger: Ledger, look: CheckKind) -> ColumnElement[bool]:
    if look is CheckKind.FIRST:
        return true()
    return or_(check_counts.is_sampled(ledger), Check.verdict == CheckVerdict.REJECTED)


@cache
def _rejected(look: CheckKind) -> Select[*tuple[Any, ...]]:
    return _verdicts(bindparam("ledger_id"), look, only=CheckVerdict.REJECTED)


@cache
def _of_pages(look: CheckKind) -> Select[*tuple[Any, ...]]:
    return _verdicts(bindparam("ledger_id"), look, these=[Page.id.in_(bindparam("page_ids"))])


def _verdicts(
    ledger_id: LedgerId,
    look: CheckKind,
    *those: ColumnElement[bool],
    these: Sequence[ColumnElement[bool]] = (),
    only: CheckVerdict | None = None,
) -> Select[*tuple[Any, ...]]:
    """A query for what stands of those pages of a ledger, each with the page's order.

    With ``these`` no other page's verdicts are looked up; with ``only`` no other verdict counts.
    """
    if only is not None:
        these = [*these, check_counts.standing_verdict(look) == only]
    is_second = look is CheckKind.SECOND
    stands = check_counts.second_verdicts(ledger_id, *these) if is_second else check_counts.verdicts(ledger_id, *these)
    same_person = stands.c.same_person if is_second else false()
    return (
        select(Page.order, Page.number, Region.seq, Check, same_person)
        .join(Region, Region.page_id == Page.id)
        .join(Capture, Capture.id == Region.capture_id)
        .outerjoin(stands, stands.c.page_id == Page.id)
        .outerjoin(Check, Check.id == stands.c.check_id)
        .where(Page.ledger_id == ledger_id, Region.part == 1, *those, *these)
        .order_by(Page.order)
    )


def _verdict_rows(
    session: Session, query: Select[*tuple[Any, ...]], look: CheckKind, **parameters: Any
) -> list[tuple[int, PageVerdict]]:
    """What a query of :func:`_verdicts` finds: the pages' orders, and the verdict on each."""
    return [
        (order, _page_verdict(number, seq, check, is_same, look))
        for order, number, seq, check, is_same in session.execute(query, parameters)
    ]


def counts(station: Station, ledger_text: str) -> CheckCounts:
    """How far a ledger's pages were looked at."""
    with station.catalogue.reading() as session:
        return check_counts.counts(session, ledgers.find(session, ledger_text))


def next_unseen(station: Station, ledger_text: str, after: str | None = None) -> str | None:
    """The label of the next page behind ``after`` that nobody looked at, from the start where there is none behind."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return pages.label_behind(session, ledger, pages.labelled(ledger).where(Page.first_verdict.is_(None)), after)


def as_facts(check: Check) -> dict[str, Any]:
    """All of a verdict but its page, for the log."""
    columns = ("kind", "verdict", "reason", "note", "who", "image", "turn")
    return {**{column: getattr(check, column) for column in columns}, "at": check.at.isoformat()}


def forget(session: Session, page_ids: list[int]) -> None:
    """Drop the verdicts on pages that go, inside the caller's transaction; the log keeps them."""
    for check in session.scalars(select(Check).where(Check.page_id.in_(page_ids))):
        session.delete(check)
    session.flush()


def _page_verdict(
    number: str | None, seq: str, check: Check | None, same_person: bool | None, look: CheckKind
) -> PageVerdict:
    if check is None:
        return PageVerdict(seq, number, look, None, None, None, None, None)
    at = check.at.isoformat()
    return PageVerdict(seq, number, look, check.verdict, check.reason, check.note, check.who, at, bool(same_person))
