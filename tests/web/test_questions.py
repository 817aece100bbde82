"""The view of what the station asks, one question after the other; what the scan view and closing say of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from station.ledger import ledgers, page_order, pages
from station.packaging import entry_documents
from station.review import answers, questions
from tests.station.asking import doubt, fed, order, recovered
from tests.station.opened_station import WHO, OpenedStation
from tests.web.browsing import Browser

HERE = "/ledger/19429/KH.2007.01"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Four pages."""
    name = desk.ledger()
    desk.lay(name, 4)
    return name


def asked(desk: OpenedStation, ledger: str) -> list[tuple[str | None, str]]:
    return [(row.seq, row.code) for row in questions.rows(desk.station, ledger, "vi")]


def answer(page: Browser, said: str, /, **form: str) -> None:
    """Press the button of the question that is shown: its key and findings are those of the form."""
    button = re.search(rf'<form(?:(?!</form>).)*?value="{said}"[^>]*>', page.html, re.DOTALL)
    assert button, f"no button {said}"
    hidden = dict(re.findall(r'type="hidden" name="(ask|finding|after)" value="([^"]*)"', button[0]))
    page.send(f"{HERE}/asks", **{**hidden, "answer": said, **form})


def test_ledger_without_a_question_says_so_and_shows_no_count(page: Browser, ledger: str) -> None:
    page.open(f"{HERE}/asks")
    assert "không còn mục nào cần xem" in page.words
    assert "asks-count" not in page.html
    page.open("/")
    assert "cần xem" not in page.words


def test_count_stands_on_the_list_of_ledgers_and_above_each_view(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "002", "blur")
    fed(page.desk, 5)
    for address in ("/", f"{HERE}/scan", f"{HERE}/entries", f"{HERE}/finish", f"{HERE}/counts"):
        page.open(address)
        assert "2 cần xem" in page.words, address


def test_questions_come_one_after_the_other_until_none_is_left(page: Browser, ledger: str) -> None:
    for label, code in (("001", "blur"), ("003", "skew"), ("004", "dark")):
        doubt(page.desk, ledger, label, code)
    page.open(f"{HERE}/asks")
    assert "Trang 001 có vẻ bị mờ" in page.words
    assert "1 / 3" in page.words
    following = re.search(r'href="([^"]+)" data-key="ArrowRight"', page.html)
    assert following
    page.open(following[1])
    assert "Trang 003 bị nghiêng" in page.words
    answer(page, "keep")
    assert "Trang 004 bị tối" in page.words, "the one behind the answered one"
    answer(page, "keep")
    assert "Trang 001 có vẻ bị mờ" in page.words
    answer(page, "keep")
    assert "không còn mục nào cần xem" in page.words


def test_place_of_a_finding_is_marked_on_the_picture(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "002", "unreadable-part", place=(0.25, 0.5, 0.75, 1.0))
    page.open(f"{HERE}/asks")
    box = re.search(
        r'<svg viewBox="0 0 (\d+) (\d+)" .*?<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"/>', page.html
    )
    assert box
    width, height, *place = map(float, box.groups())
    assert place == pytest.approx([width / 4, height / 2, width / 2, height / 2], abs=0.1)
    assert "Chỗ cần xem" in page.html
    assert "khung đỏ" in page.words


def test_places_that_may_be_hard_to_read_are_shown_as_scanned_and_as_in_the_pdf(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "002", "1", "2007-01-15")
    entry_documents.update_documents(page.desk.station, ledger)
    for value in ("035", "15"):
        doubt(page.desk, ledger, "002", "copy-unreadable", f"200 kB, {value}", place=(0.25, 0.5, 0.75, 1.0))
    page.open(f"{HERE}/asks")
    assert page.words.count("có thể khó đọc") == 1
    assert "Trong tệp PDF (200 kB, 15)" in page.words
    pictures = re.findall(r'<img src="(/image/doubt/\d+/(?:master|copy))"', page.html)
    assert len(pictures) == 4
    for address in (*pictures, "/image/doubt/1/other", "/image/doubt/99/copy"):
        answer = page.client.get(address)
        assert (answer.status_code, answer.mimetype) == (
            (200, "image/jpeg") if address in pictures else (404, "text/html")
        )
    answer_all(page)
    assert asked(page.desk, ledger) == []


def answer_all(page: Browser) -> None:
    """Keep what is shown, with all that was found in it."""
    findings = re.findall(r'name="finding" value="(\d+)"', page.html.partition('value="keep"')[0])
    key = re.search(r'name="ask" value="(\w+)"', page.html)
    assert key
    page.send(f"{HERE}/asks", ask=key[1], finding=findings, answer="keep")


