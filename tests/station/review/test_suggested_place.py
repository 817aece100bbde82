"""Where a recovered page probably belongs: by its session, its anchor, its name, the time it was scanned."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from station.catalogue.models import Capture
from station.domain.states import ScanPurpose
from station.ledger import page_order
from station.review import suggested_place
from station.review.suggested_place import SuggestedPlace
from station.scanning import orphan_recovery
from tests.station.asking import current, order
from tests.station.opened_station import MOMENT, WHO, OpenedStation, sheet

PAGES = "ledgers/19429/KH/2007/KH.2007.01/pages"


def place(desk: OpenedStation, ledger: str, label: str) -> SuggestedPlace:
    with desk.station.catalogue.reading() as session:
        return suggested_place.suggested_place(session, session.get_one(Capture, current(desk, ledger, label)))


def scanned_at(desk: OpenedStation, ledger: str, label: str, minutes: int) -> None:
    with desk.station.catalogue.writing() as session:
        capture = session.get_one(Capture, current(desk, ledger, label))
        capture.started_at = MOMENT + timedelta(minutes=minutes)


def test_page_belongs_behind_the_one_scanned_before_it_in_its_session(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.lay(ledger, 3)
    page_order.move(desk.station, ledger, "004", "001", who=WHO)
    found = place(desk, ledger, "004")
    assert (found.after, found.why.code) == ("003", "place-session")


def test_session_goes_by_the_time_of_scanning_where_a_later_sheet_was_accepted_first(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    for label, minutes in (("001", 1), ("002", 3), ("003", 2)):
        scanned_at(desk, ledger, label, minutes)
    assert place(desk, ledger, "003").after == "001"
    assert place(desk, ledger, "002").after == "003"


def test_first_page_of_an_insert_belongs_behind_its_anchor(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    desk.lay(ledger, 1, purpose=ScanPurpose.INSERT, anchor="001")
    found = place(desk, ledger, "001a")
    assert (found.after, found.why.code) == ("001", "place-insert")
    desk.lay(ledger, 1, purpose=ScanPurpose.INSERT, anchor="000")
    assert place(desk, ledger, "000a").after == "000"


def test_retake_stands_where_it_belongs(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
    found = place(desk, ledger, "002")
    assert (found.after, found.why.code) == ("001", "place-retake")


def test_file_found_in_the_pages_folder_belongs_where_its_name_says(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    found_file(desk, "KH.2007.01.003.jpg")
    assert desk.lay(ledger) == ["004"]
    orphan_recovery.adopt(desk.station, who=WHO)
    assert order(desk, ledger) == ["001", "002", "004", "003"]
    found = place(desk, ledger, "003")
    assert (found.after, found.why.code) == ("002", "place-label")


def test_file_named_as_an_insert_belongs_behind_the_page_it_names(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    found_file(desk, "KH.2007.01.001b.jpg")
    orphan_recovery.adopt(desk.station, who=WHO)
    assert place(desk, ledger, "001b").after == "001"


def test_first_sheet_of_a_session_belongs_behind_what_was_scanned_before_it(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    desk.lay(ledger)
    desk.lay(ledger)
    for label, minutes in (("001", 1), ("002", 9), ("003", 5)):
        scanned_at(desk, ledger, label, minutes)
    found = place(desk, ledger, "003")
    assert (found.after, found.why.code) == ("001", "place-time")


def test_page_older_than_all_others_belongs_to_the_front(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger)
    desk.lay(ledger)
    scanned_at(desk, ledger, "002", -5)
    assert place(desk, ledger, "002").after == "000"


def test_page_whose_neighbour_was_set_aside_belongs_behind_the_one_before_that(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    page_order.set_aside(desk.station, ledger, "002", "001", who=WHO)
    assert place(desk, ledger, "003").after == "001"


def found_file(desk: OpenedStation, name: str) -> Path:
    """A whole image of ours that the catalogue does not know, as an older backup's finds it."""
    return sheet(desk.folder, 9).rename(desk.data / PAGES / name)
