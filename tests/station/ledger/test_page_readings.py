"""Readings are kept for the image and for the part of it that a page shows: read once, never of another image."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select

from station.catalogue.models import Page, Reading, ReadValue
from station.domain.states import LedgerState, ScanPurpose
from station.ledger import ledgers, page_placement, page_readings, pages
from station.ledger.page_readings import MOST_TRIES
from station.reading.fields import PageReading
from station.upkeep import master_retention
from tests.station.laying import laid
from tests.station.opened_station import STICK, WHO, OpenedStation, opened_station
from tests.station.pages_read import kept, read, reading, unread
from tests.station.upkeep.test_master_retention import POLICY, age
from tests.stations import UNASKED

BOOK = f'[[profile]]\nid = "book"\nlayout = "spread"\n{UNASKED}'


def names(files: list[str]) -> list[str]:
    return [file.rpartition("/")[2].split(".", 3)[-1] for file in files]


def shown(desk: OpenedStation, ledger: str, label: str) -> PageReading | None:
    """The reading of a page as it is shown."""
    with desk.station.catalogue.reading() as session:
        own = ledgers.find(session, ledger)
        page = pages.by_label(session, own.id, label)
        stored = page_readings.of_ledger(session, own).get(page.id)
        return None if stored is None else stored.page


def test_pages_of_open_ledgers_are_to_be_read_the_newest_first(desk: OpenedStation) -> None:
    ledger, other = desk.ledger(), desk.ledger("KS.2007.01")
    desk.lay(ledger, 2)
    desk.lay(other, 1)
    desk.by_hand("UPDATE ledger SET state = ? WHERE type = 'KS'", LedgerState.PACKAGED)
    assert names(unread(desk)) == ["002.jpg", "001.jpg"]


def test_what_was_read_comes_back_as_it_was(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 1)
    said = reading(page="1", number="11", date="2007-02-04", likely=("date",))
    read(desk, ledger, p001=said)
    assert shown(desk, ledger, "001") == said
    assert unread(desk) == []


def test_retake_is_read_anew_and_the_image_before_it_brings_its_reading_back(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 1)
    read(desk, ledger, p001=reading(page="1"))
    desk.lay(ledger, 1, purpose=ScanPurpose.RETAKE, anchor="001")
    assert shown(desk, ledger, "001") is None
    assert len(unread(desk)) == 1
    read(desk, ledger, p001=reading(page="2"))
    page_placement.take_earlier(desk.station, ledger, "001", 1, who=WHO)
    assert shown(desk, ledger, "001") == reading(page="1")
    assert unread(desk) == []


def test_page_that_is_turned_upside_down_is_not_read_again_and_says_so(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 1)
    read(desk, ledger, p001=reading(page="1"))
    pages.change(desk.station, ledger, "001", who=WHO, rotate=180)
    assert unread(desk) == []
    assert shown(desk, ledger, "001") == reading(page="1", upside_down=True)
    pages.change(desk.station, ledger, "001", who=WHO, rotate=90)
    assert len(unread(desk)) == 1, "on its side nothing was read"
    assert shown(desk, ledger, "001") is None


def test_both_pages_of_an_open_book_are_read_and_again_where_the_fold_moves(tmp_path: Path) -> None:
    with opened_station(tmp_path, STICK + BOOK) as desk:
        ledger = desk.ledger()
        laid(desk, ledger, profile="book", size=(60, 40))
        assert len(unread(desk)) == 2
        read(desk, ledger, p001_1=reading(page="1"), p001_2=reading(page="2"))
        assert unread(desk) == []
        assert shown(desk, ledger, "001.2") == reading(page="2")
        page_placement.move_fold(desk.station, ledger, "001.1", 0.4, who=WHO)
        assert len(unread(desk)) == 2
        read(desk, ledger, p001_1=reading(page="1"), p001_2=reading(page="3"))
        assert (unread(desk), kept(desk)) == ([], 2), "a reading of a part that nobody sees any more is none"


def test_page_that_cannot_be_read_is_tried_a_few_times(desk: OpenedStation) -> None:
    desk.lay(desk.ledger(), 1)
    for left in range(MOST_TRIES, 0, -1):
        with desk.station.catalogue.writing() as session:
            page = page_readings.next_unread(session)
            assert page is not None, f"{left} tries are left"
            page_readings.count_try(session, page)
    assert unread(desk) == []
    assert desk.all(select(Reading.read_at)) == [None]


def test_page_that_was_set_aside_is_not_read(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    desk.by_hand("DELETE FROM region WHERE page_id = (SELECT max(id) FROM page)")
    desk.by_hand("DELETE FROM page WHERE id = (SELECT max(id) FROM page)")
    assert len(desk.all(select(Page.id))) == 1
    assert names(unread(desk)) == ["001.jpg"]


def test_readings_go_with_the_images_that_the_province_holds(tmp_path: Path, delivered_folder: Path) -> None:
    shutil.copytree(delivered_folder, tmp_path, dirs_exist_ok=True)
    with opened_station(tmp_path, POLICY) as desk:
        age(desk, 40)
        read(desk, "KH.2007.01", p001=reading(page="1"), p002=reading(page="2"))
        (outcome,) = master_retention.free(desk.station, who=WHO)
        assert outcome.reason is None
        assert (kept(desk), desk.all(select(ReadValue.id))) == (0, [])
