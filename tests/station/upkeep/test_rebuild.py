"""A catalogue made anew from scans and packages tells what they tell; the rest is asked, and no file is touched."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from station.domain.bands import Band
from station.domain.checks import CheckKind, CheckVerdict, RejectReason
from station.domain.states import PackageKind, PageState, ScanPurpose
from station.ledger import entry_regions, ledgers, page_checks, page_order, pages
from station.ledger.entries import Act
from station.packaging import entry_documents
from station.rows import entry_rows
from station.views import page_entries, row_list
from tests.station.opened_station import STICK, WHO, OpenedStation, opened_station
from tests.stations import Command, hashes

LEDGER = "KH.2007.01"
AGAIN = ("rebuild", "--technician", "Hoa")


def lose(folder: Path) -> Command:
    """The station in ``folder`` without its catalogue, key and all else."""
    station = Command(folder, {"TRAMQUET_LANGUAGE": "en"})
    for file in (*station.data.glob("catalogue.*"), *(station.data / "spool").rglob("*.jpg")):
        file.unlink()
    return station


def pages_of(station: Command) -> list[dict[str, Any]]:
    told = (
        "seq",
        "order",
        "number",
        "state",
        "name",
        "file",
        "sha256",
        "width",
        "height",
        "dpi",
        "findings",
        "revision",
    )
    return [{name: row[name] for name in told} for row in station.json("pages", LEDGER)]


def known(station: Command) -> tuple[object, ...]:
    """Pages, entries, files; where an entry's number came from is in no package."""
    entries = [{**row, "source": None} for row in station.json("entry", "list", LEDGER)]
    return pages_of(station), entries, hashes(station.data / "ledgers")


@pytest.fixture
def delivered_station(tmp_path: Path, delivered_folder: Path) -> Command:
    shutil.copytree(delivered_folder, tmp_path / "station")
    return Command(tmp_path / "station", {"TRAMQUET_LANGUAGE": "en"})


