"""The minutes on the page: offered for closed ledgers, refused for open ones, and to be taken along as a file."""

from __future__ import annotations

from station.ledger import ledgers
from tests.station.opened_station import OpenedStation
from tests.web.browsing import Browser

HERE = "/ledger/19429/KH.2007.01"


def test_minutes_are_offered_once_the_ledger_is_closed(page: Browser, desk: OpenedStation) -> None:
    desk.lay(desk.ledger())
    page.open(f"{HERE}/finish")
    assert f"{HERE}/minutes" not in page.html
    page.open(f"{HERE}/minutes", 409)
    assert "Sổ KH.2007.01 chưa khóa" in page.words


def test_paper_is_shown_and_taken_along(page: Browser, desk: OpenedStation) -> None:
    desk.whole(closing_pages=3, closing_entries=3)
    page.open(f"{HERE}/finish")
    assert f'href="{HERE}/minutes"' in page.html
    page.open(f"{HERE}/minutes")
    assert "BIÊN BẢN SỐ HÓA SỔ HỘ TỊCH" in page.words.upper()
    assert "ghi 3 trang, 3 trường hợp: khớp" in page.words
    answer = page.client.get(f"{HERE}/minutes/file")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bien-ban_19429_KH.2007.01.html"'
    assert answer.data.startswith(b"<!doctype html>")


def test_reason_with_markup_is_a_reason(page: Browser, desk: OpenedStation) -> None:
    desk.lay(desk.ledger())
    ledgers.close(desk.station, "KH.2007.01", who="<i>Hoa</i>", reason="<script>alert(1)</script>")
    page.open(f"{HERE}/minutes")
    assert "<script>alert" not in page.html
    assert "<i>Hoa" not in page.html
    assert "lý do: <script>alert(1)</script>" in page.words
