"""The entries view begins with what was read off the page, coloured by how sure it is; whose the values are is kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from station.catalogue.models import EntryRevision
from tests.station.pages_read import read, reading
from tests.web.browsing import Browser

LEDGER = "KH.2007.01"
ENTRIES = f"/ledger/19429/{LEDGER}/entries"


@pytest.fixture
def at_first_page(page: Browser) -> Browser:
    """A browser at the first of two pages, on which number and date were read."""
    page.desk.ledger(LEDGER)
    page.desk.lay(LEDGER, 2)
    read(page.desk, LEDGER, p001=reading(number="7", date="2007-02-04", likely=("date",)))
    page.open(ENTRIES)
    return page


def field(page: Browser, name: str) -> str:
    """The tag of a field of the form."""
    return next(tag for tag in page.html.split("<input ")[1:] if f'name="{name}"' in tag).partition(">")[0]


def value(page: Browser, name: str) -> str:
    return field(page, name).partition('value="')[2].partition('"')[0]


def sent(page: Browser, **other: str) -> dict[str, str]:
    names = ("page", "entry", "revision", "offered", "number", "date", "pages")
    return {name: value(page, name) for name in names} | other


def sources(page: Browser) -> list[str | None]:
    return page.desk.all(select(EntryRevision.source).order_by(EntryRevision.id))


def test_form_begins_with_what_was_read_in_the_colour_of_its_grade(at_first_page: Browser) -> None:
    assert (value(at_first_page, "number"), value(at_first_page, "date")) == ("007", "04/02/2007")
    assert "read-sure" in field(at_first_page, "number")
    assert "read-likely" in field(at_first_page, "date")


def test_page_that_was_not_read_is_proposed_by_the_order_without_a_colour(at_first_page: Browser) -> None:
    at_first_page.open(f"{ENTRIES}?page=002")
    assert (value(at_first_page, "date"), value(at_first_page, "offered")) == ("//2007", "")
    assert "read-sure" not in at_first_page.html
    assert "read-likely" not in at_first_page.html


@pytest.mark.parametrize(
    ("other", "source"),
    [({}, "read"), ({"date": "5/2/2007"}, "typed"), ({"number": "8"}, "typed"), ({"offered": "no such"}, "typed")],
)
def test_source_is_read_where_both_were_accepted_as_they_stood(
    at_first_page: Browser, other: dict[str, str], source: str
) -> None:
    at_first_page.send(ENTRIES, 200, **sent(at_first_page, **other))
    assert sources(at_first_page) == [source]


def test_number_by_the_order_beside_a_date_that_was_read_is_proposed(page: Browser) -> None:
    page.desk.ledger(LEDGER)
    page.desk.lay(LEDGER, 1)
    read(page.desk, LEDGER, p001=reading(date="2007-02-04"))
    page.open(ENTRIES)
    page.send(ENTRIES, 200, **sent(page))
    assert sources(page) == ["proposed"]


def test_correction_is_typed(at_first_page: Browser) -> None:
    at_first_page.send(ENTRIES, 200, **sent(at_first_page))
    at_first_page.open(f"{ENTRIES}?page=001")
    at_first_page.send(ENTRIES, 200, **sent(at_first_page, date="6/2/2007"))
    assert sources(at_first_page) == ["read", "typed"]