def test_rows_that_left_in_a_package_come_back(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        ledger = desk.whole("KS.2007.01", 2)
        typed = {"nksHoTen": "Nguyễn Văn Thử", "nksNgaySinh": "2007", "meHoTen": "?", "meNgaySinh": "2000"}
        entry_rows.set_values(desk.station, Act(ledger, WHO), "2", None, typed)
        entry_rows.say_as_on_page(desk.station, Act(ledger, "Minh"), 2)
        desk.package(ledger)
        before = row_list.rows(desk.station, ledger)
    station = lose(tmp_path)
    station.run(*AGAIN)
    station.run("package", ledger)
    with opened_station(tmp_path) as desk:
        assert row_list.rows(desk.station, ledger) == before
        again = entry_rows.set_values(desk.station, Act(ledger, WHO), "2", None, {"meHoTen": "Trần Thị Mẫu"})
        assert [one.answer and one.answer.who for one in again.doubts] == ["Minh"]
        assert [folder.name for folder in desk.data.rglob("packages/r*")] == ["r1"]


def test_what_belongs_to_entries_of_one_page_comes_back_and_its_pdf_is_the_one_that_left(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        ledger = desk.whole(count=1)
        (entry,) = page_entries.page_entries(desk.station, ledger, "001").entries
        entry_regions.confirm(desk.station, Act(ledger, WHO), "001", {entry.id: Band(0.1, 0.25, 0.5)})
        desk.package(ledger)
    station = lose(tmp_path)
    before = hashes(station.data / "ledgers")
    station.run(*AGAIN)
    station.run("package", ledger)
    assert hashes(station.data / "ledgers") == before
    with opened_station(tmp_path) as desk:
        (again,) = page_entries.page_entries(desk.station, ledger, "001").entries
        assert (again.band, again.confirmed) == (Band(0.1, 0.25, 0.5), True)


def test_packaged_ledger_comes_back_as_it_was_and_no_file_is_touched(delivered_station: Command) -> None:
    station = delivered_station
    before = known(station)
    lose(station.folder)
    done = station.run(*AGAIN)
    assert done.stderr == ""
    assert known(station) == before
    assert station.run("verify").stderr == ""
    assert station.json("user", "list") == [{"name": "Hoa", "role": "technician"}]
    assert "may log in to the page with the PIN" in done.stdout
    assert hashes(station.data / "ledgers") == before[2]


def test_package_of_a_rebuilt_ledger_is_the_one_that_left(delivered_station: Command) -> None:
    station = lose(delivered_station.folder)
    station.run(*AGAIN)
    before = hashes(station.data / "ledgers")
    for words in (("package", LEDGER), ("package", LEDGER, "--masters")):
        station.run(*words)
    assert hashes(station.data / "ledgers") == before, "no revision but the first"
    station.run("queue", "run", "--until-empty")
    assert {row["state"] for row in station.json("queue", "list")} == {"receipted"}
    assert station.json("ledger", "list")[0]["state"] == "delivered"
    assert station.run("verify").stderr == ""


def test_what_people_did_with_pages_comes_back_by_the_packages(tmp_path: Path) -> None:
    """Turned, set aside, retaken, moved, numbered; one page of two captures and one capture of two pages."""
    with opened_station(tmp_path) as desk:
        ledger = desk.ledger()
        desk.lay(ledger, 5)
        desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
        desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="003")
        pages.change(desk.station, ledger, "001", who=WHO, rotate=90, number="1a")
        pages.change(desk.station, ledger, "004", who=WHO, state=PageState.BLANK)
        page_order.set_aside(desk.station, ledger, "005", "004", who=WHO)
        page_order.move(desk.station, ledger, "003a", "000", who=WHO)
        for number, label in enumerate(("001", "002", "003", "003a"), start=1):
            desk.entry(ledger, label, str(number), f"2007-01-{number:02}")
        ledgers.close(desk.station, ledger, who=WHO)
        desk.package(ledger)
        desk.package(ledger, PackageKind.MASTERS)
    station = Command(tmp_path, {"TRAMQUET_LANGUAGE": "en"})
    before = known(station)
    lose(tmp_path)
    assert station.run(*AGAIN).stderr == ""
    assert known(station) == before
    station.run("package", LEDGER)
    assert hashes(station.data / "ledgers") == before[2]
    assert station.run("verify").stderr == ""
    station.run("put-back", LEDGER, "005", "004")


def test_reason_for_closing_comes_back_by_the_package(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        ledger = desk.ledger(closing_pages=3, closing_entries=1)
        desk.lay(ledger, 2)
        desk.entry(ledger, "001-002", "1", "2007")
        ledgers.close(desk.station, ledger, who=WHO, reason="một trang đã mất")
        desk.package(ledger)
    station = lose(tmp_path)
    station.run(*AGAIN)
    row = station.json("ledger", "show", LEDGER)[0]
    assert (row["totals"], row["closed_by"], row["closed_reason"]) == ("differ", WHO, "một trang đã mất")


def test_verdicts_come_back_by_the_package_and_the_sample_is_the_same(tmp_path: Path) -> None:
    with opened_station(tmp_path, STICK + '[checks]\nlooks = "second"\nshare = 50\n') as desk:
        ledger = desk.whole(count=4, closing_pages=4, closing_entries=4)
        page_checks.judge(desk.station, Act(ledger, "Lan"), "001-004", CheckVerdict.RIGHT)
        *right, torn = [one.seq for one in page_checks.verdicts(desk.station, ledger, CheckKind.SECOND)]
        assert right
        page_checks.judge(desk.station, Act(ledger, "Minh"), ",".join(right), CheckVerdict.RIGHT, look=CheckKind.SECOND)
        rejected = (CheckVerdict.REJECTED, RejectReason.TORN)
        page_checks.judge(desk.station, Act(ledger, "Minh", "góc"), torn, *rejected, look=CheckKind.SECOND)
        before, counts = verdicts(desk, ledger), page_checks.counts(desk.station, ledger)
        desk.package(ledger)
    lose(tmp_path).run(*AGAIN)
    with opened_station(tmp_path, STICK + '[checks]\nlooks = "second"\nshare = 50\n') as desk:
        assert verdicts(desk, ledger) == before
        assert page_checks.counts(desk.station, ledger) == counts
        assert desk.package(ledger).revision == 1, "nothing else is due"


def verdicts(desk: OpenedStation, ledger: str) -> list[dict[str, object]]:
    looks = (CheckKind.FIRST, CheckKind.SECOND)
    rows = [one for look in looks for one in page_checks.verdicts(desk.station, ledger, look)]
    return [{**vars(one), "at": one.day} for one in rows]


def spoiled(desk: OpenedStation) -> None:
    ledger = desk.ledger()
    desk.lay(ledger, 3)
    desk.lay(ledger, purpose=ScanPurpose.RETAKE, anchor="002")
    desk.lay(ledger, purpose=ScanPurpose.INSERT, anchor="001")


def test_images_that_no_package_tells_of_are_asked_for_their_place(tmp_path: Path) -> None:
    with opened_station(tmp_path) as desk:
        spoiled(desk)
    station = lose(tmp_path)
    before = hashes(station.data / "ledgers")
    assert "1 ledger, and 5 images" in station.run(*AGAIN).stdout
    rows = pages_of(station)
    assert [(row["seq"], row["revision"], row["state"]) for row in rows] == [
        ("001", 1, "unsorted"),
        ("001a", 1, "unsorted"),
        ("002", 2, "unsorted"),
        ("003", 1, "unsorted"),
    ]
    assert all("recovered" in row["findings"] for row in rows)
    assert hashes(station.data / "ledgers") == before
    assert station.run("verify").stderr == ""


def test_pages_scanned_since_the_package_come_behind_what_it_tells(delivered_station: Command) -> None:
    station = delivered_station
    station.run("ledger", "reopen", LEDGER)
    with opened_station(station.folder) as desk:
        desk.lay(LEDGER, 1)
        desk.lay(LEDGER, purpose=ScanPurpose.RETAKE, anchor="002")
    lose(station.folder)
    station.run(*AGAIN)
    rows = pages_of(station)
    assert [(row["seq"], row["revision"], row["findings"]) for row in rows] == [
        ("001", 1, []),
        ("002", 2, ["recovered"]),
        ("003", 1, []),
        ("004", 1, ["recovered"]),
    ]
    assert len(station.json("entry", "list", LEDGER)) == 3
    assert station.run("verify").stderr == ""


def test_name_of_an_entry_that_no_package_tells_of_is_kept_for_a_person(tmp_path: Path) -> None:
    """Its pages are unknown, its number and date stand in the name, and deriving would remove the file."""
    station = Command(tmp_path, {"TRAMQUET_LANGUAGE": "en"})
    with opened_station(tmp_path) as desk:
        ledger = desk.ledger()
        desk.lay(ledger, 2)
        desk.entry(ledger, "001", "7", "2007-03-15")
        entry_documents.update_documents(desk.station, ledger)
    lose(tmp_path)
    said = station.run(*AGAIN).stderr
    (kept,) = (station.data / "before-rebuild").rglob("*.pdf")
    assert kept.name == "KH.2007.01.2007-03-15.007.pdf"
    assert kept.name in said


@pytest.mark.parametrize("damage", ["manifest", "archive", "lies"])
def test_damaged_package_is_told_and_stops_nothing(delivered_station: Command, damage: str) -> None:
    station = lose(delivered_station.folder)
    folder = next(station.data.rglob("packages/r1"))
    manifest = folder / "manifest.json"
    if damage == "manifest":
        manifest.write_bytes(b"\xff")
    elif damage == "archive":
        next(folder.glob("*.zip")).write_bytes(b"torn")
    else:
        told = json.loads(manifest.read_text())
        told["ledger"]["name"] = "KS.2008.01"
        manifest.write_text(json.dumps(told))
    said = station.run(*AGAIN).stderr
    assert f"{manifest}: the package is not whole" in said
    assert len(pages_of(station)) == 3, "by the masters package"


def test_master_that_is_not_what_was_packaged_is_told_and_asked(delivered_station: Command) -> None:
    station = lose(delivered_station.folder)
    pages_folder = next(station.data.rglob("pages"))
    shutil.copy(pages_folder / f"{LEDGER}.001.jpg", pages_folder / f"{LEDGER}.002.jpg")
    said = station.run(*AGAIN).stderr
    assert "page 002 of the newest package has no image" in said
    assert "entry 2007/002" in said
    assert [(row["seq"], row["findings"]) for row in pages_of(station)][-1][0] == "002"


def test_living_catalogue_is_never_rebuilt_over(delivered_station: Command) -> None:
    before = delivered_station.stored()
    assert "[rebuild-not-lost]" in delivered_station.refused(*AGAIN)
    assert delivered_station.stored() == before


def test_nothing_is_rebuilt_from_nothing(delivered_station: Command) -> None:
    lose(delivered_station.folder)
    shutil.rmtree(delivered_station.data / "ledgers")
    assert "[rebuild-nothing]" in delivered_station.refused(*AGAIN)
    assert not delivered_station.catalogue.exists()


def test_what_the_lost_catalogue_left_is_not_read_together_with_the_new_one(delivered_station: Command) -> None:
    with closing(sqlite3.connect(delivered_station.catalogue)) as old:
        old.execute("UPDATE user SET role = role")
        old.execute("UPDATE place SET commune = 'Xã Cũ'")
        old.commit()
        left = delivered_station.catalogue.with_name("catalogue.sqlite3-wal").read_bytes()
    lose(delivered_station.folder)
    delivered_station.catalogue.with_name("catalogue.sqlite3-wal").write_bytes(left)
    delivered_station.run(*AGAIN)
    assert delivered_station.run("verify").stderr == ""
    assert delivered_station.data.joinpath("catalogue.sqlite3-wal.left-1").read_bytes() == left
