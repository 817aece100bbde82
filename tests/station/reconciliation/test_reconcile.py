"""The station against a foreign list: each planted difference is told by its kind, and nothing else."""

from __future__ import annotations

import csv
import unicodedata
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from station.errors import Refused
from station.ledger.entries import Act
from station.packaging.workbook import write_table
from station.reconciliation import lines, list_columns, reconcile
from station.reconciliation.reconcile import Reconciliation
from station.rows import entry_rows
from tests.station.opened_station import BESIDE, HERE, WHO, OpenedStation
from tests.station.windows_1258 import windows_1258

HEADER = ["so", "quyenSo", "ngayDangKy i=[dd.mm.yyyy]", "nksHoTen", "nksNgaySinh", "meHoTen", "Tên file pdf 158"]
NAME, BORN, MOTHER = "Nguyễn Thị Hoà", "1/1/2007", "Trần Thị Mẫu"


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Entries 001 to 003 of 1 to 3 January; of the first the child is keyed."""
    name = desk.whole("KS.2007.01", 3)
    keyed = {"nksHoTen": NAME, "nksNgaySinh": BORN, "meHoTen": MOTHER}
    entry_rows.set_values(desk.station, Act(name, WHO), "1", None, keyed)
    return name


def rows(*more: list[str]) -> list[list[str]]:
    first = ["1", "01/2007", "01.01.2007", NAME.upper(), "01.01.2007", MOTHER, ""]
    others = [[str(number), "1/2007", f"{number}/1/2007", "", "", "", ""] for number in (2, 3)]
    return [first, *others, *more]


def reconciled(desk: OpenedStation, *table: list[str], sheet: str = "KS", **how: str) -> Reconciliation:
    file = desk.folder / "list.xlsx"
    write_table(file, sheet, HEADER, table)
    return reconcile.compare(desk.station, list_columns.read(desk.station, file, {}), **how)


def kinds(result: Reconciliation) -> list[tuple[str, str, int | None]]:
    return [(str(line.kind), line.number, line.row) for line in result.lines]


def test_list_of_the_same_entries_differs_in_nothing(desk: OpenedStation, ledger: str) -> None:
    result = reconciled(desk, *rows())
    assert (kinds(result), result.rows, result.matched, result.elsewhere) == ([], 3, 3, 0)


def test_each_planted_difference_is_told_by_its_kind(desk: OpenedStation, ledger: str) -> None:
    first, second, _ = rows()
    other_book = ["7", "02/2007", "9/2/2007", "nguyen thi hoa", "1.1.2007", MOTHER, ""]
    planted = [
        [*first[:3], "Nguyễn Thị Lan", *first[4:]],
        [*second[:2], "2.1.2008", *second[3:]],
        second,
        ["9", "01/2007", "9/1/2007", "", "", "", ""],
        other_book,
        ["1x?", "01/2007", "", "Không rõ", "", "", ""],
    ]
    result = reconciled(desk, *planted)
    assert kinds(result) == [
        ("person", "001", 2),
        ("date", "002", 3),
        ("twice", "002", 4),
        ("not-here", "009", 5),
        ("same-person", "001", 6),
        ("unreadable", "1x?", 7),
        ("not-in-list", "003", None),
    ]
    assert result.elsewhere == 1


def test_sums_signatures_and_repeated_headings_are_no_entries(desk: OpenedStation, ledger: str) -> None:
    result = reconciled(desk, *rows(HEADER, ["Tổng", "", "", "3", "", "", ""], ["", "", "", "Người lập", "", "", ""]))
    assert (kinds(result), result.rows) == ([], 3)


def test_file_names_alone_tell_the_entries(desk: OpenedStation, ledger: str) -> None:
    file = desk.folder / "files.csv"
    names = [f"KS.2007.01.2007-01-{number:02}.{number:03}.pdf" for number in (1, 2, 3)]
    file.write_text("STT;Tên tệp\n" + "".join(f"{i};{one}\n" for i, one in enumerate(names)), encoding="utf-8-sig")
    result = reconcile.compare(desk.station, list_columns.read(desk.station, file, {}))
    assert (kinds(result), result.matched, sorted(result.attached.values())) == ([], 3, names)


def test_type_that_the_list_does_not_tell_is_said_once(desk: OpenedStation, ledger: str) -> None:
    assert {kind for kind, _, _ in kinds(reconciled(desk, *rows(), sheet="Sheet1"))} == {"not-in-list", "unreadable"}
    assert kinds(reconciled(desk, *rows(), sheet="Sheet1", ledger_type="KS")) == []


def test_ledger_of_two_places_has_to_be_told_apart(desk: OpenedStation, ledger: str) -> None:
    desk.ledger("KS.2007.01", place=BESIDE)
    with pytest.raises(Refused, match="--place"):
        reconciled(desk, *rows())
    assert kinds(reconciled(desk, *rows(), place=HERE)) == []


def test_work_list_has_a_row_for_each_difference_and_replaces_the_one_before(desk: OpenedStation, ledger: str) -> None:
    result = reconciled(desk, *rows()[:2])
    work_list = desk.folder / "work.xlsx"
    for language in ("en", "vi"):
        lines.write(work_list, result, language)
    cells = [[cell.value or "" for cell in row] for row in load_workbook(work_list).active.iter_rows()]
    assert cells[0][0] == "Sổ"
    assert [row[:2] + row[4:5] for row in cells[1:]] == [["19429:KS.2007.01", "003", "03/01/2007"]]
    assert [one.name for one in desk.folder.glob("*work*")] == ["work.xlsx"]


@pytest.mark.parametrize("trouble", ["cut", "empty", "no-columns", "missing-number"])
def test_file_that_is_no_list_is_refused_in_one_sentence(desk: OpenedStation, ledger: str, trouble: str) -> None:
    file = desk.folder / "list.xlsx"
    write_table(file, "KS", ["Họ tên", "Ngày sinh"] if trouble == "no-columns" else HEADER[1:-1], [])
    if trouble in ("cut", "empty"):
        file.write_bytes(file.read_bytes()[: 300 if trouble == "cut" else 0])
    with pytest.raises(Refused):
        list_columns.read(desk.station, file, {})


def test_text_that_goes_on_in_another_encoding_is_refused_with_what_to_do(desk: OpenedStation, ledger: str) -> None:
    file = desk.folder / "list.csv"
    long = "".join(f"{number};01/2007;{'x' * 200}\n" for number in range(1, 3000))
    file.write_bytes(f"so;quyenSo;ghi chú\n{long}".encode() + b"H\xf2a")
    table = list_columns.read(desk.station, file, {})
    with pytest.raises(Refused, match=r"\.xlsx"):
        reconcile.compare(desk.station, table, ledger_type="KS")


LETTERS = "so;quyenSo;ngayDangKy;Họ tên;Ngày sinh;Họ tên mẹ\n1;01/2007;1/1/2007;Nguyễn Thị Hoà;1/1/2007;Trần Thị Mẫu\n"
TCVN3 = "so;quyenSo;ngayDangKy;Hä tªn;Ngµy sinh;Hä tªn mÑ\n1;01/2007;1/1/2007;NguyÔn ThÞ Hoµ;1/1/2007;TrÇn ThÞ MÉu\n"
VNI = "so;quyenSo;ngayDangKy;Hoï teân;Ngaøy sinh;Hoï teân meï\n"
VNI += "1;01/2007;1/1/2007;Nguyeãn Thò Hoaø;1/1/2007;Traàn Thò Maãu\n"


@pytest.mark.parametrize(
    "content",
    [
        TCVN3.encode("latin-1"),
        VNI.encode("latin-1"),
        windows_1258(LETTERS),
        unicodedata.normalize("NFD", LETTERS).encode(),
        LETTERS.encode("utf-16"),
    ],
    ids=["TCVN3", "VNI", "cp1258", "decomposed", "utf-16"],
)
def test_list_in_whatever_letters_names_the_same_person(desk: OpenedStation, ledger: str, content: bytes) -> None:
    file = desk.folder / "old.csv"
    file.write_bytes(content)
    table = list_columns.read(desk.station, file, {})
    (first,) = table.sample(5)
    assert (first["name"], first["mother"]) == (NAME, MOTHER)
    result = reconcile.compare(desk.station, table, ledger_type="KS")
    assert [kind for kind, _, _ in kinds(result)] == ["not-in-list", "not-in-list"]


@pytest.mark.parametrize("epoch", [CALENDAR_WINDOWS_1900, CALENDAR_MAC_1904], ids=["1900", "1904"])
def test_numbers_dates_and_broken_lines_of_a_spreadsheet_are_the_same_entry(
    desk: OpenedStation, ledger: str, epoch: datetime
) -> None:
    file, book = desk.folder / "list.xlsx", Workbook()
    book.epoch = epoch
    sheet = book.worksheets[0]
    sheet.title = "KS"
    sheet.append(["Năm", "Quyển", "Số", "Ngày đăng ký", "Họ tên", "Ngày sinh", "Họ tên mẹ"])
    day = date(2007, 1, 1)
    sheet.append([2007, 1, 1, day, "Nguyễn Thị\nHoà", day, MOTHER])
    for number in (2, 3):
        sheet.append([2007, 1, number, day.replace(day=number)])
    book.save(file)
    result = reconcile.compare(desk.station, list_columns.read(desk.station, file, {"number": "Số"}))
    assert (kinds(result), result.matched) == ([], 3)


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+1+1", "@SUM(A1)", "Lê " * 20_000])
def test_value_of_a_list_is_text_in_the_work_list_whatever_it_begins_with_and_however_long(
    desk: OpenedStation, ledger: str, name: str
) -> None:
    file, work_list = desk.folder / "list.csv", desk.folder / "work.xlsx"
    head = "so;quyenSo;ngayDangKy;nksHoTen;nksNgaySinh"
    with file.open("w", encoding="utf-8", newline="") as out:
        write = csv.writer(out, delimiter=";")
        write.writerows([head.split(";"), ["1", "01/2007", "1/1/2007", name, BORN], *(one[:5] for one in rows()[1:])])
    result = reconcile.compare(desk.station, list_columns.read(desk.station, file, {}), ledger_type="KS")
    assert kinds(result) == [("person", "001", 2)]
    lines.write(work_list, result, "vi")
    cells = [cell for row in load_workbook(work_list).active.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(str(cell.value).startswith(name[:3]) for cell in cells)
