"""Who opens a ledger that goes on at another station sees that, and what to do, and nothing that would go on here."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.delivery import queue as delivery_queue
from station.handover import handing_over
from tests.station.handover.two_stations import give
from tests.web.browsing import Browser

LEDGER = "/ledger/19429/KH.2007.01"


@pytest.mark.parametrize(
    ("language", "chip", "notice"),
    [
        ("vi", "đã bàn giao", "Nếu trạm kia không nhận được, hãy nhờ kỹ thuật viên lấy lại sổ."),
        ("en", "handed over", "If it never arrived, the technician takes it back."),
    ],
)
def test_ledger_that_was_handed_over_says_so_in_list_and_views(
    page: Browser, tmp_path: Path, language: str, chip: str, notice: str
) -> None:
    book = page.desk.ledger()
    page.desk.lay(book)
    departure = give(page.desk, book, tmp_path / "book.zip")
    page.open("/")
    page.send(f"/language/{language}")
    page.open("/")
    assert chip in page.words
    for view in ("scan", "pages", "entries", "rows", "finish"):
        page.open(f"{LEDGER}/{view}")
        assert notice in page.words, view
        assert departure.code in page.words, view
        assert "tramquet" not in page.words, "commands are for the technician"
        assert "elsewhere.js" in page.html
        assert "asks-count" not in page.html, "nothing is asked for here"
    assert not {word for word in ('id="package"', 'id="reopen"', 'id="close"') if word in page.html}


def test_packages_that_it_sent_from_here_are_still_shown(page: Browser, tmp_path: Path) -> None:
    book = page.desk.ledger()
    page.desk.lay(book)
    page.desk.entry(book, "001", "1", "2007-01-15")
    page.desk.package(book)
    assert {item.state for item in delivery_queue.run(page.desk.station)} == {"receipted"}
    give(page.desk, book, tmp_path / "book.zip")
    page.open(f"{LEDGER}/finish")
    assert "r1 gói trường hợp" in page.words
    assert ": đã nhận " in page.words


def test_what_is_sent_to_it_all_the_same_is_refused_in_words(page: Browser) -> None:
    book = page.desk.ledger()
    page.desk.lay(book)
    page.open(f"{LEDGER}/entries")
    handing_over.begin(page.desk.station, book, who="<b>Kẻ Lạ</b> =1+1")
    page.send(f"{LEDGER}/close", reason="thử")
    assert "đã bàn giao cho trạm khác" in page.words
    page.open(f"{LEDGER}/scan")
    assert "<b>Kẻ Lạ</b>" not in page.html
    assert "<b>Kẻ Lạ</b> =1+1 bắt đầu bàn giao" in page.words, "a name stays a name"
