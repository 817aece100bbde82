"""A page too large for the glass is two captures: asked for one after the other, even when a kill lies between them."""

from __future__ import annotations

import contextlib

import pikepdf
import pytest
from sqlalchemy import select

from station.catalogue.models import Page, Region
from station.domain.states import PageState, ScanPurpose
from station.errors import Refused
from station.ledger import completeness, ledgers, page_placement, pages
from station.packaging import entry_documents
from station.scanning import recovery
from station.views import listings
from tests.station.laying import laid
from tests.station.opened_station import WHO, OpenedStation, sheet

HALF = "parts"


def seqs(desk: OpenedStation, ledger: str) -> list[str]:
    return [row.seq for row in listings.page_rows(desk.station, ledger)]


def parts(desk: OpenedStation, seq: str) -> list[str]:
    with desk.station.catalogue.reading() as session:
        ledger = session.scalars(select(Page.ledger_id).limit(1)).one()
        return [region.capture.label for region in pages.by_label(session, ledger, seq).regions]


def gaps(desk: OpenedStation, ledger: str) -> list[str]:
    with desk.station.catalogue.reading() as session:
        return [gap.code for gap in completeness.gaps(session, ledgers.find(session, ledger))]


def test_two_captures_are_one_page_called_by_the_first(desk: OpenedStation) -> None:
    ledger = desk.ledger(paper="A3")
    assert laid(desk, ledger, 4, profile=HALF) == ["001", "002", "003", "004"]
    assert seqs(desk, ledger) == ["001", "003"]
    assert (parts(desk, "001"), parts(desk, "003")) == (["001", "002"], ["003", "004"])
    assert listings.ledger_row(desk.station, ledger).pages_captured == 2


def test_session_that_ends_between_the_halves_leaves_a_page_that_the_next_session_asks_for(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, 3, profile=HALF)
    said = page_placement.next_part(desk.station, ledger)
    assert said is not None
    assert "003" in said.sentence("vi")
    assert [row.findings for row in listings.page_rows(desk.station, ledger)] == [[], ["part-missing"]]
    laid(desk, ledger, profile=HALF)
    assert parts(desk, "003") == ["003", "004"]
    assert page_placement.next_part(desk.station, ledger) is None
    assert [row.findings for row in listings.page_rows(desk.station, ledger)] == [[], []]


def test_half_recovered_after_a_kill_completes_its_page(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, profile=HALF)
    killed = desk.session(ledger)
    run, folder = killed.__enter__()
    desk.by_hand("UPDATE session SET profile = ? WHERE id = ?", HALF, run)
    sheet(folder, 2)
    with contextlib.suppress(SystemExit):
        killed.__exit__(SystemExit, SystemExit(), None)
    recovery.recover(desk.station)
    assert seqs(desk, ledger) == ["001"]
    assert parts(desk, "001") == ["001", "002"]


def test_page_of_one_half_is_a_gap_until_the_other_is_there(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, profile=HALF)
    pages.change(desk.station, ledger, "001", who=WHO, state=PageState.BLANK)
    assert gaps(desk, ledger) == ["gap-parts"]
    laid(desk, ledger, profile=HALF)
    assert gaps(desk, ledger) == []


def test_page_scanned_whole_meanwhile_does_not_become_the_missing_half(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, profile=HALF)
    desk.lay(ledger)
    assert seqs(desk, ledger) == ["001", "002"]
    laid(desk, ledger, profile=HALF)
    assert parts(desk, "001") == ["001", "003"]
    assert seqs(desk, ledger) == ["001", "002"]


def test_retake_of_a_half_replaces_that_half_alone(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, 2, profile=HALF)
    assert laid(desk, ledger, profile=HALF, purpose=ScanPurpose.RETAKE, anchor="002") == ["002"]
    assert seqs(desk, ledger) == ["001"]
    assert desk.all(select(Region.part)) == [1, 2]
    with desk.station.catalogue.reading() as session:
        (page,) = session.scalars(select(Page)).all()
        assert [(region.capture.label, region.capture.revision) for region in page.regions] == [("001", 1), ("002", 2)]


def test_inserted_halves_are_a_page_of_their_own_while_another_waits(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, 5, profile=HALF)
    assert laid(desk, ledger, 2, profile=HALF, purpose=ScanPurpose.INSERT, anchor="001") == ["001a", "001b"]
    assert seqs(desk, ledger) == ["001", "001a", "003", "005"]
    laid(desk, ledger, profile=HALF)
    assert parts(desk, "005") == ["005", "006"]


def test_inserted_half_is_completed_before_the_one_that_waited_longer(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, 3, profile=HALF)
    laid(desk, ledger, profile=HALF, purpose=ScanPurpose.INSERT, anchor="001")
    laid(desk, ledger, 2, profile=HALF)
    assert (parts(desk, "001a"), parts(desk, "003")) == (["001a", "004"], ["003", "005"])


def test_halves_lie_on_their_side_and_the_lower_one_is_turned_by_itself(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, 2, profile=HALF)
    assert desk.all(select(Region.rotation).order_by(Region.part)) == [90, 90]
    pages.change(desk.station, ledger, "002", who=WHO, rotate=180)
    assert desk.all(select(Region.rotation).order_by(Region.part)) == [90, 270]
    pages.change(desk.station, ledger, "001", who=WHO, rotate=90)
    assert desk.all(select(Region.rotation).order_by(Region.part)) == [180, 0]


def test_page_that_has_no_lower_half_is_said_to_be_whole(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, profile=HALF)
    page_placement.make_whole(desk.station, ledger, "001", who=WHO)
    laid(desk, ledger, profile=HALF)
    assert seqs(desk, ledger) == ["001", "002"]
    with pytest.raises(Refused) as refused:
        page_placement.move_fold(desk.station, ledger, "002", 0.5, who=WHO)
    assert refused.value.code == "page-of-parts"


def test_entrys_pdf_shows_the_upper_half_and_then_the_lower_one(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    laid(desk, ledger, 2, profile=HALF)
    desk.entry(ledger, "001", "1", "2007-01-15")
    entry_documents.update_documents(desk.station, ledger)
    (row,) = listings.entry_rows(desk.station, ledger)
    files = desk.all(select(Region).order_by(Region.part))
    assert row.file is not None
    with pikepdf.open(desk.data / row.file) as document:
        shown = [next(iter(page.get_images().values())).read_raw_bytes() for page in document.pages]
    assert shown == [(desk.data / region.capture.file).read_bytes() for region in files]
