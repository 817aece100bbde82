"""A ledger's paper on the page: typed when it is registered, told when it was learned, said once by a person."""

from __future__ import annotations

import re
from typing import Any

from station.views import listings
from station.views.listed_rows import ListedLedger
from tests.station.opened_station import OpenedStation
from tests.web.browsing import Browser

HERE = "/ledger/19429/KH.2007.01"
FORM: dict[str, Any] = {"type": "KH", "year": "2007", "book": "1", "place": "19429", "last_year": ""}


def row(desk: OpenedStation) -> ListedLedger:
    return listings.ledger_row(desk.station, "KH.2007.01")


def learned(desk: OpenedStation, paper: str, *, source: str = "learned", seen: str = "") -> None:
    """What the first pages of the ledger left in the catalogue."""
    desk.by_hand("UPDATE ledger SET paper = ?, paper_source = ?, paper_seen = ?", paper, source, seen)


def test_ledger_is_registered_with_a_paper_of_its_own_or_with_none(page: Browser) -> None:
    page.open("/")
    page.send("/ledgers", **FORM, paper="25,2 x 34,1 cm")
    assert row(page.desk).paper == "252x341"
    assert "252x341" in page.words
    page.open("/")
    page.send("/ledgers", **{**FORM, "book": "2"}, paper="")
    assert listings.ledger_row(page.desk.station, "KH.2007.02").paper is None


def test_absurd_paper_is_refused_on_the_page_and_nothing_is_registered(page: Browser) -> None:
    page.open("/")
    page.send("/ledgers", **FORM, paper="341x252")
    assert "đang ghi theo chiều nằm ngang" in page.words
    assert listings.ledger_rows(page.desk.station) == []


def test_learned_paper_is_told_on_every_view_and_confirmed_by_one_press(page: Browser) -> None:
    page.desk.ledger()
    learned(page.desk, "252x341")
    page.open(f"{HERE}/scan")
    assert "Xem khổ giấy" in page.words
    page.open(f"{HERE}/paper")
    assert "đo các trang đầu được khổ 252x341" in page.words
    page.send(f"{HERE}/paper", right="252x341")
    assert "Khổ giấy của sổ này là 252x341." in page.words
    assert "xem lại" not in page.words


def test_question_about_the_paper_leads_from_the_closing_to_the_paper(page: Browser) -> None:
    page.desk.ledger()
    learned(page.desk, "A4", source="declared", seen="A3")
    page.open(f"{HERE}/finish")
    (line,) = re.findall(r"<li><span>[^<]*khổ giấy A4[^<]*</span>\s*<a.*?</a>", page.html)
    assert re.findall(r'href="([^"]+)"', line) == [f"{HERE}/paper"]


def test_learned_paper_is_corrected_by_a_person(page: Browser) -> None:
    page.desk.ledger()
    learned(page.desk, "A4")
    page.open(f"{HERE}/paper")
    page.send(f"{HERE}/paper", paper="a3")
    assert row(page.desk).paper == "A3"


def test_paper_that_pages_contradict_offers_both(page: Browser) -> None:
    page.desk.ledger(paper="A3")
    learned(page.desk, "A3", source="declared", seen="252x341")
    html = page.open(f"{HERE}/paper")
    assert 'value="252x341">Đúng khổ 252x341' in html
    assert 'value="A3">Đúng khổ A3' in html
    assert "khai khổ giấy A3, nhưng các trang đầu đo được khổ 252x341" in page.words


def test_nothing_typed_is_refused_in_words(page: Browser) -> None:
    page.desk.ledger(paper="A3")
    page.open(f"{HERE}/paper")
    page.send(f"{HERE}/paper", paper="")
    assert "Không có khổ giấy" in page.words
    assert row(page.desk).paper == "A3"
