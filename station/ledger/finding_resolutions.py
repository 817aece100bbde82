"""Answers to findings: a finding asks, and the answer is kept with who and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Finding, Page, Region
from station.domain.finding_codes import FindingCode
from station.domain.states import PageState
from station.ledger import page_readings
from station.messages import Message

#: Findings with sentences of their own; another release may have written others into the catalogue.
CODES = frozenset(FindingCode)
#: What is not on the form of its ledger, and need not be.
_WITHOUT_FORM = (PageState.BLANK, PageState.CLOSING, PageState.COVER)
#: Between an answer and the line of the log that tells it, in one transaction.
_ONE_ACT = timedelta(seconds=60)


class Resolution(StrEnum):
    """What was answered: the image stays, the page is blank, it was scanned again, found its place, or is a repeat;
    ``SORTED``, a person said that it is a page which has no form, or another one.

    Three are no answer about the image: ``ASIDE``, it was taken out of the ledger, ``PAPER``, the ledger's paper became
    known, and the page has its size, and ``MENDED``, it is so no longer: a page was turned, a leaf put back.
    """

    KEPT = "kept"
    BLANK = "blank"
    RETAKEN = "retaken"
    PLACED = "placed"
    REPEAT = "repeat"
    SORTED = "sorted"
    ASIDE = "aside"
    PAPER = "paper"
    MENDED = "mended"


def unanswered() -> tuple[ColumnElement[bool], ...]:
    """The conditions of a finding that still asks, for a query over findings and captures."""
    return Finding.resolved_at.is_(None), Capture.current.expression


def asks() -> ColumnElement[bool]:
    """The condition, on ``Capture``, that some finding of it still asks."""
    return and_(Capture.current, Capture.asks)


def resolve(findings: Iterable[Finding], how: Resolution, *, who: str) -> None:
    """Answer those of the findings that are still open."""
    for finding in findings:
        if finding.resolved_at is None:
            finding.resolved_by, finding.resolved_at, finding.resolution = who, datetime.now(UTC), how


def of_capture(session: Session, capture: Capture, how: Resolution, *, who: str) -> None:
    """Close all findings of a capture, because it is not the page's image any more."""
    resolve(session.scalars(select(Finding).where(Finding.capture_id == capture.id)), how, who=who)


def of_state(session: Session, page: Page, state: PageState, *, who: str) -> None:
    """A person who says that a page is blank has answered whether it is; of it, a cover and a closing page also why
    they are not on the ledger's form.
    """
    capture_ids = select(Region.capture_id).where(Region.page_id == page.id)
    answered = {
        Resolution.BLANK: (FindingCode.BLANK, FindingCode.EMPTY_FORM) if state == PageState.BLANK else (),
        Resolution.SORTED: (FindingCode.OTHER_FORM,) if state in _WITHOUT_FORM else (),
    }
    for how, codes in answered.items():
        query = select(Finding).where(Finding.capture_id.in_(capture_ids), Finding.code.in_(codes))
        resolve(session.scalars(query) if codes else (), how, who=who)


def of_turn(session: Session, capture_ids: Collection[int], *, who: str) -> None:
    """Of images that were turned those that stand upright now are not asked about any more."""
    on_its_head = (Finding.code == FindingCode.UPSIDE_DOWN, Finding.resolved_at.is_(None))
    asked = session.scalars(select(Finding).where(Finding.capture_id.in_(capture_ids), *on_its_head))
    upright = [one for one in asked if not page_readings.shows_upside_down(session, one.capture_id)]
    resolve(upright, Resolution.MENDED, who=who)


def reopen(session: Session, capture_ids: Collection[int], how: Resolution, *, since: datetime) -> None:
    """Ask again what was answered of images in that way, in or after that moment."""
    answered = (Finding.resolution == how, Finding.resolved_at >= since - _ONE_ACT)
    for finding in session.scalars(select(Finding).where(Finding.capture_id.in_(capture_ids), *answered)):
        finding.resolved_by = finding.resolved_at = finding.resolution = None


def name(code: str) -> Message:
    """A finding in two or three words; one that this release does not know keeps its code."""
    return Message(f"flaw-{code}") if code in CODES else Message("flaw-other", {"code": code})


def sentence(code: str, label: str, detail: str | None) -> Message:
    """What was seen, what is safe, what to do. ``label`` is the page's; of a near-duplicate, ``detail`` the other's."""
    facts = {"label": label, "detail": detail or ""}
    return Message(f"finding-{code}", facts) if code in CODES else Message("finding-other", {**facts, "code": code})
