from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from station.catalogue.models import EntryRevision
from station.domain.naming.partial_dates import PartialDate
from station.ledger import entries
from station.ledger.entries import Act, ShownEntry
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation
from tests.web.browsing import Browser

HERE = "/ledger/19429/KH.2007.01/entries"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Four pages that wait."""
    name = desk.ledger(last_year=2008)
    desk.lay(name, 4)
    return name


def field(page: Browser, name: str) -> str:
    """What a field of the form shows."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.html[page.html.index('id="entry"') :])
    assert found, name
    return unescape(found[1])


def save(page: Browser, status: int = 200, **typed: str) -> str:
    """Press Enter with the form as it is shown, and what was typed."""
    form = {name: field(page, name) for name in ("page", "entry", "revision", "number", "date", "pages")}
    return page.send(HERE, status, **{**form, **typed})


def told(desk: OpenedStation) -> list[tuple[str, str, list[str]]]:
    return [(row.number, row.date, row.pages) for row in listings.entry_rows(desk.station, "KH.2007.01")]


def test_saving_goes_on_to_the_next_page_with_the_next_number_and_the_same_month(page: Browser, ledger: str) -> None:
    page.open(HERE)
    assert (field(page, "page"), field(page, "number"), field(page, "date")) == ("001", "001", "//2007")
    save(page, date="15/1/2007")
    assert (field(page, "page"), field(page, "number"), field(page, "date")) == ("002", "002", "/1/2007")
    assert told(page.desk) == [("001", "2007-01-15", ["001"])]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("15/1/2007", "2007-01-15"),
        ("15.1.2007", "2007-01-15"),
        ("2007-01-15", "2007-01-15"),
        ("1/2007", "2007-01"),
        ("2007", "2007"),
        ("?", "unknown"),
    ],
)
def test_dates_are_stored_as_they_were_meant(page: Browser, ledger: str, typed: str, stored: str) -> None:
    page.open(HERE)
    save(page, date=typed)
    assert told(page.desk) == [("001", stored, ["001"])]


def test_empty_date_is_asked_about_and_one_answer_insists(page: Browser, ledger: str) -> None:
    page.open(HERE)
    save(page, 409, date="")
    assert "Ngày đăng ký để trống" in page.words
    assert told(page.desk) == []
    save(page, date="", insist="doubt-date-empty")
    assert told(page.desk) == [("001", "unknown", ["001"])]


def test_proposal_without_its_day_is_refused_and_what_was_typed_is_kept(page: Browser, ledger: str) -> None:
    page.open(HERE)
    save(page, 409, number="12", pages="001-002")
    assert "Không đọc được ngày" in page.words
    assert (field(page, "number"), field(page, "date"), field(page, "pages")) == ("12", "//2007", "001-002")
    assert told(page.desk) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"date": "31/2/2007"}, "không có trong lịch"),
        ({"date": "1/1/2011"}, "nằm ngoài sổ"),
        ({"number": "không"}, "Không đọc được số đăng ký"),
        ({"pages": "001,099"}, "không có trang 099"),
        ({"pages": ""}, "chỗ bỏ trống"),
        ({"number": "2a"}, "cần ghi lý do"),
    ],
)
def test_each_refusal_stands_beside_the_form(page: Browser, ledger: str, typed: dict[str, str], said: str) -> None:
    page.open(HERE)
    save(page, 409, **{"date": "15/1/2007", **typed})
    assert said in page.words
    assert told(page.desk) == []


def test_number_with_a_letter_asks_for_its_reason_and_takes_it(page: Browser, ledger: str) -> None:
    page.open(HERE)
    assert 'id="suffix" hidden' in page.html
    save(page, 409, number="2a", date="15/1/2007")
    assert 'id="suffix" hidden' not in page.html
    save(page, suffix_reason="hai lần số 2")
    assert told(page.desk) == [("002a", "2007-01-15", ["001"])]


def test_form_sent_twice_by_a_reload_adds_one_entry(page: Browser, ledger: str) -> None:
    page.open(HERE)
    form = {"page": "001", "number": "1", "date": "15/1/2007", "pages": "001"}
    first = page.send_only(HERE, **form)
    second = page.send_only(HERE, **form)
    assert first.status_code == second.status_code == 302, "a reload of where it leads sends nothing"
    assert len(page.desk.all(select(EntryRevision.id))) == 1


