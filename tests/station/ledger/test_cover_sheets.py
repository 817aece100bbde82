"""A scanned cover sheet of the ledger itself makes its page a cover; nobody's word is overridden by it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import Event, Page
from station.domain.states import PageState
from station.ledger import cover_sheets, ledgers, pages
from station.ledger.page_readings import Unread
from station.reading.fields import PageReading
from tests.station.opened_station import WHO, OpenedStation
from tests.station.pages_read import reading

#: What the code of the cover sheet of KH.2007.01 says, and says it in one place.
OWN = {"type": "KH", "book": "1", "year": "2007"}


def read_on(desk: OpenedStation, ledger: str, label: str, said: PageReading) -> None:
    with desk.station.catalogue.writing() as session:
        page = pages.by_label(session, ledgers.find(session, ledger).id, label)
        cover_sheets.mark_cover(session, Unread.of(page.regions[0]), said)


def states(desk: OpenedStation) -> list[str]:
    return desk.all(select(Page.state).order_by(Page.order))


def test_own_cover_sheet_makes_its_page_a_cover_and_the_log_says_so(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 2)
    read_on(desk, ledger, "001", reading(OWN))
    assert states(desk) == [PageState.COVER, PageState.UNSORTED]
    logged = desk.all(select(Event.who).where(Event.what == "page-changed"))
    assert logged == [pages.STATION]


@pytest.mark.parametrize(
    "said",
    [
        reading(OWN, page="1"),
        reading({**OWN, "book": "2"}),
        reading({**OWN, "year": "2008"}),
        reading({"type": "KH", "year": "2007"}),
        reading({}),
    ],
    ids=["heading of a form", "another book", "another year", "no book", "nothing"],
)
def test_what_is_no_cover_sheet_of_this_ledger_says_nothing_of_its_page(desk: OpenedStation, said: PageReading) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 1)
    read_on(desk, ledger, "001", said)
    assert states(desk) == [PageState.UNSORTED]


def test_page_of_which_a_person_said_what_it_is_stays_that(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 1)
    pages.change(desk.station, ledger, "001", who=WHO, state=PageState.CORRECTION)
    read_on(desk, ledger, "001", reading(OWN))
    assert states(desk) == [PageState.CORRECTION]
