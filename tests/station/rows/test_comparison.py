"""A second keying is compared with the first: every planted slip is told, and nothing else."""

from __future__ import annotations

import pytest

from station.errors import Refused
from station.ledger.entries import Act
from station.packaging.workbook import write_table
from station.rows import comparison, entry_rows
from tests.station.hidden_sheets import hide, is_told, older
from tests.station.opened_station import WHO, OpenedStation

HEADER = ["so", "quyenSo", "ngayDangKy i=[dd.mm.yyyy]", "nksHoTen", "nksNgaySinh", "meHoTen", "nksGioiTinh"]
KEYED = {"nksHoTen": "Nguyễn Thị Hoà", "nksNgaySinh": "1/1/2007", "meHoTen": "Trần Thị Mẫu", "nksGioiTinh": "2"}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    name = desk.whole("KS.2007.01", 3)
    for number in "12":
        entry_rows.set_values(desk.station, Act(name, WHO), number, None, KEYED)
    return name


def compared(desk: OpenedStation, ledger: str, *rows: list[str]) -> list[tuple[str, str, str]]:
    file = desk.folder / "second.xlsx"
    write_table(file, "KS", HEADER, rows)
    found = comparison.differences(desk.station, ledger, file)
    return [(one.number, one.column, str(one.kind)) for one in found]


EMPTY = ["3", "", "3/1/2007", "", "", "", ""]


def test_other_spellings_of_the_same_are_no_difference(desk: OpenedStation, ledger: str) -> None:
    first = ["1", "01/2007", "01.01.2007", "NGUYỄN THỊ HÒA", "01.01.2007", "Trần Thị Mẫu", "2"]
    second = ["002", "01/2007", "2/1/2007", "Nguyễn Thị Hoà", "1/1/2007", "Trần  Thị Mẫu", "2"]
    assert compared(desk, ledger, first, second, EMPTY) == []


def test_each_planted_slip_is_told_by_its_kind(desk: OpenedStation, ledger: str) -> None:
    first = ["1", "", "1/1/2007", "Nguyễn Thị Hóa", "2.1.2007", "Trần Thị Mau", "1"]
    fourth = ["4", "", "4/1/2007", "", "", "", ""]
    assert compared(desk, ledger, first, EMPTY, fourth) == [
        ("001", "nksHoTen", "signs"),
        ("001", "nksNgaySinh", "value"),
        ("001", "meHoTen", "signs"),
        ("001", "nksGioiTinh", "value"),
        ("002", "", "only-here"),
        ("004", "", "only-there"),
    ]


def test_file_without_numbers_is_refused(desk: OpenedStation, ledger: str) -> None:
    file = desk.folder / "names.csv"
    file.write_text("nksHoTen;meHoTen\nA;B\n", encoding="utf-8")
    with pytest.raises(Refused, match='"so"'):
        comparison.differences(desk.station, ledger, file)


def test_hidden_sheet_is_passed_over_and_named_where_it_alone_is_a_keying(desk: OpenedStation, ledger: str) -> None:
    file = desk.folder / "second.xlsx"
    row = ["1", "01/2007", "1/1/2007", *list(KEYED.values())]
    write_table(file, "KS", HEADER[:4], [row[:4], ["2", "", "2/1/2007", KEYED["nksHoTen"]], ["3", "", "3/1/2007", ""]])
    older(file, [HEADER, ["1", "01/2007", "1/1/2007", "Ai đó", "", "", ""]])
    assert comparison.differences(desk.station, ledger, file) == []
    write_table(file, "KS", HEADER, [row])
    sheet = hide(file)
    with pytest.raises(Refused) as refused:
        comparison.differences(desk.station, ledger, file)
    assert is_told(refused.value, sheet)
