"""The minutes of a ledger say what is in it, whether it is whole, who did it, and what proves it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from station.catalogue import event_log
from station.delivery import queue as delivery_queue
from station.domain.states import PageState, ScanPurpose
from station.errors import Refused
from station.ledger import closing_totals, entries, ledgers, page_order, pages
from station.ledger.entries import Act
from station.reports import minutes, minutes_paper
from station.reports.minutes import Minutes, YearOfEntries
from tests.station.opened_station import WHO, OpenedStation
from tests.station.reports.acting import done_at, here

HOA, MINH = "Nguyễn Thị Hoa", "Trần Văn Minh"


def words(paper: Minutes, language: str = "vi") -> str:
    """What a person reads on the paper."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", minutes_paper.body(paper, language))).split())


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """A closed ledger: a cover, three entries by two people, one page retaken, one set aside; packaged and received."""
    with done_at(desk, here("2026-03-02T08:00"), HOA):
        name = desk.ledger(closing_pages=3, closing_entries=3, paper="A3")
        desk.lay(name, 5)
        pages.change(desk.station, name, "001", who=HOA, state=PageState.COVER)
        page_order.set_pages_aside(desk.station, Act(name, HOA, "thử"), "005")
    with done_at(desk, here("2026-03-03T08:00"), MINH):
        desk.lay(name, purpose=ScanPurpose.RETAKE, anchor="002")
        desk.entry(name, "004", "9", "2007-01-15")
        entries.remove(desk.station, Act(name, MINH, "nhầm"), "9", None)
        for number, label in enumerate(("002", "003", "004"), start=1):
            desk.entry(name, label, str(number), f"2007-01-{number:02d}")
        ledgers.close(desk.station, name, who=MINH)
        desk.package(name)
    list(delivery_queue.run(desk.station))
    return name


def test_minutes_say_what_is_in_the_ledger_and_who_did_it(desk: OpenedStation, ledger: str) -> None:
    paper = minutes.of_ledger(desk.station, ledger)
    assert paper.page_states == {"entry": 3, "cover": 1}
    assert (paper.images, paper.retaken, paper.set_aside) == (4, 1, 1)
    assert paper.years == [YearOfEntries(2007, "001", "003", 3)]
    assert paper.missing == []
    assert [(one.person, one.count) for one in paper.scanned] == [(HOA, 5), (MINH, 1)]
    assert [(one.person, one.count) for one in paper.named] == [(MINH, 3)]
    assert (paper.closed_by, paper.closed_reason) == (MINH, None)
    said = words(paper)
    assert "KH.2007.01 · Kết hôn · quyển số 01/2007" in said
    assert "trường hợp: 3; bìa sổ: 1 Tổng 4 trang, không kể bìa 3" in said
    assert "2007: 001 đến 003, 3 trường hợp" in said
    assert "Trang khóa sổ ghi 3 trang, 3 trường hợp: khớp." in said
    assert "Không thiếu trang, không thiếu số nào." in said
    assert f"{HOA}: 5 (02/03/2026 – 02/03/2026)" in said
    assert "Dữ liệu nộp Bộ Còn 3 dòng chưa nhập đủ." in said
    assert said.startswith(f"Ủy ban nhân dân {paper.place[0]} ")


def test_minutes_name_the_package_its_hash_and_its_receipts(desk: OpenedStation, ledger: str) -> None:
    paper = minutes.of_ledger(desk.station, ledger)
    assert paper.package is not None
    manifest = desk.rows("SELECT sha256 FROM package_file WHERE name LIKE '%manifest%'")
    assert [(paper.package.manifest,)] == manifest
    assert paper.package.name == "19429:KH.2007.01/r1"
    assert paper.package.received["stick"] is not None
    assert "stick đã nhận lúc" in words(paper)
    named = [table.model_copy(update={"name": "USB của xã"}) for table in paper.settings.destinations]
    settings = paper.settings.model_copy(update={"destinations": named})
    assert "USB của xã đã nhận lúc" in words(replace(paper, settings=settings))
    desk.by_hand("DELETE FROM receipt WHERE id = (SELECT max(id) FROM receipt)")
    assert "stick chưa nhận" in words(minutes.of_ledger(desk.station, ledger))


def test_code_holds_station_ledger_package_and_the_logs_newest_line(desk: OpenedStation, ledger: str) -> None:
    paper = minutes.of_ledger(desk.station, ledger)
    with desk.station.catalogue.reading() as session:
        head = event_log.newest(session)
    assert paper.proof.split() == [
        "tramquet/1",
        "qt-thu-01",
        "19429:KH.2007.01",
        "r1",
        f"#{head.line}",
        head.hash,
    ]
    assert head.hash in words(paper)


def test_gaps_and_totals_that_differ_stand_with_reason_and_name(desk: OpenedStation) -> None:
    ledger = desk.ledger(closing_pages=4, closing_entries=3)
    desk.lay(ledger, 3)
    desk.entry(ledger, "001", "1", "2007-01-15")
    desk.entry(ledger, "002", "3", "2007-01-15")
    ledgers.close(desk.station, ledger, who=MINH, reason="Trang 4 bị <mất>")
    said = words(minutes.of_ledger(desk.station, ledger))
    assert "ghi 4 trang, 3 trường hợp; đếm được 3 và 2: không khớp" in said
    assert "002" in said
    assert "Khóa khi còn thiếu, lý do: Trang 4 bị <mất>" in said
    assert MINH in said
    assert "Không thiếu trang" not in said
    assert "chưa đóng gói" in said


def test_ledger_without_totals_is_not_called_whole(desk: OpenedStation) -> None:
    said = words(minutes.of_ledger(desk.station, desk.whole()), "en")
    assert "Not stated: nobody can say that nothing is missing." in said


def test_change_after_packaging_is_said(desk: OpenedStation, ledger: str) -> None:
    assert "cần đóng gói lại" not in words(minutes.of_ledger(desk.station, ledger))
    closing_totals.state(desk.station, ledger, pages=3, entries=4, who=WHO, reason="đọc nhầm")
    assert "cần đóng gói lại" in words(minutes.of_ledger(desk.station, ledger))


def test_open_ledger_has_no_minutes(desk: OpenedStation, ledger: str) -> None:
    ledgers.reopen(desk.station, ledger, who=WHO)
    with pytest.raises(Refused, match="is open"):
        minutes.of_ledger(desk.station, ledger)


def test_ledger_that_an_earlier_version_closed_has_minutes_too(desk: OpenedStation, ledger: str) -> None:
    desk.by_hand("UPDATE ledger SET closed_by = NULL, closed_at = NULL")
    assert "không ghi người khóa" in words(minutes.of_ledger(desk.station, ledger))


def test_of_many_people_the_busiest_are_named(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    for number in range(7):
        with done_at(desk, here("2026-03-02T08:00"), f"Người {number}"):
            desk.lay(ledger, 2 if number == 5 else 1)
    ledgers.close(desk.station, ledger, who=WHO, reason="thử")
    said = words(minutes.of_ledger(desk.station, ledger))
    assert "Người 5: 2 (" in said
    assert "3 người khác: 3" in said
