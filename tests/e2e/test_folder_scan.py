"""``tramquet scan`` with a watched folder, and the daemon with a chosen ledger: the whole way from a dropped file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.drivers.dropping import drop, photo, saved, scanned
from tests.station.daemons import Browser, running
from tests.stations import Command
from tests.waiting import eventually

PHONE = '[[scanner]]\nid = "phone"\ndriver = "folder"\npath = "phone"\nstill = 0.2\n'


@pytest.fixture
def station(write_settings: Callable[..., Command], scraps: Path) -> Command:
    station = write_settings(scraps, more=PHONE)
    (station.folder / "phone").mkdir()
    station.run("ledger", "add", "KH", "2007", "01")
    return station


def below(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


def test_scan_takes_what_lies_there_and_the_pages_get_through_to_a_package(station: Command) -> None:
    phone = station.folder / "phone"
    drop(phone, "IMG_2.jpg", photo(2, orientation=6))
    drop(phone, "IMG_10.pdf", scanned([3, 4]))
    rows = station.scan("scan", "KH.2007.01", "--scanner", "phone")
    assert [row["seq"] for row in rows] == ["001", "002", "003"]
    assert below(phone / "taken") == ["IMG_10.pdf", "IMG_2.jpg"]
    station.run("entry", "set", "KH.2007.01", "001-003", "--number", "1", "--date", "2007-01-15")
    station.run("package", "KH.2007.01")
    station.run("verify")


def test_scan_says_which_files_it_could_not_take_and_where_they_are(station: Command) -> None:
    phone = station.folder / "phone"
    drop(phone, "1.jpg", photo(1))
    drop(phone, "thư.docx", b"PK\x03\x04 a document of words")
    done = station.run("scan", "KH.2007.01", "--scanner", "phone", exit_status=1)
    assert "thư.docx" in done.stderr
    assert "1 page of this session is safe" in done.stderr
    assert below(phone / "rejected") == ["thư.docx", "thư.docx.txt"]


def test_second_blank_sheet_of_the_same_bytes_is_taken_when_a_person_answers_so(station: Command) -> None:
    phone = station.folder / "phone"
    blank = saved(Image.new("L", (827, 1169), "white"), "PNG")
    for name in ("1.png", "2.png"):
        drop(phone, name, blank)
    done = station.run("scan", "KH.2007.01", "--scanner", "phone", exit_status=1)
    assert "2.png" in done.stderr
    (ask,) = [row for row in station.json("asks", "KH.2007.01") if row["code"] == "file-repeated"]
    assert "another sheet" in ask["sentence"]
    for unfit in ("done", "later", "place"):
        assert "answer" in station.refused("answer", ask["id"], unfit)
    assert "f99" in station.refused("answer", "f99", "another")
    station.run("answer", ask["id"], "another", "--operator", "Hoa")
    assert [row["seq"] for row in station.scan("scan", "KH.2007.01", "--scanner", "phone")] == ["002"]
    assert below(phone / "taken") == ["1.png", "2.png"]
    assert below(phone / "rejected") == []
    station.run("verify")


@pytest.mark.parametrize("point", ["before-sync", "before-name", "named", "before-commit", "committed"])
def test_kill_in_the_middle_leaves_each_file_in_one_place_and_the_next_scan_takes_the_rest(
    station: Command, point: str
) -> None:
    phone = station.folder / "phone"
    names = ["1.jpg", "2.pdf", "3.txt", "4.jpg"]
    for name, content in zip(names, (photo(1), scanned([2, 3]), b"a shopping list", photo(4)), strict=True):
        drop(phone, name, content)
    station.environment["TRAMQUET_FAULTS"] = f"{point}#2:kill"
    station.run("scan", "KH.2007.01", "--scanner", "phone", exit_status=-9)
    del station.environment["TRAMQUET_FAULTS"]
    assert [name for name in below(phone) if not name.endswith(".txt.txt")] == names
    again = station.start("scan", "KH.2007.01", "--scanner", "phone")
    again.communicate(timeout=240)
    assert below(phone / "taken") == ["1.jpg", "2.pdf", "4.jpg"]
    assert below(phone / "rejected") == ["3.txt", "3.txt.txt"]
    assert len(station.json("pages", "KH.2007.01")) == 4
    assert [row["code"] for row in station.json("asks", "KH.2007.01")] in ([], ["recovered"])
    station.run("verify")


def test_daemon_takes_photos_while_a_person_has_chosen_the_ledger(station: Command, tmp_path: Path) -> None:
    phone = station.folder / "phone"
    pin = station.run("user", "add", "Hoa", "--role", "technician").stdout.strip()
    with running(station, tmp_path) as daemon:
        browser = Browser(daemon.address)
        browser.log_in("Hoa", pin)
        view = "/ledger/19429/KH.2007.01/folder"
        browser.send(f"{view}/choose", origin=view, scanner="phone")
        drop(phone, "1.jpg", photo(1))
        eventually(lambda: below(phone / "taken") == ["1.jpg"])
        assert [row["operator"] for row in station.json("pages", "KH.2007.01")] == ["Hoa"]
        assert daemon.stop() == 0
