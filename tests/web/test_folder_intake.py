"""The watched folder's view: a choice, what waits, what was rejected and why."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from drivers.folder.stable_files import Arrival, Signature
from station.access import users
from station.daemon.change_feed import ChangeFeed
from station.daemon.supervisor import Daemon
from station.daemon.uploaded_files_service import UploadedFilesService
from station.domain.roles import Role
from station.errors import ScanStopped
from station.ledger import ledgers
from station.scanning import folder_intake, scan_session, uploaded_files
from station.scanning.scan_session import ScanRequest
from station.scanning.session_originals import SessionOriginals
from tests.drivers.dropping import drop, photo
from tests.station.opened_station import STICK, OpenedStation, opened_station
from tests.waiting import eventually
from tests.web.browsing import NAME, PIN, Browser
from web.app import create_app

PHONE = '[[scanner]]\nid = "phone"\ndriver = "folder"\npath = "phone"\n'
VIEW = "/ledger/19429/KH.2007.01/folder"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    """A station with a watched folder and a ledger."""
    (tmp_path / "phone").mkdir()
    with opened_station(tmp_path, STICK + PHONE) as ready:
        users.add(ready.station, NAME, Role.OPERATOR, who=NAME, pin=PIN)
        ready.ledger()
        yield ready


def test_folder_is_chosen_for_a_ledger_and_left_again(page: Browser, desk: OpenedStation) -> None:
    page.open(VIEW)
    assert "Chưa chọn sổ" in page.words
    page.send(f"{VIEW}/choose", scanner="phone")
    assert page.address == VIEW
    assert f"Tệp đang vào sổ Kết hôn 2007, quyển 01 ({NAME}" in page.words
    choice = folder_intake.current_choice(desk.station, "phone")
    assert choice is not None
    assert choice.ledger == "19429:KH.2007.01"
    page.send(f"{VIEW}/leave", scanner="phone")
    assert "Chưa chọn sổ" in page.words
    assert folder_intake.current_choice(desk.station, "phone") is None


def test_other_ledger_shows_where_the_files_go_now(page: Browser, desk: OpenedStation) -> None:
    folder_intake.choose(desk.station, "phone", desk.ledger("KS.2008.02"), who="Bình")
    page.open(VIEW)
    assert "Tệp đang vào sổ Khai sinh 2008, quyển 02 do Bình chọn." in page.words
    assert "Nhận tệp vào sổ Kết hôn 2007, quyển 01" in page.words


def test_closed_ledger_offers_no_choice(page: Browser, desk: OpenedStation) -> None:
    ledgers.close(desk.station, "KH.2007.01", who=NAME, reason="thử")
    page.open(VIEW)
    assert "Nhận tệp" not in page.words
    assert 'type="file"' not in page.html


def test_waiting_and_rejected_files_are_shown_with_the_reason(page: Browser, desk: OpenedStation) -> None:
    phone = desk.folder / "phone"
    drop(phone, "1.jpg", b"x")
    page.open(f"{VIEW}/board")
    assert "Số tệp đang chờ trong thư mục: 1" in page.words
    originals = SessionOriginals(desk.station, folder_intake.folder(desk.station, "phone"))
    bad = drop(phone, "<b>2.pdf", b"x")
    signature = Signature.of(bad)
    assert signature is not None
    originals.reject_file(Arrival(bad, signature), "pdf-protected")
    page.open(VIEW)
    assert "&lt;b&gt;2.pdf có mật khẩu nên không được nhận" in page.html
    assert "<b>2" not in page.html


def test_file_that_may_be_another_sheet_is_asked_about_beside_the_page_it_repeats(
    page: Browser, desk: OpenedStation
) -> None:
    phone = desk.folder / "phone"
    for name in ("1.jpg", "2.jpg"):
        drop(phone, name, photo(1))
    with pytest.raises(ScanStopped):
        list(scan_session.scan(desk.station, ScanRequest("KH.2007.01", NAME, scanner="phone")))
    view = VIEW.replace("/folder", "/asks")
    page.open(VIEW)
    assert f'href="{view}"' in page.html
    page.open("/")
    assert "1 cần xem" in page.words
    page.open(VIEW.replace("/folder", "/finish"))
    assert "1 tệp có thể là tờ chưa được nhận" in page.words
    page.open(view)
    assert "2.jpg giống hệt từng byte" in page.words
    assert "Đây là tờ khác: nhận tệp" in page.words
    assert "/preview/" in page.html or "<img" in page.html
    (key,) = set(re.findall(r'name="ask" value="(f\d+)"', page.html))
    page.send(view, ask=key, answer="later")
    assert "1 cần xem" in page.words or "giống hệt" in page.words, "a file that did not grow has no later pages"
    page.open(view)
    page.send(view, ask=key, answer="another")
    assert (phone / "2.jpg").exists()
    assert "giống hệt" not in page.words
    page.open("/")
    assert "cần xem" not in page.words
    page.open(view)
    page.send(view, ask="f" + "9" * 30, answer="another")
    assert "f999" not in page.words


def test_file_that_cannot_be_moved_is_said_to_lie_in_the_folder_itself(page: Browser, desk: OpenedStation) -> None:
    phone = desk.folder / "phone"
    (phone / "thư mục").mkdir()
    SessionOriginals(desk.station, folder_intake.folder(desk.station, "phone")).report_others(
        {phone / "thư mục": "folder"}
    )
    page.open(VIEW)
    assert "thư mục là thư mục con" in page.words
    assert "vẫn nằm ngay trong thư mục" in page.words
    (phone / "thư mục").rmdir()
    page.open(VIEW)
    assert "thư mục con" not in page.words


def test_folder_that_the_settings_do_not_know_is_refused_in_words(page: Browser) -> None:
    page.open(VIEW)
    page.send(f"{VIEW}/choose", scanner="glass")
    assert "không có thư mục theo dõi glass" in page.words
    page.send(f"{VIEW}/leave", scanner="glass")
    assert "không có thư mục theo dõi glass" in page.words


def piece(page: Browser, content: bytes, *, at: int = 0, status: int = 200, **said: object) -> Any:
    """Send a piece of a file as the script does, or ask without one how much is there."""
    token = re.search(r'data-token="([^"]+)"', page.html)
    assert token
    form = {"name": "1.jpg", "size": len(photo(1)), "changed": 7, "offset": at, **said}
    if content:
        form["piece"] = (io.BytesIO(content), "piece")
    answer = page.client.post(f"{VIEW}/files", data=form, headers={"X-CSRFToken": token[1]})
    assert answer.status_code == status
    return answer.get_json()


def test_file_is_sent_piece_by_piece_and_asked_for_without_one(page: Browser, desk: OpenedStation) -> None:
    page.open(VIEW)
    assert "Chọn tệp" in page.words
    assert piece(page, photo(1)[:500]) == {"offset": 500}
    assert piece(page, b"") == {"offset": 500}
    assert piece(page, photo(1)[500:], at=500) == {"offset": len(photo(1))}
    page.open(f"{VIEW}/board")
    assert "Số tệp đã gửi, chưa thành trang: 1" in page.words
    own = folder_intake.of_ledger(desk.station, "KH.2007.01")
    assert (own.path / "1.jpg").read_bytes() == photo(1)


def test_piece_that_makes_no_sense_is_told_and_nothing_is_kept(page: Browser, desk: OpenedStation) -> None:
    page.open(VIEW)
    for said in ({"size": "x"}, {"offset": "-1"}, {"size": 0}, {"size": 9 * 10**9}, {"changed": ""}):
        assert piece(page, b"x", status=409, **said)["error"]
    assert piece(page, b"", name="C:\\Users\\Hoa\\1.jpg")["offset"] == 0
    token = page.html.partition('data-token="')[2].partition('"')[0]
    page.client.post("/logout", data={"csrf_token": token})
    assert page.client.post(f"{VIEW}/files", data={"csrf_token": token}).status_code in (302, 400)
    assert uploaded_files.waiting(folder_intake.of_ledger(desk.station, "KH.2007.01").path) == 0


def test_sent_file_that_could_not_be_taken_leaves_the_list(page: Browser, desk: OpenedStation) -> None:
    page.open(VIEW)
    piece(page, b"no image", size=8, name="<b>1.jpg")
    folder = folder_intake.of_ledger(desk.station, "KH.2007.01")
    service = UploadedFilesService(desk.station, ChangeFeed(desk.station.catalogue.path))
    eventually(lambda: service.turn() > 0 and not uploaded_files.waiting(folder.path))
    page.open(VIEW)
    assert "tệp gốc vẫn còn ở máy đã gửi" in page.words
    assert "&lt;b&gt;1.jpg" in page.html
    page.send(f"{VIEW}/discard", file="<b>1.jpg")
    assert "tệp gốc vẫn còn ở máy đã gửi" not in page.words


def test_station_without_a_watched_folder_takes_files_all_the_same(tmp_path: Path) -> None:
    with opened_station(tmp_path / "other") as bare:
        users.add(bare.station, NAME, Role.OPERATOR, who=NAME, pin=PIN)
        bare.ledger()
        app: Flask = create_app(Daemon(bare.station))
        browser = Browser(app.test_client(), bare)
        browser.open("/login")
        browser.send("/login", name=NAME, pin=PIN)
        browser.open(VIEW)
        assert 'type="file"' in browser.html
        assert 'class="watched"' not in browser.html


def test_strangers_see_nothing_of_it(stranger: Browser) -> None:
    stranger.open(VIEW)
    assert stranger.address.startswith("/login")
