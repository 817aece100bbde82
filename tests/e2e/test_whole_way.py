"""The main job as a person does it on the command line: from the glass to a proven package on the stick."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pikepdf
import pytest
from openpyxl import load_workbook

from station.domain.naming.export_templates import BUILT_IN
from tests.stations import REGISTERS, Command, hashes, new_station, sha256

LEDGER = "KH.2007.01"
HOME = "19429/KH/2007/KH.2007.01"
STEMS = {"ministry": "xathunghiem_hvd_tm.KH.2007.01", "placecode": "KH.2007.19429.01"}


@dataclass
class Delivered:
    """A ledger of 2007 and 2008 that was brought the whole way, and what the commands said of it."""

    command: Command
    names: str
    sources: list[Path]
    scanned: list[dict[str, Any]]

    @property
    def entries(self) -> list[tuple[str, str, str, list[str]]]:
        """Year, number, date and pages of each entry; numbers restart in 2008, dates are known more or less."""
        last = len(self.sources) - 1
        rest = [f"{seq:03}" for seq in range(8, last)]
        return [
            ("2007", "001", "2007-01-15", ["002"]),
            ("2007", "002", "2007-02", ["003", "004"]),
            ("2007", "003", "2007", ["005"]),
            ("2007", "004", "unknown", [f"{last:03}"]),
            ("2008", "001", "2008-03-04", ["006"]),
            ("2008", "002", "2008-03", ["007"]),
            ("2008", "003", "2008", rest),
        ]

    def package(self, name: str) -> dict[str, Path]:
        """The package's files by the ends of their names."""
        folder = self.command.data / "ledgers" / HOME / "packages" / name
        return {file.name.removeprefix(STEMS[self.names]): file for file in folder.iterdir()}


