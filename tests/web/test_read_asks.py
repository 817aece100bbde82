"""What was read on a page and speaks against it is told on the scanning view, with the place that shows it."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.drawn import draw_page
from station.ledger import reading_findings
from station.reading.fields import PageReading
from tests.station.laid_sheets import lay_pictures
from tests.station.pages_read import read, reading
from tests.web.browsing import Browser

LEDGER = "KH.2007.01"
SCAN, ASKS = (f"/ledger/19429/{LEDGER}/{view}" for view in ("scan", "asks"))


def lay(page: Browser, *readings: PageReading) -> None:
    """Lay so many sheets of which this is read; the last one is what the view shows."""
    page.desk.ledger(LEDGER)
    picture = np.asarray(draw_page(1, dpi=50))
    labels = lay_pictures(page.desk, LEDGER, [picture] * len(readings), dpi=50, profile="standard")
    read(page.desk, LEDGER, **{f"p{label}": said for label, said in zip(labels, readings, strict=True)})
    reading_findings.judge(page.desk.station, LEDGER)


def test_leaf_left_out_is_told_with_the_number_that_shows_it(page: Browser) -> None:
    lay(page, reading(page="1"), reading(page="4"), reading(page="5"))
    page.open(SCAN)
    assert "1 → 4" in page.words
    assert 'data-sound="doubt-1"' in page.html
    (address,) = {part.split('"')[0] for part in page.html.split('src="')[1:] if part.startswith("/image/read/")}
    shown = page.client.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    page.open(f"{SCAN}/board")
    assert "1 → 4" in page.words, "it comes with the news"


def test_beside_its_own_page_it_is_asked_once(page: Browser) -> None:
    lay(page, reading(page="1"), reading(page="4"))
    page.open(SCAN)
    assert page.words.count("1 → 4") == 1
    assert 'value="keep"' in page.html


def test_page_that_is_shown_on_its_head_is_turned_by_the_same_key(page: Browser) -> None:
    lay(page, reading(page="1", year="2007", upside_down=True))
    assert page.open(SCAN).count('data-key="u"') == 1


def test_page_on_its_head_is_turned_by_one_key_and_asks_no_more(page: Browser) -> None:
    lay(page, reading(page="1", year="2007", upside_down=True), reading(page="2"))
    page.open(SCAN)
    assert 'name="rotate" value="180" data-key="u"' in page.html
    page.send(f"/ledger/19429/{LEDGER}/page/001", rotate="180")
    reading_findings.judge(page.desk.station, LEDGER)
    page.open(SCAN)
    assert "data-sound" not in page.html


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (reading(page="1"), 'value="repeat"'),
        (reading(page="2", year="2007", upside_down=True), 'value="180"'),
        (reading(page="2", book="9"), "KH 09/2007"),
        (reading(page="2", empty=True), 'value="blank"'),
    ],
    ids=["page-repeat", "upside-down", "wrong-ledger", "empty-form"],
)
def test_each_waits_among_the_questions_with_its_own_answer(page: Browser, second: PageReading, said: str) -> None:
    lay(page, reading(page="1"), second, reading(page="3", number="3"))
    assert said in page.open(ASKS)
    assert "1" in page.open(f"/ledger/19429/{LEDGER}/finish")


def test_value_that_is_not_there_has_no_picture(page: Browser, stranger: Browser) -> None:
    assert page.client.get("/image/read/99").status_code == 404
    assert stranger.client.get("/image/read/1").location.startswith("/login")
