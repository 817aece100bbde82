"""Findings about the size of pages: whether it is that of the ledger's paper, as far as images tell."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Finding, Ledger
from station.domain import paper
from station.domain.finding_codes import FindingCode
from station.domain.paper import Layout
from station.domain.paper_fit import LOOSE, Extent, Fit, extent_detail, fit
from station.domain.states import PaperSource
from station.ledger import finding_resolutions, page_placement, pages
from station.ledger.finding_resolutions import Resolution
from station.settings import Settings


def doubt(settings: Settings, ledger: Ledger, capture: Capture) -> tuple[FindingCode, str] | None:
    """What is wrong with the extent of a capture, as a finding's code and detail; None where nothing is.

    Where pages measure another size than the paper that a person insists on (``ledger.paper_seen`` of a confirmed
    paper), both are right: such images do not tell their resolution truly, and a page is held against its neighbours.
    """
    size, layout = extent(capture), layout_of(settings, capture)
    if size is None or not ledger.paper:
        return None
    limits = settings.limits(capture.profile)
    right = [ledger.paper]
    if ledger.paper_source == PaperSource.CONFIRMED and ledger.paper_seen:
        right.append(ledger.paper_seen)
    expected = [paper.area(one, layout, turn=0) for one in right]
    fits = [fit(size, one, limits.wrong_size or LOOSE) for one in expected]
    if Fit.EXACT in fits or Fit.ON_ITS_SIDE in fits:
        return None
    if Fit.DOUBLED in fits and limits.two_pages and layout is Layout.PAGE:
        return FindingCode.TWO_PAGES, extent_detail(size, expected[-1])
    return (FindingCode.WRONG_SIZE, extent_detail(size, expected[-1])) if limits.wrong_size else None


def judge_again(settings: Settings, session: Session, ledger: Ledger, *, who: str) -> None:
    """After the ledger's paper changed: ask about pages that do not have its size, and no more about those that do.

    What a person answered about a page stays answered.
    """
    session.flush()
    measured = (Capture.ledger_id == ledger.id, Capture.current, Capture.paper_width.is_not(None))
    about = (Finding.code.in_((FindingCode.WRONG_SIZE, FindingCode.TWO_PAGES)), Finding.found_by == pages.STATION)
    findings: dict[int, list[Finding]] = {}
    for finding in session.scalars(select(Finding).join(Capture).where(*measured, *about)):
        findings.setdefault(finding.capture_id, []).append(finding)
    for capture in session.scalars(select(Capture).where(*measured)).all():
        open_findings = findings.get(capture.id, [])
        wrong = doubt(settings, ledger, capture)
        if wrong is None:
            sizes = [finding for finding in open_findings if finding.code == FindingCode.WRONG_SIZE]
            finding_resolutions.resolve(sizes, Resolution.PAPER, who=who)
        elif all(finding.resolution == Resolution.PAPER for finding in open_findings):
            code, detail = wrong
            pages.add_finding(session, capture, code, found_by=pages.STATION, detail=detail)


def extent(capture: Capture) -> Extent | None:
    """Width and height (mm) of the paper in a capture's upright image, None where that is not known."""
    if capture.paper_width is None or capture.paper_height is None:
        return None
    return capture.paper_width, capture.paper_height


def layout_of(settings: Settings, capture: Capture) -> Layout:
    """What the capture shows, by the profile it was scanned with."""
    return page_placement.layout_and_turn(settings, capture.profile)[0]