def test_taken_number_is_refused_with_the_page_that_has_it(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001", "1", "2007-01-15")
    page.open(HERE)
    save(page, 409, number="1", date="16/1/2007")
    assert "Số 001 năm 2007 đã dùng cho trang 001" in page.words
    assert told(page.desk) == [("001", "2007-01-15", ["001"])]


def test_entry_of_the_page_shown_is_filled_in_and_corrected_as_a_revision(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001-002", "1", "2007-01-15")
    page.open(f"{HERE}?page=002")
    assert (field(page, "number"), field(page, "date"), field(page, "pages")) == ("001", "15/01/2007", "001,002")
    save(page, number="2", date="1/2008", why="đọc nhầm")
    assert told(page.desk) == [("002", "2008-01", ["001", "002"])]
    assert page.desk.all(select(EntryRevision.why)) == ["thử", "đọc nhầm"]


def test_correction_over_somebody_elses_is_refused_and_what_was_typed_is_kept(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001", "1", "2007-01-15")
    page.open(f"{HERE}?page=001")
    day = PartialDate.parse("2007-05-05")
    entries.correct(page.desk.station, Act(ledger, "người khác"), ShownEntry(1, 1), "001", "1", day)
    save(page, 409, date="6/6/2007")
    assert "Có người khác vừa sửa" in page.words
    assert field(page, "date") == "6/6/2007"
    assert told(page.desk) == [("001", "2007-05-05", ["001"])]


def test_one_more_entry_on_the_same_page(page: Browser, ledger: str) -> None:
    page.open(HERE)
    save(page, date="15/1/2007", then="again")
    assert (field(page, "page"), field(page, "entry"), field(page, "number")) == ("001", "", "002")
    save(page, date="16/1/2007")
    assert field(page, "page") == "002"
    page.open(f"{HERE}?page=001")
    assert "Trường hợp số 001 Trường hợp số 002" in page.words


def test_marked_page_is_passed_over_and_waits_again_when_taken_back(page: Browser, ledger: str) -> None:
    page.open(HERE)
    page.send(f"{HERE}/page/001", state="blank")
    assert field(page, "page") == "002"
    page.open(f"{HERE}?page=001")
    assert 'value="unsorted" aria-pressed="true"' in page.html
    page.send(f"{HERE}/page/001", state="unsorted")
    assert field(page, "page") == "001"
    page.open(HERE)
    assert field(page, "page") == "001"


def test_page_that_waits_behind_another_is_given_to_be_loaded_ahead(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "002", "1", "2007")
    page.open(f"{HERE}?after=001")
    assert field(page, "page") == "003"
    page.open(f"{HERE}?after=004")
    assert field(page, "page") == "001", "behind the last one the first that waits comes again"


def test_page_of_an_entry_cannot_be_marked_blank(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001", "1", "2007")
    page.open(f"{HERE}?page=001")
    page.send(f"{HERE}/page/001", 409, state="blank")
    assert "đang thuộc một trường hợp nên không ghi là trang trắng được" in page.words


def test_numbers_begin_anew_behind_the_closing_page_of_a_year(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001", "153", "2007-12-30")
    page.open(f"{HERE}?page=002")
    page.send(f"{HERE}/page/002", state="closing")
    assert (field(page, "page"), field(page, "number"), field(page, "date")) == ("003", "001", "/1/2008")


def test_doubt_is_asked_before_saving_and_one_answer_insists(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001", "5", "2007-03-20")
    page.open(HERE)
    save(page, 409, number="3", date="2/3/2007")
    assert "Số 003 nhỏ hơn số 005" in page.words
    assert "Có phải đã sang tháng sau không?" in page.words
    assert (field(page, "number"), field(page, "date")) == ("3", "2/3/2007")
    assert told(page.desk) == [("005", "2007-03-20", ["001"])]
    assert page.html.index('id="save"') < page.html.index('id="insist"'), "Enter does not insist"
    save(page, 409, number="3", date="2/3/2007", insist="doubt-number-below")
    save(page, number="3", date="2/3/2007", insist="doubt-number-below,doubt-month-kept")
    assert ("003", "2007-03-02", ["002"]) in told(page.desk)


def test_printed_number_is_proposed_and_stored_with_what_the_page_holds(page: Browser, ledger: str) -> None:
    def printed() -> str:
        found = re.search(r'id="printed" name="printed" form="entry" value="([^"]*)"', page.html)
        assert found
        return found[1]

    page.open(HERE)
    assert printed() == ""
    save(page, date="1/1/2007", printed="7", pages="001-002")
    assert (field(page, "page"), printed()) == ("003", "9")
    page.send(f"{HERE}/page/003", state="blank", printed="9")
    assert printed() == "10"
    rows = [row.number for row in listings.page_rows(page.desk.station, ledger)]
    assert rows == ["7", "8", "9", None], "what is proposed is not stored"
    save(page, 409, date="2/1/2007", printed="8")
    assert "Số trang 8 không lớn hơn số trang trước (9)" in page.words
    save(page, 409, date="2/1/2007", printed="x" * 17)
    assert "không phải là số trang in" in page.words
    page.open(f"{HERE}?page=003")
    assert "tr. 9 003" in page.words


def test_cover_gets_no_printed_number(page: Browser, ledger: str) -> None:
    page.open(HERE)
    page.send(f"{HERE}/page/001", state="cover", printed="7")
    assert listings.page_rows(page.desk.station, ledger)[0].number is None


def test_closing_page_asks_for_its_totals_at_once_and_goes_on(page: Browser, desk: OpenedStation) -> None:
    name = desk.ledger()
    desk.lay(name, 2)
    page.open(HERE)
    page.send(f"{HERE}/page/001", state="closing")
    assert "Trang khóa sổ ghi tổng số bao nhiêu" in page.words
    assert 'id="entry"' not in page.html
    page.send(f"{HERE}/page/001/totals", closing_pages="2", closing_entries="1")
    assert "Đã lưu tổng số" in page.words
    assert field(page, "page") == "002"
    row = listings.ledger_row(desk.station, name)
    assert (row.pages_expected, row.entries_expected) == (2, 1)
    page.send(f"{HERE}/page/002", state="closing")
    assert "Tổng số đã khai: 2 trang, 1 trường hợp. Bạn hãy đối chiếu" in page.words, "stated already: it is compared"
    page.send(f"{HERE}/page/002/totals", 409, closing_pages="3", closing_entries="1")
    assert "Hãy ghi lý do sửa" in page.words


def test_last_page_saved_says_that_nothing_waits(page: Browser, ledger: str) -> None:
    for number in "123":
        page.desk.entry(ledger, f"00{number}", number, "2007")
    page.open(HERE)
    save(page, date="2007")
    assert "Mọi trang đều đã có trường hợp" in page.words


def test_swap_and_remove_by_the_page(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001", "1", "2007-01-15")
    page.desk.entry(ledger, "002", "2", "2007-01-16")
    page.open(f"{HERE}?page=001")
    page.send(f"{HERE}/swap", page="001", first="001", second="2", year="2007")
    assert "Đã đổi số 001 và 002 cho nhau" in page.words
    assert told(page.desk) == [("001", "2007-01-16", ["002"]), ("002", "2007-01-15", ["001"])]
    page.send(f"{HERE}/1/remove", page="001", revision="2")
    assert "Đã xóa trường hợp" in page.words
    assert told(page.desk) == [("001", "2007-01-16", ["002"])]


def test_swap_with_a_number_nobody_has_is_refused_on_the_page_it_was_asked_on(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001", "1", "2007-01-15")
    page.open(f"{HERE}?page=001")
    page.send(f"{HERE}/swap", page="001", first="001", second="9", year="2007")
    assert "không có trường hợp số 009" in page.words
    assert field(page, "page") == "001"


def test_number_leads_to_its_page_and_an_unknown_one_says_so(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "003", "77", "2007-01-15")
    page.open(f"{HERE}?find=77")
    assert field(page, "page") == "003"
    page.open(f"{HERE}?find=78&page=002")
    assert "không có trường hợp số 078" in page.words
    assert field(page, "page") == "002"


def test_empty_ledger_leads_to_scanning(page: Browser, desk: OpenedStation) -> None:
    desk.ledger()
    page.open(HERE)
    assert "Hãy quét trước" in page.words


def test_hostile_texts_are_shown_as_text(page: Browser, ledger: str) -> None:
    evil = "'\"><script>alert(1)</script>"
    page.open(HERE)
    save(page, 409, number=evil, date=evil, pages=evil, suffix_reason=evil)
    assert field(page, "number") == field(page, "pages") == field(page, "suffix_reason") == evil
    assert "<script>alert" not in page.html
    page.open(HERE)
    save(page, number="1a", date="2007", suffix_reason=evil)
    page.open(f"{HERE}?page=001")
    assert field(page, "suffix_reason") == evil
    assert "<script>alert" not in page.html


@pytest.mark.parametrize("made_up", [{"entry": "x"}, {"entry": "1", "revision": ""}, {"entry": "99", "revision": "1"}])
def test_forms_nobody_wrote_are_refused(page: Browser, ledger: str, made_up: dict[str, str]) -> None:
    page.open(HERE)
    save(page, 409, date="2007", **made_up)
    assert told(page.desk) == []


def test_english_reads_english(page: Browser, ledger: str) -> None:
    page.open(HERE)
    page.send("/language/en")
    assert "Save, next page" in page.words
    save(page, 409)
    assert "cannot be read" in page.words


def test_nobody_saves_without_a_login_or_without_the_forms_token(page: Browser, stranger: Browser, ledger: str) -> None:
    assert stranger.client.get(HERE).location.startswith("/login")
    stranger.open("/login")
    assert stranger.send_only(HERE, page="001", number="1", date="2007", pages="001").location.startswith("/login")
    form = {"page": "001", "number": "1", "date": "2007", "pages": "001"}
    assert page.client.post(HERE, data=form).status_code == 400
    assert told(page.desk) == []


def test_who_saved_stands_in_the_history(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "002", "2", "2007")
    page.open(HERE)
    save(page, date="2007")
    assert page.desk.all(select(EntryRevision.who)) == [WHO, "Nguyễn Thị Hoa"]


def test_missing_number_is_entered_beside_its_neighbours(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "001", "1", "2007-01-15")
    page.desk.entry(ledger, "003", "4", "2007-01-16")
    page.open("/ledger/19429/KH.2007.01/finish")
    link = re.search(r'href="([^"]+missing=[^"]+)"', page.html)
    assert link
    assert "Nhập số 002" in page.words
    page.open(unescape(link[1]))
    assert (field(page, "page"), field(page, "number")) == ("002", "002")
    assert [number for number in ("001", "004") if f"<strong>{number}</strong>" in page.html] == ["001", "004"]


def test_one_field_leads_to_a_page_and_to_a_number(page: Browser, ledger: str) -> None:
    page.desk.entry(ledger, "003", "4", "2007-01-16")
    page.open(f"{HERE}?page=001&find=4")
    assert 'data-label="003"' in page.html
    page.open(f"{HERE}?page=001&find=t2")
    assert 'data-label="002"' in page.html
    page.open(f"{HERE}?page=001&find=t9&view=entries")
    assert "không có trang" in page.words
    page.open(f"{HERE}?find=trang+2&view=scan")
    assert page.address == "/ledger/19429/KH.2007.01/scan?page=002"


@pytest.fixture
def misnumbered(page: Browser, ledger: str) -> Browser:
    """The clerk left out 003: the third entry should be 004."""
    for number in range(1, 4):
        page.desk.entry(ledger, f"{number:03d}", str(number), f"2007-01-{14 + number}")
    page.open(f"{HERE}?page=003")
    return page


def test_numbers_are_given_anew_from_here_on_after_a_preview(misnumbered: Browser) -> None:
    before = told(misnumbered.desk)
    misnumbered.send(f"{HERE}/renumber/preview", page="003", first="003", to="4", last="", year="2007")
    assert "1 trường hợp năm 2007 sẽ mang số mới" in misnumbered.words
    assert "003 003 004" in misnumbered.words
    assert told(misnumbered.desk) == before
    misnumbered.send(f"{HERE}/renumber", page="003", first="003", to="4", last="", year="2007", count="1")
    assert "Đã đánh lại 1 số" in misnumbered.words
    assert [row[0] for row in told(misnumbered.desk)] == ["001", "002", "004"]


def test_preview_of_a_long_run_shows_its_ends(page: Browser, ledger: str) -> None:
    page.desk.lay(ledger, 30)
    for number in range(1, 31):
        page.desk.entry(ledger, f"{number:03d}", str(number), "2007-01-15")
    page.open(f"{HERE}?page=001")
    page.send(f"{HERE}/renumber/preview", page="001", first="001", to="11", last="", year="2007")
    assert "30 trường hợp" in page.words
    assert "006 006 016 … 025 025 035" in page.words


@pytest.mark.parametrize(
    ("to", "last", "count", "said"),
    [
        ("2", "1", "1", "Đã có trường hợp số 002"),
        ("0", "", "3", "Không đọc được số đăng ký"),
        ("x", "", "3", "Không đọc được số đăng ký"),
        ("9", "", "2", "Có người khác vừa sửa"),
    ],
)
def test_numbers_that_cannot_be_given_are_said_beside_the_form(
    misnumbered: Browser, to: str, last: str, count: str, said: str
) -> None:
    before = told(misnumbered.desk)
    misnumbered.send(f"{HERE}/renumber", page="001", first="001", to=to, last=last, year="2007", count=count)
    assert said in misnumbered.words
    assert told(misnumbered.desk) == before