@pytest.fixture(scope="module")
def scanned(any_pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """The ledger with its pages, cover and closing page named; on its way no further."""
    command = new_station(tmp_path_factory.mktemp("way"), any_pages, station='names = "ministry"')
    command.apart = any_pages != REGISTERS  # once each command is a process, as for a person
    sources = sorted(any_pages.glob("*.jpg"))
    last = len(sources)
    command.run(
        *("ledger", "add", "KH", "2007", "01", "--last-year", "2008", "--paper", "A4"),
        *("--closing-pages", last - 1, "--closing-entries", 7),
    )
    captures = command.scan("scan", LEDGER, "--operator", "Lan")
    command.run("page", LEDGER, "001", "--state", "cover")
    command.run("page", LEDGER, f"{last:03}", "--state", "closing", "--number", last - 1)
    command.run("page", LEDGER, "003", "--number", "12")
    command.run("page", LEDGER, "004", "--number", "13")
    return Delivered(command, "ministry", sources, captures)


@pytest.fixture(scope="module", params=["ministry", "placecode"])
def delivered(
    request: pytest.FixtureRequest, scanned: Delivered, tmp_path_factory: pytest.TempPathFactory
) -> Delivered:
    command = scanned.command.copy(tmp_path_factory.mktemp("delivered") / "station")
    told = command.settings.read_text(encoding="utf-8")
    told = told.replace('"ministry"', f'"{request.param}"')
    if request.param == "ministry":  # the other one's PDFs carry the masters
        told = told.replace("enabled = false", "enabled = true")
    command.settings.write_text(told, encoding="utf-8")
    command.apart &= request.param == "ministry"
    done = Delivered(command, request.param, scanned.sources, scanned.scanned)
    for _, number, date, pages in done.entries:
        told = pages[0] if len(pages) == 1 else f"{pages[0]}-{pages[-1]}"
        command.run("entry", "set", LEDGER, told, "--number", number, "--date", date)
    command.run("ledger", "close", LEDGER)
    command.run("package", LEDGER)
    command.run("package", LEDGER, "--masters")
    command.run("queue", "run", "--until-empty")
    command.apart = False  # it has arrived: the tests look at it
    return done


def test_every_page_was_told_when_it_was_safe_and_lies_under_its_name(delivered: Delivered) -> None:
    data = delivered.command.data
    labels = [f"{seq:03}" for seq in range(1, len(delivered.sources) + 1)]
    assert [capture["seq"] for capture in delivered.scanned] == labels
    assert [capture["file"] for capture in delivered.scanned] == [
        f"ledgers/{HOME}/pages/KH.2007.01.{label}.jpg" for label in labels
    ]
    assert all(sha256(data / capture["file"]) == capture["sha256"] for capture in delivered.scanned)
    assert {capture["operator"] for capture in delivered.scanned} == {"Lan"}
    assert all(datetime.fromisoformat(capture["captured_at"]).utcoffset() is not None for capture in delivered.scanned)


def test_pages_stand_in_the_order_they_were_scanned(delivered: Delivered) -> None:
    pages = delivered.command.json("pages", LEDGER)
    assert [page["order"] for page in pages] == list(range(1, len(delivered.sources) + 1))
    assert [page["sha256"] for page in pages] == [capture["sha256"] for capture in delivered.scanned]
    assert [page["state"] for page in pages] == ["cover", *["entry"] * (len(pages) - 2), "closing"]
    assert [BUILT_IN[delivered.names].page.parse(page["name"])["seq"] for page in pages] == [
        page["seq"] for page in pages
    ]


def test_ledger_is_delivered_and_its_counts_agree(delivered: Delivered) -> None:
    (ledger,) = delivered.command.json("ledger", "list")
    count = len(delivered.sources)
    assert ledger["state"] == "delivered"
    assert (ledger["pages_expected"], ledger["pages_captured"]) == (count - 1, count)
    assert (ledger["entries_expected"], ledger["entries_named"]) == (7, 7)


def test_every_packaged_name_is_unique_and_reads_back_to_its_entry(delivered: Delivered) -> None:
    profile = BUILT_IN[delivered.names]
    with ZipFile(delivered.package("r1")[".zip"]) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert len({name.casefold() for name in names}) == len(names) == 7
    folder = "KH/2007/19429/01/A4/" if delivered.names == "placecode" else ""
    assert all(name.startswith(folder) for name in names)
    fields = [profile.entry.parse(name.removeprefix(folder).removesuffix(".pdf")) for name in names]
    assert [field["number"] for field in fields] == [number for _, number, _, _ in delivered.entries]
    if delivered.names == "placecode":
        assert [field["entry_year"] for field in fields] == [year for year, _, _, _ in delivered.entries]
    else:
        assert [field["date"] for field in fields] == [
            *("2007-01-15", "2007-02-00", "2007-00-00", "0000-00-00"),
            *("2008-03-04", "2008-03-00", "2008-00-00"),
        ]


def test_every_entry_is_one_pdf_of_its_pages(delivered: Delivered) -> None:
    with ZipFile(delivered.package("r1")[".zip"]) as archive:
        counts = []
        for name in archive.namelist():
            with pikepdf.open(BytesIO(archive.read(name))) as pdf:
                counts.append(len(pdf.pages))
    assert counts == [len(pages) for _, _, _, pages in delivered.entries]


def test_pages_are_as_small_as_the_ministry_takes_them_or_the_masters(delivered: Delivered) -> None:
    masters = {source.read_bytes() for source in (delivered.command.data / "ledgers" / HOME / "pages").iterdir()}
    with ZipFile(delivered.package("r1")[".zip"]) as archive:
        for name in archive.namelist():
            with pikepdf.open(BytesIO(archive.read(name))) as pdf:
                for page in pdf.pages:
                    image = page.Resources.XObject.Scan.read_raw_bytes()
                    width, height = (float(edge) for edge in page.MediaBox[2:])
                    if delivered.names == "ministry":
                        # The budget; or up to the limit where a page is full of small writing.
                        assert len(image) / (width * height) * (595.28 * 841.89) < 200_000
                    else:
                        assert bytes(image) in masters


def test_entry_pdfs_in_the_data_folder_are_those_of_the_package(delivered: Delivered) -> None:
    listed = delivered.command.json("entry", "list", LEDGER)
    assert [(entry["number"], entry["date"], entry["pages"]) for entry in listed] == [
        (number, date, pages) for _, number, date, pages in delivered.entries
    ]
    assert all(entry["file"] == f"ledgers/{HOME}/entries/{entry['name']}.pdf" for entry in listed)
    manifest = json.loads(delivered.package("r1")["manifest.json"].read_text(encoding="utf-8"))
    assert [entry["sha256"] for entry in manifest["entries"]] == [
        sha256(delivered.command.data / entry["file"]) for entry in listed
    ]


def test_workbook_has_the_ministrys_columns_and_one_row_per_entry(delivered: Delivered) -> None:
    sheet = load_workbook(delivered.package("r1")[".xlsx"]).worksheets[0]
    header, *rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert sheet.title == "KH"
    assert header[:7] == ["so", "quyenSo", "trangSo", "ngayDangKy", "loaiDangKy", "noiDangKy", "nguoiKy"]
    assert (len(header), header[-1]) == (45, "Tên file pdf 158")
    table = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["so"] for row in table] == [number for _, number, _, _ in delivered.entries]
    assert {row["quyenSo"] for row in table} == {"01/2007"}
    assert table[1]["trangSo"] == "12-13"
    assert [row["ngayDangKy"] for row in table] == [
        *("15.01.2007", "02.2007", "2007", "", "04.03.2008", "03.2008", "2008"),
    ]
    assert {row["noiDangKy"] for row in table} == {"Xã Thử Nghiệm, Huyện Ví Dụ, Tỉnh Mẫu"}
    listed = delivered.command.json("entry", "list", LEDGER)
    assert [row["Tên file pdf 158"] for row in table] == [f"{entry['name']}.pdf" for entry in listed]