def test_keys_are_named_on_their_buttons(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "002", "blank")
    page.open(f"{HERE}/asks")
    assert set(re.findall(r'data-key="([^"]+)"', page.html)) == {"k", "r", "b", "z", "?"}


def test_blank_page_is_called_blank_by_its_button(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "002", "blank")
    page.open(f"{HERE}/asks")
    answer(page, "blank")
    page.open(f"{HERE}/pages")
    assert "002 Trang trắng" in page.words


def test_question_that_came_meanwhile_is_not_answered_unseen(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "002", "blur")
    page.open(f"{HERE}/asks")
    doubt(page.desk, ledger, "002", "skew")
    answer(page, "keep")
    assert asked(page.desk, ledger) == [("002", "skew")]
    assert "Trang 002 bị nghiêng" in page.words


def test_question_that_somebody_else_answered_is_told(page: Browser, ledger: str) -> None:
    number = doubt(page.desk, ledger, "002", "blur")
    page.open(f"{HERE}/asks")
    answers.keep(page.desk.station, [number], who="Lê Thị Sen")
    answer(page, "keep")
    assert "Lê Thị Sen đã trả lời mục này" in page.words


def test_twin_pages_stand_side_by_side_and_one_is_set_aside(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "003", "near-duplicate", detail="001")
    page.open(f"{HERE}/asks")
    assert "Trang 001 Trang 003" in page.words
    answer(page, "repeat")
    assert "Ảnh không bị xóa" in page.words
    assert order(page.desk, ledger) == ["001", "002", "004"]
    page.open(f"{HERE}/asks?aside=003")
    page.send(f"{HERE}/asks/put-back", label="003", after="002")
    assert order(page.desk, ledger) == ["001", "002", "003", "004"]


def test_recovered_page_is_placed_between_the_pages_shown(page: Browser, ledger: str) -> None:
    recovered(page.desk, ledger, "002")
    page_order.move(page.desk.station, ledger, "002", "004", who=WHO)
    page.open(f"{HERE}/asks")
    assert "Trang 001, đứng trước Ảnh 002 (khôi phục) Trang 003, đứng sau" in page.words
    assert "quét ngay sau trang 001" in page.words
    answer(page, "place")
    assert order(page.desk, ledger) == ["001", "002", "003", "004"]
    assert asked(page.desk, ledger) == []


def test_recovered_page_goes_elsewhere_or_is_a_repeat(page: Browser, ledger: str) -> None:
    recovered(page.desk, ledger, "002")
    page.open(f"{HERE}/asks")
    answer(page, "place", after="099")
    assert "không có trang 099" in page.words
    answer(page, "place", after="003")
    assert order(page.desk, ledger) == ["001", "003", "002", "004"]
    recovered(page.desk, ledger, "004")
    page.open(f"{HERE}/asks")
    answer(page, "repeat", of="001")
    assert order(page.desk, ledger) == ["001", "003", "002"]


def test_page_is_put_in_before_it_is_scanned_again(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "002", "blur")
    page.open(f"{HERE}/asks")
    (link,) = re.findall(r'href="([^"]+)" data-key="r"', page.html)
    page.open(link.replace("&amp;", "&"))
    assert "Đặt trang 002 vào máy" in page.words
    assert 'name="purpose" value="retake"' in page.html
    (back,) = re.findall(r'href="([^"]+)" data-key="Escape"', page.html)
    assert back.startswith(f"{HERE}/asks?ask=c"), "not to scan leads back to the question"
    ledgers.close(page.desk.station, ledger, who=WHO, reason="thử")
    page.open(f"{HERE}/asks")
    assert "Sổ đã khóa" in page.words
    assert 'data-key="r"' not in page.html


def test_page_that_was_left_out_is_inserted_behind_the_one_before(page: Browser, ledger: str) -> None:
    pages.change(page.desk.station, ledger, "002", who=WHO, number="3")
    number = doubt(page.desk, ledger, "003", "page-jump", "3 → 7")
    for view in ("asks", "scan?page=003"):
        page.open(f"{HERE}/{view}")
        words = r"Chèn trang bị sót sau trang 3 \[002\]"
        (link,) = re.findall(rf'<a class="primary" href="([^"]+)" data-key="i">{words}', page.html)
        assert 'class="primary" name="answer" value="keep"' not in page.html
        assert 'data-key="r"' not in page.html, "the next page's image is right"
        page.open(link.replace("&amp;", "&"))
        assert "Trang này sẽ đứng ngay sau trang 3 [002]" in page.words
        assert f'action="{HERE}/scan/start?anchor=002&amp;ask=c' in page.html
    answers.keep(page.desk.station, [number], who=WHO)
    doubt(page.desk, ledger, "004", "page-jump", "7 → 2")
    page.open(f"{HERE}/asks")
    assert 'data-key="i"' not in page.html, "where numbers go back, nothing was left out"
    assert 'data-key="r"' not in page.html
    assert 'class="primary" name="answer" value="keep"' in page.html


