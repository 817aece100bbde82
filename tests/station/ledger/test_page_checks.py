"""The first look: a verdict holds for the image that was seen; a checked ledger has no page unseen or rejected."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from station.catalogue.models import Event, Package
from station.domain.checks import CheckVerdict, RejectReason
from station.domain.states import LedgerState, ScanPurpose
from station.errors import Refused
from station.ledger import page_checks, page_order, pages
from station.ledger.check_counts import CheckCounts
from station.ledger.entries import Act
from station.ledger.page_checks import SeenImage
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation

LIN = "Lin"

pytestmark = pytest.mark.usefixtures("right_verdicts")


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A closed ledger of three pages, complete by its totals."""
    return desk.whole(closing_pages=3, closing_entries=3)


def right(desk: OpenedStation, ledger: str, labels: str = "001-003") -> None:
    page_checks.judge(desk.station, Act(ledger, LIN), labels, CheckVerdict.RIGHT)


def reject(desk: OpenedStation, ledger: str, label: str, why: RejectReason = RejectReason.HAND, note: str = "") -> None:
    page_checks.judge(desk.station, Act(ledger, LIN, note), label, CheckVerdict.REJECTED, why)


def counts(desk: OpenedStation, ledger: str) -> tuple[int, int, int]:
    told = page_checks.counts(desk.station, ledger)
    return told.pages, told.right, told.rejected


def unseen(desk: OpenedStation, ledger: str) -> list[str]:
    return [one.seq for one in page_checks.verdicts(desk.station, ledger) if one.verdict is None]


def manifest(desk: OpenedStation, ledger: str) -> dict[str, object]:
    told = json.loads(desk.package(ledger).files[-1].read_text(encoding="utf-8"))
    return dict(told["checked"])


def test_ledger_of_which_every_page_was_seen_and_is_right_is_checked(desk: OpenedStation, ledger: str) -> None:
    assert desk.state(ledger) == LedgerState.INDEXED
    right(desk, ledger, "001-002")
    assert desk.state(ledger) == LedgerState.INDEXED
    right(desk, ledger, "003")
    assert (desk.state(ledger), counts(desk, ledger)) == (LedgerState.CHECKED, (3, 3, 0))


def test_ledger_that_is_not_complete_is_not_checked_either(desk: OpenedStation) -> None:
    name = desk.ledger()
    desk.lay(name, 3)
    right(desk, name)
    assert desk.state(name) == LedgerState.SCANNING
    assert not CheckCounts(0, 0, 0).is_checked


def test_rejected_page_comes_back_with_its_reason_and_is_asked_about(desk: OpenedStation, ledger: str) -> None:
    right(desk, ledger, "001,003")
    reject(desk, ledger, "002", RejectReason.GLARE, "đèn bàn")
    (back,) = page_checks.returned(desk.station, ledger)
    assert (back.seq, back.reason, back.note, back.who) == ("002", "glare", "đèn bàn", LIN)
    assert desk.state(ledger) == LedgerState.INDEXED
    (asked,) = listings.questions(desk.station, ledger)
    assert (asked.code, asked.facts) == ("ask-rejected", {"count": 1, "labels": "002"})
    right(desk, ledger, "002")
    assert listings.questions(desk.station, ledger) == []
    assert desk.state(ledger) == LedgerState.CHECKED


def test_page_that_was_scanned_again_is_to_be_looked_at_once_more(desk: OpenedStation, ledger: str) -> None:
    right(desk, ledger, "001,003")
    reject(desk, ledger, "002")
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
    assert unseen(desk, ledger) == ["002"]
    assert page_checks.next_unseen(desk.station, ledger, "003") == "002"
    assert page_checks.returned(desk.station, ledger) == []


def test_page_that_was_turned_is_to_be_looked_at_once_more(desk: OpenedStation, ledger: str) -> None:
    right(desk, ledger)
    pages.change(desk.station, ledger, "002", who=WHO, rotate=180)
    assert unseen(desk, ledger) == ["002"]
    assert desk.state(ledger) == LedgerState.INDEXED
    pages.change(desk.station, ledger, "002", who=WHO, rotate=180)
    assert (unseen(desk, ledger), desk.state(ledger)) == ([], LedgerState.CHECKED), "what was seen stands there again"


def test_page_that_was_set_aside_takes_its_verdict_along(desk: OpenedStation, ledger: str) -> None:
    right(desk, ledger, "001-002")
    reject(desk, ledger, "003", RejectReason.WRONG_LEDGER)
    page_order.set_pages_aside(desk.station, Act(ledger, WHO, "nhầm sổ"), "003")
    assert counts(desk, ledger) == (2, 2, 0)
    assert len(desk.all(select(Event.id).where(Event.what == "pages-checked"))) == 2, "the log keeps it"


def test_verdict_on_an_image_that_was_not_seen_is_refused(desk: OpenedStation, ledger: str) -> None:
    seen = {"001": SeenImage(1, 0), "002": SeenImage(1, 0)}
    with pytest.raises(Refused) as refused:
        page_checks.judge(desk.station, Act(ledger, LIN), "001-002", CheckVerdict.RIGHT, None, seen)
    assert (refused.value.code, refused.value.facts) == ("check-image-changed", {"label": "002"})
    assert counts(desk, ledger) == (3, 0, 0), "none of them"


def test_rejection_needs_a_reason(desk: OpenedStation, ledger: str) -> None:
    with pytest.raises(Refused, match="reason"):
        page_checks.judge(desk.station, Act(ledger, LIN), "001", CheckVerdict.REJECTED)


def test_package_says_how_far_the_pages_were_looked_at(desk: OpenedStation, ledger: str) -> None:
    right(desk, ledger, "001-002")
    assert manifest(desk, ledger) == {"whole": False, "seen": 2, "rejected": 0, "needed": "first"}
    right(desk, ledger, "003")
    assert desk.state(ledger) == LedgerState.CHECKED, "a new package is due"
    assert manifest(desk, ledger) == {"whole": True, "seen": 3, "rejected": 0, "needed": "first"}
    assert desk.all(select(Package.checked).order_by(Package.id)) == [False, True]
    assert desk.state(ledger) == LedgerState.PACKAGED
