from __future__ import annotations

import re

import pytest

from station.domain.checks import CheckKind, CheckVerdict
from station.ledger import page_checks, pages
from station.ledger.entries import Act
from station.review import answers
from station.rows import entry_rows
from station.views import listings
from tests.station.opened_station import OpenedStation
from tests.web.browsing import NAME, Browser

HERE = "/ledger/19429/KH.2007.01"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    name = desk.ledger()
    desk.lay(name, 2)
    return name


def test_each_view_says_what_was_done_last_and_takes_it_back(page: Browser, ledger: str) -> None:
    for view in ("entries?page=001", "scan?page=001", "pages", "checks?page=001"):
        pages.change(page.desk.station, ledger, "001", who=NAME, rotate=90)
        page.open(f"{HERE}/{view}")
        assert "Đã xoay trang 001. Hoàn tác" in page.words
        act = re.search(r'name="act" value="(\d+)"', page.html)
        assert act
        page.send(f"{HERE}/undo", act=act[1], view=view.partition("?")[0])
        assert page.address == f"{HERE}/{view}"
        assert "Đã hoàn tác: Đã xoay trang 001." in page.words
        assert "Đã xoay trang 001. Hoàn tác" not in page.words


def test_what_was_keyed_into_a_row_is_taken_back_beside_its_page(page: Browser, desk: OpenedStation) -> None:
    ledger = desk.whole("KS.2007.01", 2)
    entry_rows.set_values(desk.station, Act(ledger, NAME), "2", None, {"nksHoTen": "Lê Thử"})
    view = f"/ledger/19429/{ledger}/rows"
    page.open(f"{view}?entry=1")
    assert "Đã nhập 1 cột của trường hợp số 002. Hoàn tác" in page.words
    page.send(f"/ledger/19429/{ledger}/undo", view="rows")
    assert page.address == f"{view}?entry=2"
    assert 'id="nksHoTen" value=""' in page.html
    entry_rows.set_values(desk.station, Act(ledger, NAME), "2", None, {"nksHoTen": "Lê Thử"})
    page.send(f"/ledger/19429/{ledger}/undo", view="entries")
    assert page.address == f"/ledger/19429/{ledger}/entries?page=002"


def test_page_is_called_by_its_printed_number_with_its_label_small(page: Browser, ledger: str) -> None:
    pages.change(page.desk.station, ledger, "001", who=NAME, number="13")
    pages.change(page.desk.station, ledger, "001", who=NAME, rotate=90)
    for view in ("entries?page=001", "scan?page=001", "history", "history?page=001"):
        page.open(f"{HERE}/{view}")
        assert 'Đã xoay trang 13 <small class="label">[001]</small>.' in page.html, view
    assert 'Lịch sử của trang 13 <small class="label">[001]</small>' in page.html
    page.open(f"{HERE}/scan?page=001")
    assert 'Trang 13 <small class="label">KH.2007.01.001</small>' in page.html
    page.send(f"{HERE}/undo", view="scan")
    assert "Đã hoàn tác: Đã xoay trang 13 [001]." in page.words


def test_what_another_person_did_is_not_offered(page: Browser, ledger: str) -> None:
    pages.change(page.desk.station, ledger, "001", who="người khác", rotate=90)
    page.open(f"{HERE}/entries")
    assert 'id="undo" hidden' in page.html
    page.send(f"{HERE}/undo")
    assert "không còn việc nào của bạn để hoàn tác" in page.words
    assert listings.page_rows(page.desk.station, ledger)[0].seq == "001"


def test_second_look_is_gone_back_to_where_its_verdict_was_taken_back(page: Browser, ledger: str) -> None:
    page.desk.by_hand("UPDATE ledger SET looks = 'second'")
    act = Act(ledger, "Lan")
    page_checks.judge(page.desk.station, act, "001-002", CheckVerdict.RIGHT)
    page_checks.judge(page.desk.station, Act(ledger, NAME), "002", CheckVerdict.RIGHT, look=CheckKind.SECOND)
    page.open(f"{HERE}/checks?second=1&page=001")
    assert "Đã ghi đạt cho trang 002. Hoàn tác" in page.words
    page.send(f"{HERE}/undo", view="second")
    assert page.address == f"{HERE}/checks?page=002&second=1"
    assert page_checks.counts(page.desk.station, ledger).second.seen == 0
    assert page_checks.counts(page.desk.station, ledger).right == 2


def test_answer_is_taken_back_from_the_view_of_questions(page: Browser, ledger: str) -> None:
    with page.desk.station.catalogue.writing() as session:
        for label in ("001", "002"):
            pages.add_finding(session, pages.by_label(session, 1, label).capture, "blur", found_by=pages.STATION)
    answers.keep(page.desk.station, [1], who=NAME)
    page.open(f"{HERE}/asks")
    assert "Đã trả lời câu hỏi về trang 001. Hoàn tác" in page.words
    page.send(f"{HERE}/undo", view="asks")
    assert page.address == f"{HERE}/asks?ask=c1", "what asks again is shown"
    assert listings.questions(page.desk.station, ledger)[0].facts == {"count": 2, "labels": "001, 002"}