def test_manifest_names_every_byte_and_every_page(delivered: Delivered) -> None:
    package = delivered.package("r1")
    assert set(package) == {".zip", ".xlsx", "manifest.json"}
    manifest = json.loads(package["manifest.json"].read_text(encoding="utf-8"))
    assert {file["name"]: file["sha256"] for file in manifest["files"]} == {
        package[end].name: sha256(package[end]) for end in (".zip", ".xlsx")
    }
    assert (manifest["revision"], manifest["supersedes"], manifest["partial"], manifest["gaps"]) == (1, None, False, [])
    assert [page["sha256"] for page in manifest["pages"]] == [capture["sha256"] for capture in delivered.scanned]
    assert len(manifest["event_head"]) == 64


def test_masters_package_holds_every_capture_byte_for_byte(delivered: Delivered) -> None:
    package = delivered.package("m1")
    assert set(package) == {".masters.zip", ".masters.xlsx", "manifest.json"}
    with ZipFile(package[".masters.zip"]) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    pages = delivered.command.data / "ledgers" / HOME / "pages"
    assert held == {file.name: file.read_bytes() for file in pages.iterdir()}
    manifest = json.loads(package["manifest.json"].read_text(encoding="utf-8"))
    assert [capture["sha256"] for capture in manifest["captures"]] == [
        capture["sha256"] for capture in delivered.scanned
    ]
    assert [page["state"] for page in manifest["pages"]][:2] == ["cover", "entry"]


def test_stick_holds_the_packages_and_each_file_has_its_receipt(delivered: Delivered) -> None:
    command = delivered.command
    here = {
        f"stick/qt-thu-01/{HOME}/{revision}/{file.name}": sha256(file)
        for revision in ("r1", "m1")
        for file in delivered.package(revision).values()
    }
    assert hashes(command.stick) == here
    receipts = command.json("queue", "receipts")
    assert sorted(receipt["sha256"] for receipt in receipts) == sorted(here.values())
    assert {(receipt["package"], receipt["file"]): receipt["sha256"] for receipt in receipts} == {
        (f"19429:{LEDGER}/{Path(path).parent.name}", Path(path).name): digest for path, digest in here.items()
    }
    queue = command.json("queue", "list")
    assert {item["state"] for item in queue} == {"receipted"}
    assert all(item["bytes_sent"] == item["bytes_total"] and item["error"] is None for item in queue)


def test_verify_finds_nothing(delivered: Delivered) -> None:
    assert delivered.command.run("verify").stderr == ""


def test_registers_are_for_the_stations_own_user_alone(delivered: Delivered) -> None:
    everything = [delivered.command.data, *delivered.command.data.rglob("*")]
    modes = {(path.is_dir(), stat.S_IMODE(path.lstat().st_mode)) for path in everything if not path.is_symlink()}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_ledger_name_that_two_places_own_is_refused_naming_both(
    write_settings: Callable[..., Command], drawn: Path
) -> None:
    command = write_settings(drawn)
    command.run("ledger", "add", "KH", "2007", "1")
    command.run("ledger", "add", "KH", "2007", "1", "--place", "19430")
    sentence = command.refused("scan", LEDGER)
    assert "19429:KH.2007.01" in sentence
    assert "19430:KH.2007.01" in sentence
    assert [row["pages_captured"] for row in command.json("ledger", "list")] == [0, 0]


def test_two_places_keep_the_same_ledger_name_in_folders_of_their_own(
    write_settings: Callable[..., Command], drawn: Path
) -> None:
    command = write_settings(drawn)
    for place in ("19429", "19430"):
        command.run("ledger", "add", "KH", "2007", "1", "--place", place)
        (capture,) = command.scan("scan", f"{place}:{LEDGER}", "--pages", 1)
        assert capture["file"] == f"ledgers/{place}/KH/2007/KH.2007.01/pages/KH.2007.01.001.jpg"
        command.run("entry", "set", f"{place}:{LEDGER}", "001", "--number", 1, "--date", "2007-05-06")
        command.run("package", f"{place}:{LEDGER}")
    command.run("queue", "run", "--until-empty")
    zips = sorted(str(file.relative_to(command.stick)) for file in command.stick.rglob("*.zip"))
    assert zips == [
        "qt-thu-01/19429/KH/2007/KH.2007.01/r1/xathunghiem_hvd_tm.KH.2007.01.zip",
        "qt-thu-01/19430/KH/2007/KH.2007.01/r1/xabencanh_tm.KH.2007.01.zip",
    ]
    assert command.run("verify").stderr == ""
