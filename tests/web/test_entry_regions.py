"""A page that several entries share is divided on the screen: proposed, moved, confirmed for what was seen, or not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from station.domain.bands import Band
from station.ledger import entry_regions, pages
from station.views import page_entries
from tests.station.opened_station import WHO
from tests.web.browsing import Browser

NAME = "KH.2007.01"
LEDGER = f"19429:{NAME}"
HERE = f"/ledger/19429/{NAME}/regions"


@pytest.fixture
def shared(page: Browser) -> Browser:
    """A browser at the page of a ledger whose first two pages two entries share, the third holds one."""
    desk = page.desk
    desk.lay(desk.ledger(), 3)
    for label, number in (("001", "1"), ("001", "2"), ("002", "3"), ("002", "4"), ("003", "5")):
        desk.entry(LEDGER, label, number, f"2007-01-0{number}")
    page.open("/")
    return page


def fields(page: Browser) -> dict[str, Any]:
    """The form as it is shown."""
    (form,) = re.findall(r'<form [^>]*id="lines">.*?</form>', page.html, re.DOTALL)
    inputs = re.findall(r'<input [^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form)
    return {name: value for name, value in inputs if name != "csrf_token"}


def tops(page: Browser) -> list[str]:
    return [name for name in fields(page) if name.startswith("top-")]


def bands(page: Browser, label: str = "001") -> list[Band | None]:
    there = page_entries.page_entries(page.desk.station, LEDGER, label)
    return [one.band if one.confirmed else None for one in there.entries]


def test_first_page_that_entries_share_is_shown_with_a_line_between_them(shared: Browser) -> None:
    shared.open(HERE)
    assert fields(shared)["page"] == "001"
    assert len(tops(shared)) == 2
    first, second = tops(shared)
    assert fields(shared)[first.replace("top", "bottom")] == fields(shared)[second]
    assert bands(shared) == [None, None]
    assert f'href="{HERE}?page=002"' in shared.html


def test_lines_are_kept_as_they_are_sent_and_the_next_page_is_shown(shared: Browser) -> None:
    shared.open(HERE)
    first, second = tops(shared)
    lines: dict[str, Any] = {
        first: "20",
        first.replace("top", "bottom"): "40,5",
        second: "40.5",
        second.replace("top", "bottom"): "60",
    }
    shared.send(HERE, **{**fields(shared), **lines, "head": "10", "slant": "-0,4"})
    assert bands(shared) == [Band(0.1, 0.2, 0.405, -0.004), Band(0.1, 0.405, 0.6, -0.004)]
    assert fields(shared)["page"] == "002"
    shared.send(HERE, **fields(shared))
    assert None not in bands(shared, "002")
    assert fields(shared)["page"] == "002"
    assert entry_regions.next_undivided(shared.desk.station, LEDGER) is None
    # Somebody may look again whenever they like.
    assert fields(shared)["head"] != ""
    shared.open(f"{HERE}?page=001")
    assert fields(shared)[second] == "40.50"


@pytest.mark.parametrize(
    ("value", "sentence"), [("", "is no per cent"), ("x", "is no per cent"), ("95", "cannot be there")]
)
def test_refused_lines_stay_on_the_page_with_the_reason(shared: Browser, value: str, sentence: str) -> None:
    shared.send("/language/en")
    shared.open(HERE)
    _, second = tops(shared)
    shared.send(HERE, **{**fields(shared), "slant": "0.30", second: value})
    assert sentence in shared.words
    assert bands(shared) == [None, None]
    if value == "95":
        assert fields(shared)[second] == "95.00"
        assert fields(shared)["slant"] == "0.30"


def test_page_that_was_turned_meanwhile_is_to_be_looked_at_anew(shared: Browser) -> None:
    shared.open(HERE)
    sent = fields(shared)
    pages.change(shared.desk.station, LEDGER, "001", who=WHO, rotate=180)
    shared.send(HERE, **sent)
    assert bands(shared) == [None, None]
    shared.open(HERE)
    shared.send(HERE, **fields(shared))
    assert None not in bands(shared)
    pages.change(shared.desk.station, LEDGER, "001", who=WHO, rotate=180)
    assert entry_regions.next_undivided(shared.desk.station, LEDGER) == "001"


def test_each_entry_may_have_the_whole_page_again(shared: Browser) -> None:
    shared.open(HERE)
    shared.send(HERE, **fields(shared))
    shared.open(f"{HERE}?page=001")
    shared.send(HERE, **fields(shared), whole="1")
    assert bands(shared) == [None, None]
    assert shared.address.endswith("entries?page=001")


def test_ledger_without_shared_pages_says_so(page: Browser) -> None:
    page.desk.lay(page.desk.ledger(), 1)
    page.open("/")
    page.send("/language/en")
    page.open(HERE)
    assert "No page of this ledger waits to be divided" in page.words


def test_page_of_several_entries_leads_there(shared: Browser) -> None:
    shared.open(f"/ledger/19429/{NAME}/entries?page=001")
    assert f'href="{HERE}?page=001"' in shared.html
    shared.open(f"/ledger/19429/{NAME}/entries?page=003")
    assert HERE not in shared.html
