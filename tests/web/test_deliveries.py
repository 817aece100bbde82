from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from station.access import users
from station.catalogue.models import Delivery, Event, Ledger, Package, PackageFile, Place
from station.delivery import queue as delivery_queue
from station.domain.roles import Role
from station.domain.states import DeliveryState, PackageKind
from station.errors import Refused
from station.views import delivery_board
from tests.station.opened_station import WHO, OpenedStation
from tests.web.browsing import PIN, Browser


@pytest.fixture
def packaged(desk: OpenedStation) -> OpenedStation:
    """A ledger of three pages, packaged and queued."""
    desk.package(desk.whole())
    return desk


def delivered(desk: OpenedStation) -> None:
    assert {item.state for item in delivery_queue.run(desk.station)} == {"receipted"}


def test_nothing_packaged_is_said_with_what_to_do(page: Browser) -> None:
    page.open("/deliveries")
    assert "Chưa có gói nào" in page.words


def test_queued_package_is_told_with_its_size_and_destination(page: Browser, packaged: OpenedStation) -> None:
    page.open("/deliveries")
    assert "Còn 1 gói đang gửi" in page.words
    assert "KH.2007.01" in page.words
    assert "stick USB hoặc thư mục" in page.words
    assert "chờ gửi" in page.words


def test_destination_is_called_by_the_name_that_the_settings_give_it(
    page: Browser, packaged: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stick,) = packaged.station.settings.destinations
    named = stick.model_copy(update={"name": "USB của xã"})
    monkeypatch.setitem(vars(packaged.station.settings), "destinations", [named])
    for view in ("/deliveries", "/ledger/19429/KH.2007.01/finish"):
        page.open(view)
        assert "USB của xã" in page.words
        assert "stick" not in page.words


def test_receipts_are_shown_with_time_and_hash(page: Browser, packaged: OpenedStation) -> None:
    delivered(packaged)
    page.open("/deliveries")
    assert "Tất cả đã đến nơi: 1 gói" in page.words
    assert "Tệp và biên nhận (3/3)" in page.words
    for sha256 in packaged.all(select(PackageFile.sha256)):
        assert sha256[:12] in page.words
    assert page.words.count("✓") == 3


def test_trouble_is_told_in_words_with_the_next_try(page: Browser, packaged: OpenedStation) -> None:
    packaged.stick.rmdir()
    assert len(list(delivery_queue.run(packaged.station))) == 1
    page.open("/deliveries")
    assert "Hãy cắm USB" in page.words
    assert "Tự thử lại lúc" in page.words
    assert "Gửi lại ngay" in page.words


def test_retry_puts_what_waits_into_the_queue_at_once(page: Browser, packaged: OpenedStation) -> None:
    packaged.stick.rmdir()
    (waiting,) = delivery_queue.run(packaged.station)
    packaged.stick.mkdir()
    page.open("/deliveries?only=open")
    page.send(f"/deliveries/{waiting.id}/retry")
    assert page.address == "/deliveries?only=open"
    due = delivery_queue.next_due(packaged.station)
    assert due is not None
    assert due <= datetime.now(UTC)
    delivered(packaged)
    assert packaged.one(select(Event.who).where(Event.what == "delivery-retried")) != WHO


def test_retry_of_what_has_arrived_is_refused_in_words(page: Browser, packaged: OpenedStation) -> None:
    delivered(packaged)
    page.open("/deliveries")
    page.send("/deliveries/1/retry")
    assert "không cần gửi lại" in page.words
    page.send("/deliveries/99/retry")
    assert "Không có lượt gửi số 99" in page.words


def test_pause_holds_everything_until_somebody_lets_it_go_on(page: Browser, packaged: OpenedStation) -> None:
    page.open("/deliveries")
    page.send("/deliveries/pause")
    assert "Đang tạm dừng gửi" in page.words
    assert "Gửi lại ngay" not in page.words
    with pytest.raises(Refused, match="paused"):
        list(delivery_queue.run(packaged.station))
    page.send("/deliveries/resume")
    assert "Đang tạm dừng gửi" not in page.words
    delivered(packaged)


