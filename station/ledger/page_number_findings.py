"""Findings about the numbers printed on a ledger's pages: they jump (leaves left out), repeat, or go back.

A number alone proves little, for clerks misnumbered and a digit may be misread: one that leaps far counts when the next
page goes on from it, and a run that goes back is a numbering that begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from station.domain.finding_codes import FindingCode

#: A leap over more pages than that is believed when the next page goes on from there.
_FAR = 20
#: So many pages that go on from each other begin a numbering anew.
_ANEW = 3
#: In the detail of a leap, between the two numbers.
_ARROW = " → "


@dataclass(frozen=True)
class NumberedPage:
    """A page in its place (``order``, from 1), and the ``number`` that surely stands on it."""

    order: int
    label: str
    number: int


@dataclass(frozen=True)
class PageNumberFinding:
    """What is wrong at a page; ``detail`` is the other page's label of a repeat, else from where to where it leaps."""

    code: FindingCode
    detail: str


def is_gap(code: str, detail: str | None) -> bool:
    """Whether a finding tells of numbers that were left out: at one that goes back, a page is in a wrong place."""
    before, arrow, behind = (detail or "").partition(_ARROW)
    return code == FindingCode.PAGE_JUMP and bool(arrow) and int(before) < int(behind)


def page_number_findings(numbered: Sequence[NumberedPage]) -> dict[int, PageNumberFinding]:
    """The findings, by the page's order. Pages without a number may stand between those of ``numbered``."""
    findings: dict[int, PageNumberFinding] = {}
    labels: dict[int, str] = {}
    last: NumberedPage | None = None
    astray: list[NumberedPage] = []
    for page, following in zip(numbered, [*numbered[1:], None], strict=False):
        if last is not None and page.number <= last.number:
            astray = [*astray, page] if astray and _goes_on(astray[-1], page) else [page]
            if len(astray) < _ANEW:
                if (finding := _backwards(last, page, following, labels, is_first=len(astray) == 1)) is not None:
                    findings[page.order] = finding
                continue
            labels = {one.number: one.label for one in astray}
        elif last is not None and (missing := _missing(last, page)) > 0:
            if missing > _FAR and not _goes_on(page, following):
                continue
            findings[page.order] = _leap(last, page)
        last, astray = page, []
        labels.setdefault(page.number, page.label)
    return findings


def _backwards(
    last: NumberedPage,
    page: NumberedPage,
    following: NumberedPage | None,
    labels: dict[int, str],
    *,
    is_first: bool,
) -> PageNumberFinding | None:
    if page.number in labels:
        return PageNumberFinding(FindingCode.PAGE_REPEAT, labels[page.number])
    is_believed = last.number - page.number <= _FAR or _goes_on(page, following)
    return _leap(last, page) if is_first and is_believed else None


def _leap(last: NumberedPage, page: NumberedPage) -> PageNumberFinding:
    return PageNumberFinding(FindingCode.PAGE_JUMP, f"{last.number}{_ARROW}{page.number}")


def _missing(before: NumberedPage, page: NumberedPage) -> int:
    """How many numbers are left out between two pages; pages between them may have had one each."""
    return (page.number - before.number) - (page.order - before.order)


def _goes_on(before: NumberedPage, page: NumberedPage | None) -> bool:
    return page is not None and page.number > before.number and _missing(before, page) <= 0
