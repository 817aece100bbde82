"""What a person answers to the station's questions, each one act in the log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Capture, Finding, Ledger
from station.context import Station
from station.domain.finding_codes import NAMES_ANOTHER, FindingCode
from station.domain.states import PageState
from station.errors import Refused
from station.ledger import finding_resolutions, ledgers, page_order, pages
from station.ledger.finding_resolutions import Resolution
from station.review import suggested_place


def keep(station: Station, finding_ids: Sequence[int], *, who: str) -> None:
    """The image stays as it is, where it is: these findings ask no more."""
    with station.catalogue.writing() as session:
        for finding_id in finding_ids:
            _resolve(session, _open_finding(session, finding_id), Resolution.KEPT, who)


def mark_blank(station: Station, finding_id: int, *, who: str) -> None:
    """The page is blank indeed, or a form that nobody used; blank pages are legal and counted."""
    with station.catalogue.reading() as session:
        finding = _open_finding(session, finding_id)
        if finding.code not in (FindingCode.BLANK, FindingCode.EMPTY_FORM):
            raise Refused("answer-unfit", id=finding_id)
        capture = session.get_one(Capture, finding.capture_id)
        ledger = ledgers.reference(session.get_one(Ledger, capture.ledger_id))
        label = capture.label
    # Resolves the finding in the same transaction, as saying it anywhere else does.
    pages.change(station, ledger, label, who=who, state=PageState.BLANK)


def place(station: Station, finding_id: int, after: str | None, *, who: str) -> str:
    """A recovered page goes behind the page ``after``, or to its probable place; gives the label it came behind."""
    with station.catalogue.writing() as session:
        finding = _open_finding(session, finding_id)
        if finding.code != FindingCode.RECOVERED:
            raise Refused("answer-unfit", id=finding_id)
        capture = session.get_one(Capture, finding.capture_id)
        target = suggested_place.suggested_place(session, capture).after if after is None else after
        page_order.move_capture(session, session.get_one(Ledger, capture.ledger_id), capture, target, who=who)
        _resolve(session, finding, Resolution.PLACED, who)
        return target


def repeat(station: Station, finding_id: int, of: str | None, *, who: str) -> None:
    """The image shows the page ``of`` once more (some findings name it themselves) and is set aside, not deleted."""
    with station.catalogue.writing() as session:
        finding = _open_finding(session, finding_id)
        if finding.code not in (FindingCode.RECOVERED, *NAMES_ANOTHER):
            raise Refused("answer-unfit", id=finding_id)
        other = of or (finding.detail if finding.code in NAMES_ANOTHER else None)
        if not other:
            raise Refused("repeat-of-what", id=finding_id)
        capture = session.get_one(Capture, finding.capture_id)
        page_order.set_capture_aside(session, session.get_one(Ledger, capture.ledger_id), capture, other, who=who)


def _open_finding(session: Session, finding_id: int) -> Finding:
    finding = session.get(Finding, finding_id)
    if finding is None or not session.get_one(Capture, finding.capture_id).current:
        raise Refused("ask-unknown", id=finding_id)
    if finding.resolved_at is not None:
        raise Refused("ask-answered", id=finding_id, who=finding.resolved_by)
    return finding


def _resolve(session: Session, finding: Finding, how: Resolution, who: str) -> None:
    finding_resolutions.resolve([finding], how, who=who)
    capture = session.get_one(Capture, finding.capture_id)
    ledger = session.get_one(Ledger, capture.ledger_id)
    facts = {"label": capture.label, "code": finding.code, "answer": str(how)}
    event_log.record(session, who, "finding-answered", ledgers.reference(ledger), finding=finding.id, **facts)
    ledgers.settle(session, ledger)