def test_pause_is_told_on_every_view_and_is_a_technicians_act(
    page: Browser, stranger: Browser, packaged: OpenedStation
) -> None:
    page.open("/deliveries")
    page.send("/deliveries/pause")
    users.add(packaged.station, "Lan", Role.OPERATOR, who="Lan", pin=PIN)
    stranger.open("/login")
    stranger.send("/login", name="Lan", pin=PIN)
    for address in ("/", "/deliveries", "/plan", "/ledger/19429/KH.2007.01/scan"):
        stranger.open(address)
        assert "Đang tạm dừng gửi: chưa gửi gì về tỉnh" in stranger.words
        assert 'id="pause"' not in stranger.html
    for address in ("/deliveries/resume", "/deliveries/pause"):
        stranger.send(address, 403)
    assert delivery_queue.is_paused(packaged.station)
    assert page.client.get("/healthz").get_json()["warnings"] == ["deliveries-held"]


def test_live_part_is_the_same_as_in_the_view(page: Browser, packaged: OpenedStation) -> None:
    whole = page.open("/deliveries")
    part = page.open("/deliveries/board")
    assert "<html" not in part
    assert part.split("<article")[1].split("</h2>")[0] in whole


def test_newest_package_comes_first(page: Browser, packaged: OpenedStation) -> None:
    packaged.package("KH.2007.01", PackageKind.MASTERS)
    page.open("/deliveries")
    assert page.html.index("Ảnh gốc") < page.html.index("PDF trường hợp")


def test_destination_that_left_the_settings_is_told(page: Browser, packaged: OpenedStation) -> None:
    packaged.by_hand("UPDATE delivery SET destination = 'cũ'")
    list(delivery_queue.run(packaged.station))
    page.open("/deliveries")
    assert "không còn trong thiết lập" in page.words
    assert "cần xử lý" in page.words
    assert "1 gói cần người xử lý" in page.words


def many(desk: OpenedStation, packages: int, *, first: int = 0) -> None:
    """So many packages of three files, each to two destinations, in all states; those before ``first`` are there."""
    states = [*DeliveryState]
    with desk.station.catalogue.writing() as session:
        place = session.scalars(select(Place)).first()
        for number in range(first, packages):
            ledger = Ledger(place=place, type="KS", year=2000, book=f"{number:04}", last_year=2000, paper="A4")
            ledger.state, ledger.created_at = "packaged", datetime.now(UTC)
            package = Package(
                ledger=ledger, kind="entries", revision=1, state="made", partial=False, recipe=str(number)
            )
            package.folder, package.event_head, package.made_by = f"packages/{number}/r1", "0", WHO
            package.started_at = datetime.now(UTC) - timedelta(days=number)
            session.add(package)
            for position in range(3):
                file = PackageFile(
                    package=package, position=position, name=f"{position}.zip", sha256="ab" * 32, bytes=9
                )
                session.add(file)
                for destination in ("stick", "tinh"):
                    item = Delivery(file=file, destination=destination, created_at=datetime.now(UTC))
                    item.state = states[(number + position) % len(states)]
                    if item.state in ("waiting", "stuck"):
                        item.error, item.detail = "destination-missing", {"path": "/media/usb"}
                    session.add(item)


def cost(page: Browser, path: str) -> float:
    """The work of showing it (s of this thread's CPU), the least of some: whatever else the machine does."""

    def once() -> float:
        begun = time.thread_time()
        page.open(path)
        return time.thread_time() - begun

    return min(once() for _ in range(10))


def test_two_thousand_deliveries_are_shown_in_parts_and_quickly(page: Browser, desk: OpenedStation) -> None:
    many(desk, 10)
    few = cost(page, "/deliveries/board")
    many(desk, 334, first=10)
    page.open("/deliveries")
    assert page.html.count("<article") == 10
    assert re.findall(r">(KS[^<]+)</small>", page.html)[0] == "KS.2000.333"
    assert "Trang 1 / 34" in page.words
    page.open("/deliveries?page=34")
    assert page.html.count("<article") == 4
    page.open("/deliveries?page=99")
    assert "Trang 34 / 34" in page.words
    assert cost(page, "/deliveries/board") < 4 * few, "what is not shown costs next to nothing"


def test_only_what_is_not_yet_received_can_be_shown(page: Browser, packaged: OpenedStation) -> None:
    delivered(packaged)
    packaged.package("KH.2007.01", PackageKind.MASTERS)
    page.open("/deliveries?only=open")
    assert page.html.count("<article") == 1
    assert "Ảnh gốc" in page.words


def test_board_counts_bytes_and_packages_that_need_somebody(packaged: OpenedStation) -> None:
    board = delivery_board.board(packaged.station, page=1, size=10, only_open=False)
    assert (board.all, board.waiting, board.stuck, board.paused) == (1, 1, 0, False)
    assert board.bytes_left == sum(packaged.all(select(PackageFile.bytes)))
