"""What was read on pages just now and speaks against their order, to be told while the book still lies on the glass."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Finding, Ledger, Page, Reading, ReadValue, Region
from station.context import Station
from station.domain.finding_codes import READ_OFF, FindingCode
from station.ledger import finding_resolutions, ledgers
from station.reading.fields import FieldKind
from station.review.questions import FindingQuestion, others_named
from station.views.listed_rows import RowPicture

#: What of a page shows it.
_SHOWN_BY = {FindingCode.PAGE_JUMP: FieldKind.PAGE, FindingCode.PAGE_REPEAT: FieldKind.PAGE}


@dataclass(frozen=True)
class ReadingQuestion:
    """A finding by what was read: ``value`` is the id of the value that shows it, None where the whole page does.

    ``key`` names the question of its image, ``seq`` the page.
    """

    doubt: FindingQuestion
    key: str
    seq: str
    value: int | None
    picture: RowPicture


def newest(station: Station, ledger_text: str, most: int) -> list[ReadingQuestion]:
    """The questions about what was read on the pages of a ledger, those of its newest images first."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        if not _are_there(session, ledger):
            return []
        query = (
            select(Finding, Page, Region)
            .join(Capture, Capture.id == Finding.capture_id)
            .join(Region, Region.capture_id == Capture.id)
            .join(Page, Page.id == Region.page_id)
            .where(*_asked_of(ledger))
            .group_by(Finding.id)  # a spread is one image of two pages, and asks once
            .order_by(Capture.counter.desc(), Finding.id)
        )
        found = [
            (
                FindingQuestion(finding.id, finding.code, finding.detail, region.capture.label, page.number),
                finding,
                region,
            )
            for finding, page, region in session.execute(query.limit(most))
        ]
        others = others_named(session, ledger, [doubt for doubt, _, _ in found])
        return [
            ReadingQuestion(
                replace(doubt, other=others.get(doubt.id)),
                f"c{finding.capture_id}",
                region.seq,
                _value(session, ledger, finding),
                RowPicture.of(region),
            )
            for doubt, finding, region in found
        ]


def _are_there(session: Session, ledger: Ledger) -> bool:
    """Whether anything is asked at all: seldom, and to see that costs a tenth of reading images and pages."""
    query = select(Finding.id).join(Capture, Capture.id == Finding.capture_id).where(*_asked_of(ledger))
    return session.scalar(query.limit(1)) is not None


def _asked_of(ledger: Ledger) -> list[ColumnElement[bool]]:
    return [
        Capture.ledger_id == ledger.id,
        finding_resolutions.asks(),
        *finding_resolutions.unanswered(),
        Finding.code.in_(READ_OFF),
    ]


def _value(session: Session, ledger: Ledger, finding: Finding) -> int | None:
    kind = _SHOWN_BY.get(FindingCode(finding.code))
    if finding.code == FindingCode.WRONG_LEDGER:
        kind = FieldKind.BOOK if (finding.detail or "").startswith(f"{ledger.type} ") else FieldKind.TYPE
    query = select(ReadValue.id).join(Reading).where(Reading.capture_id == finding.capture_id, ReadValue.kind == kind)
    return session.scalars(query.order_by(Reading.side, ReadValue.id).limit(1)).first()
