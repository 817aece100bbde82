"""The looks on the page: one key for each verdict, two pages side by side, a sample, a work list of what came back."""

from __future__ import annotations

import re

import pytest

from station.access import users
from station.domain.checks import CheckKind, CheckVerdict, RejectReason
from station.domain.roles import Role
from station.domain.states import ScanPurpose
from station.ledger import ledgers, page_checks, page_second_look
from station.ledger.entries import Act
from station.views import package_list
from tests.web.browsing import NAME, PIN, Browser

LEDGER = "KH.2007.01"
CHECKS = f"/ledger/19429/{LEDGER}/checks"
_HIDDEN = re.compile(r'<input type="hidden" name="([\w.-]+)" value="([^"]*)"')


@pytest.fixture
def at_pages(page: Browser) -> Browser:
    """A browser at the first of three pages of a closed ledger."""
    page.desk.whole(LEDGER, closing_pages=3, closing_entries=3)
    page.open(CHECKS)
    return page


def judge(page: Browser, status: int = 200, **verdict: str) -> str:
    form = page.html.partition('id="verdict"')[2].partition("</form>")[0]
    fields = {name: value for name, value in _HIDDEN.findall(form) if name != "csrf_token"}
    return page.send(CHECKS, status, **fields | verdict)


def said(page: Browser) -> list[tuple[str | None, str | None]]:
    return [(one.verdict, one.reason) for one in page_checks.verdicts(page.desk.station, LEDGER)]


def sample(page: Browser) -> list[str]:
    with page.desk.station.catalogue.reading() as session:
        return [seq for _, seq in session.execute(page_second_look.sample(ledgers.find(session, LEDGER)))]


@pytest.fixture
def looked_at(page: Browser) -> Browser:
    """A browser at a ledger of ten pages that needs both looks, of which somebody else found every page right."""
    page.desk.whole(LEDGER, 10, closing_pages=10, closing_entries=10)
    page.desk.by_hand("UPDATE ledger SET looks = 'second'")
    page_checks.judge(page.desk.station, Act(LEDGER, "Lan"), "001-010", CheckVerdict.RIGHT)
    return page


def test_one_key_says_right_and_goes_on_until_every_page_was_seen(at_pages: Browser) -> None:
    for number in (1, 2, 3):
        assert f'name="shown" value="{number:03}"' in at_pages.html
        judge(at_pages)
    assert said(at_pages) == [("right", None)] * 3
    assert at_pages.address == f"{CHECKS}/rejected"
    assert "Mọi trang đều đã xem và đạt." in at_pages.words
    assert "đã kiểm tra" in at_pages.words


def test_page_that_lies_wrong_is_turned_where_it_is_looked_at_and_undo_takes_it_back(at_pages: Browser) -> None:
    at_pages.open(f"{CHECKS}?page=002")
    way = at_pages.html.partition('id="turn-page"')[0].rpartition('action="')[2].partition('"')[0]
    assert 'value="90" data-anywhere="Ctrl+ArrowRight"' in at_pages.html
    at_pages.send(way, rotate="90")
    assert at_pages.address == f"{CHECKS}?page=002"
    assert "Đã xoay trang 002. Hoàn tác" in at_pages.words
    assert "turn=90" in at_pages.html
    judge(at_pages)
    assert [verdict for verdict, _ in said(at_pages)] == [None, "right", None]


def test_every_reason_has_a_key_of_its_own_and_words(at_pages: Browser) -> None:
    keys = re.findall(r'name="reason" value="([\w-]+)" data-key="(\w)"', at_pages.html)
    assert len(keys) == len(dict(keys)) == len({key for _, key in keys}) == len(RejectReason)


def test_rejected_page_is_in_the_work_list_until_it_was_scanned_again(at_pages: Browser) -> None:
    judge(at_pages, reason="hand")
    assert 'name="shown" value="002"' in at_pages.html
    at_pages.open(f"{CHECKS}/rejected")
    assert "có tay trong ảnh" in at_pages.words
    assert f'href="/ledger/19429/{LEDGER}/scan?page=001"' in at_pages.html
    at_pages.open(f"/ledger/19429/{LEDGER}/finish")
    assert "1 trang bị trả lại khi kiểm tra ảnh (001)" in at_pages.words
    at_pages.desk.lay(LEDGER, purpose=ScanPurpose.RETAKE, anchor="001")
    at_pages.open(f"{CHECKS}/rejected")
    assert "Không có trang nào bị trả lại." in at_pages.words


def test_book_view_shows_two_pages_and_says_both_right(at_pages: Browser) -> None:
    at_pages.open(f"{CHECKS}?book=1")
    judge(at_pages)
    assert said(at_pages)[:2] == [("right", None)] * 2
    assert 'name="shown" value="003"' in at_pages.html
    assert 'name="book"' in at_pages.html


def test_in_the_book_view_one_page_is_rejected_and_the_other_is_right(at_pages: Browser) -> None:
    at_pages.open(f"{CHECKS}?book=1&side=2")
    judge(at_pages, reason="folded")
    assert 'name="chosen" value="001"' in at_pages.html, "the other one is to be judged"
    judge(at_pages)
    assert said(at_pages) == [("right", None), ("rejected", "folded"), (None, None)]