def test_blank_page_with_another_doubt_is_called_blank_beside_the_scan_button(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "003", "blank")
    doubt(page.desk, ledger, "003", "page-jump", "3 → 7")
    page.open(f"{HERE}/scan?page=003")
    assert "Trang 003: có vẻ trắng, sót tờ?" in page.words
    for key in ("i", "b", "k"):
        assert f'data-key="{key}"' in page.html
    form = re.search(r'<form [^>]*id="ask-.*?</form>', page.html, re.DOTALL)
    assert form
    hidden = dict(re.findall(r'type="hidden" name="(ask|blank|back|page)" value="([^"]*)"', form[0]))
    findings = re.findall(r'name="finding" value="(\d+)"', form[0])
    page.send(f"{HERE}/asks", **hidden, finding=findings, answer="blank")
    assert asked(page.desk, ledger) == [("003", "page-jump")], "that a page was left out is still asked"
    assert page.address == f"{HERE}/scan?page=003"


def test_missed_sheet_is_told_on_the_scan_view_until_it_is_put_back(page: Browser, ledger: str) -> None:
    fed(page.desk, 5)
    page.open(f"{HERE}/scan")
    assert "Tờ thứ 5 của tập chưa được ghi" in page.words
    answer(page, "done", back="scan")
    assert page.address.startswith(f"{HERE}/scan")
    assert "Tờ thứ 5" not in page.words


def test_scan_view_asks_about_the_page_it_shows_and_no_other(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "002", "blur")
    page.open(f"{HERE}/scan")
    assert "có vẻ bị mờ" not in page.words
    page.open(f"{HERE}/scan?page=002")
    assert "Trang 002 có vẻ bị mờ" in page.words
    answer(page, "keep", back="scan", page="002")
    assert page.address == f"{HERE}/scan?page=002"
    assert asked(page.desk, ledger) == []


def test_every_question_names_its_page_by_the_printed_number(page: Browser, ledger: str) -> None:
    for label, number in (("001", "11"), ("003", "13"), ("004", "14")):
        pages.change(page.desk.station, ledger, label, who=WHO, number=number)
    doubt(page.desk, ledger, "003", "near-duplicate", detail="001")
    fed(page.desk, 5)
    page.open(f"{HERE}/asks")
    assert "Các trang đến 14 [004] đã an toàn" in page.words
    assert "Trang 14 [004]: trang cuối đã ghi" in page.words
    page.open(re.findall(r'href="([^"]+)" data-key="ArrowRight"', page.html)[0])
    assert "Trang 13 [003] rất giống trang 11 [001]" in page.words
    assert "Trang 11 [001] Trang 13 [003]" in page.words
    assert "để riêng ảnh 13 [003]" in page.words
    page.open(f"{HERE}/finish")
    assert "1 trang cần xem lại (13 [003])" in page.words


def test_scan_view_tells_several_findings_of_a_page_in_few_words(page: Browser, ledger: str) -> None:
    for code in ("blur", "skew"):
        doubt(page.desk, ledger, "004", code)
    page.open(f"{HERE}/scan")
    assert "Trang 004: bị mờ, bị nghiêng Giữ nguyên" in page.words
    assert page.html.count('name="finding"') == 2, "both are answered by one key"


def test_closing_leads_to_the_questions(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "002", "blur")
    page.open(f"{HERE}/finish")
    assert "1 trang cần xem lại (002)" in page.words
    assert f'href="{HERE}/asks"' in page.html


def test_finding_of_a_later_release_breaks_no_view(page: Browser, ledger: str) -> None:
    doubt(page.desk, ledger, "004", "stain", detail="<b>")
    for view in ("asks", "scan", "pages", "finish"):
        page.open(f"{HERE}/{view}")
        assert "<b>" not in page.html.replace("<b title", "")


@pytest.mark.parametrize(
    "form", [{}, {"answer": "forget"}, {"answer": "keep"}, {"answer": "keep", "finding": "x"}, {"answer": "done"}]
)
def test_answer_that_no_button_gives_is_refused(page: Browser, ledger: str, form: dict[str, Any]) -> None:
    doubt(page.desk, ledger, "002", "blur")
    page.open(f"{HERE}/asks")
    page.send(f"{HERE}/asks", **form)
    assert "Không hiểu được yêu cầu" in page.words
    assert asked(page.desk, ledger) == [("002", "blur")]


@pytest.mark.parametrize("address", ["asks", "asks?aside=001"])
def test_questions_are_for_people_who_are_logged_in(stranger: Browser, ledger: str, address: str) -> None:
    assert stranger.client.get(f"{HERE}/{address}").location.startswith("/login")