def test_page_of_which_another_image_stands_there_by_now_is_refused(at_pages: Browser) -> None:
    at_pages.desk.lay(LEDGER, purpose=ScanPurpose.RETAKE, anchor="001")
    judge(at_pages)
    assert "nay đã có ảnh khác" in at_pages.words
    assert said(at_pages) == [(None, None)] * 3


def test_closing_view_and_package_say_that_not_every_page_was_looked_at(at_pages: Browser) -> None:
    at_pages.open(f"/ledger/19429/{LEDGER}/finish")
    assert "đã xem 0/3 trang" in at_pages.words
    assert "Sổ này phải được kiểm tra từng trang trước khi đóng gói." in at_pages.words
    at_pages.desk.by_hand("UPDATE ledger SET looks = 'none'")
    at_pages.open(f"/ledger/19429/{LEDGER}/finish")
    assert "Chưa phải mọi trang đều được kiểm tra là đạt: gói sẽ ghi rõ như vậy." in at_pages.words


def test_ledger_without_its_looks_is_packaged_only_where_just_that_was_asked_for(at_pages: Browser) -> None:
    finish = f"/ledger/19429/{LEDGER}/finish"
    at_pages.open(finish)
    at_pages.send(f"/ledger/19429/{LEDGER}/package", kind="entries")
    assert "chưa tạo gói nào" in at_pages.words
    assert package_list.packages_of(at_pages.desk.station, LEDGER) == []
    assert "Vẫn đóng gói, ghi là chưa kiểm tra" in at_pages.words
    at_pages.desk.package(LEDGER)
    at_pages.open(finish)
    assert '<span class="state state-unproven">chưa kiểm tra</span>' in at_pages.html


def test_operator_sees_what_came_back_and_judges_nothing(at_pages: Browser, stranger: Browser) -> None:
    users.add(at_pages.desk.station, "Lan", Role.OPERATOR, who="Lan", pin=PIN)
    stranger.open("/login")
    stranger.send("/login", name="Lan", pin=PIN)
    stranger.open(CHECKS, 403)
    stranger.open(f"{CHECKS}/rejected")
    stranger.send(CHECKS, 403, shown="001")
    assert said(at_pages) == [(None, None)] * 3


@pytest.mark.parametrize("form", [{"shown": ""}, {"shown": "001"}, {"shown": "001", "seen-001": "1.0", "reason": "x"}])
def test_form_that_makes_no_sense_stores_nothing(at_pages: Browser, form: dict[str, str]) -> None:
    at_pages.send(CHECKS, 200, **form)
    assert said(at_pages) == [(None, None)] * 3


def test_ledger_without_pages_leads_to_scanning(page: Browser) -> None:
    page.desk.ledger(LEDGER)
    page.open(CHECKS)
    assert "Chưa quét trang nào." in page.words


def test_second_look_goes_through_the_sample_and_then_the_ledger_is_checked(looked_at: Browser) -> None:
    chosen = sample(looked_at)
    looked_at.open(f"/ledger/19429/{LEDGER}/finish")
    assert "Lần hai: đã xem 0/3 trang chọn mẫu" in looked_at.words
    assert "Sổ này phải được kiểm tra lần hai trước khi đóng gói." in looked_at.words
    looked_at.open(f"{CHECKS}?second=1")
    for label in chosen:
        assert f'name="shown" value="{label}"' in looked_at.html
        judge(looked_at)
    assert looked_at.address == f"{CHECKS}/rejected"
    looked_at.open(f"/ledger/19429/{LEDGER}/finish")
    assert "Lần hai: cả 3 trang chọn mẫu đều đạt." in looked_at.words
    assert "Vẫn đóng gói" not in looked_at.words


def test_page_rejected_at_the_second_look_leads_back_to_it(looked_at: Browser) -> None:
    looked_at.open(f"{CHECKS}?second=1")
    judge(looked_at, reason="torn")
    looked_at.open(f"{CHECKS}/rejected")
    assert "bị rách" in looked_at.words
    assert f'href="{CHECKS}?page={sample(looked_at)[0]}&amp;second=1"' in looked_at.html
    assert page_checks.verdicts(looked_at.desk.station, LEDGER, CheckKind.SECOND)[0].verdict == CheckVerdict.REJECTED


def test_who_looked_first_sees_why_somebody_else_must_look_again(looked_at: Browser) -> None:
    users.add(looked_at.desk.station, "Lan", Role.CHECKER, who="Lan")
    users.add(looked_at.desk.station, "Minh", Role.CHECKER, who="Lan")
    looked_at.desk.by_hand('UPDATE "check" SET who = ?', NAME)
    looked_at.open(f"{CHECKS}?second=1")
    assert "Không còn trang nào chờ bạn kiểm tra lần hai." in looked_at.words
    looked_at.open(f"{CHECKS}?second=1&page={sample(looked_at)[0]}")
    assert "lần hai phải do người khác" in looked_at.words
    assert 'id="verdict"' not in looked_at.html
