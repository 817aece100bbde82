"""The sheet of stations: read as offices make it, in any order, and refused with every cell that cannot be meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from station.errors import Refused
from station.packaging import workbook
from station.province import station_sheet
from station.province.communes import ListedCommune
from station.province.stages import Stage, usual_stage
from station.province.station_sheet import SheetFacts, StationRow
from station.spreadsheets.row_mistakes import RowMistakes
from tests.station.hidden_sheets import hide, is_told

HEAD = ("Mã trạm", "Mã xã", "Xã", "Máy quét", "Nơi gửi", "Đợt")
KNOWN = SheetFacts(
    communes=[
        ListedCommune("01234", "Xã Thử Nghiệm", "Huyện Ví Dụ", "Tỉnh Mẫu", 400, ()),
        ListedCommune("19430", "Phường Bên Cạnh", None, None, None, ()),
        ListedCommune("19431", "???", None, None, None, ()),
    ],
    province="Tỉnh Mẫu",
    destinations=["province", "stick"],
)


def sheet(folder: Path, *rows: Sequence[object], head: Sequence[str] = HEAD) -> Path:
    file = folder / "stations.csv"
    lines = [",".join(map(str, row)) for row in (head, *rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def told(file: Path) -> list[tuple[int, str]]:
    """The rows that are refused, and why."""
    with pytest.raises(Refused) as refusal:
        station_sheet.read(file, KNOWN)
    assert refusal.value.code == "stations-refused"
    mistakes = refusal.value.facts["mistakes"]
    assert isinstance(mistakes, RowMistakes)
    return [(one.row, one.reason.code) for one in mistakes]


def test_row_says_all_of_a_station(tmp_path: Path) -> None:
    file = sheet(tmp_path, ("qt-01", "01234; 19430", "Thử Nghiệm; Bên Cạnh", "plustek/opticbook/1", "stick", "2"))
    (row,) = station_sheet.read(file, KNOWN)
    assert [(place.code, place.commune, place.province) for place in row.places] == [
        ("01234", "Xã Thử Nghiệm", "Tỉnh Mẫu"),
        ("19430", "Phường Bên Cạnh", "Tỉnh Mẫu"),
    ]
    assert (row.scanner, row.destinations, row.stage) == ("plustek/opticbook/1", ("stick",), Stage.HALF)


def test_what_a_sheet_leaves_out_is_as_usual(tmp_path: Path) -> None:
    (row,) = station_sheet.read(sheet(tmp_path, ("qt-01", "01234"), head=("Trạm", "Mã xã")), KNOWN)
    assert (row.scanner, row.destinations, row.stage) == ("none", ("province", "stick"), usual_stage("qt-01"))


def test_order_of_rows_and_columns_makes_no_difference(tmp_path: Path) -> None:
    def rows_of(folder: str, *rows: Sequence[str], head: Sequence[str]) -> list[StationRow]:
        (tmp_path / folder).mkdir()
        return station_sheet.read(sheet(tmp_path / folder, *rows, head=head), KNOWN)

    one = rows_of("a", ("qt-02", "01234", "1"), ("qt-01", "19430", "3"), head=("Mã trạm", "Mã xã", "Đợt"))
    other = rows_of("b", ("3", "19430", "qt-01"), ("1", "01234", "qt-02"), head=("Đợt", "Mã xã", "Mã trạm"))
    assert one == other


def test_workbook_is_read_as_its_author_sees_it(tmp_path: Path) -> None:
    """A zero that a number format shows, a title, a merged cell, a formula's saved value, a signature below."""
    book = Workbook()
    page = book.active
    page.append(["DANH SÁCH TRẠM"])
    page.append(HEAD)
    page.append(["qt-02", 1234, None, None, "stick", 1])
    page.append(["qt-01", 19430, None, None, None, 1])
    page["B3"].number_format = "00000"
    page.merge_cells("E3:E4")
    page.append(["Người lập biểu", None, "Nguyễn Văn Thử"])
    book.save(tmp_path / "stations.xlsx")
    rows = station_sheet.read(tmp_path / "stations.xlsx", KNOWN)
    assert [(row.station, row.places[0].code, row.destinations) for row in rows] == [
        ("qt-01", "19430", ("stick",)),
        ("qt-02", "01234", ("stick",)),
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("trạm 1", "01234"), "stations-id"),
        (("", "01234"), "stations-id"),
        (("qt-01", ""), "stations-places"),
        (("qt-01", "01234; 01234"), "stations-places"),
        (("qt-01", "1234"), "stations-place-unknown"),
        (("qt-01", "19431"), "stations-place-name"),
        (("qt-01", "19430", "Xã Thử Nghiệm"), "stations-other-name"),
        (("qt-01", "01234", "", "máy quét"), "stations-scanner"),
        (("qt-01", "01234", "", "", "huyện"), "stations-destination"),
        (("qt-01", "01234", "", "", "", "4"), "stations-stage"),
    ],
)
def test_cell_that_cannot_be_meant_is_refused_with_its_row(tmp_path: Path, row: Sequence[str], code: str) -> None:
    assert told(sheet(tmp_path, ("qt-09", "01234"), row)) == [(3, code)]


def test_every_mistake_is_told_at_once_with_its_cell_and_what_is_seen_there(tmp_path: Path) -> None:
    rows = [["qt-01", "01234", "", "", "", ""], ["QT-01", "99999", "", "", "", "x"]]
    workbook.write_table(tmp_path / "stations.xlsx", "Trạm", HEAD, rows)
    assert told(tmp_path / "stations.xlsx") == [
        (3, "stations-twice"),
        (3, "stations-place-unknown"),
        (3, "stations-stage"),
    ]
    with pytest.raises(Refused, match=r'sheet "Trạm", cell B3, seen: "99999"'):
        station_sheet.read(tmp_path / "stations.xlsx", KNOWN)


def test_formula_without_a_saved_value_is_no_station(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(HEAD)
    book.active.append(['="qt-"&ROW()', "01234", "", "", "", ""])
    book.save(tmp_path / "stations.xlsx")
    assert told(tmp_path / "stations.xlsx") == [(2, "stations-id")]


def test_list_in_a_hidden_sheet_alone_is_refused_by_its_name(tmp_path: Path) -> None:
    workbook.write_table(tmp_path / "stations.xlsx", "Trạm", HEAD, [["qt-01", "01234", "", "", "", ""]])
    name = hide(tmp_path / "stations.xlsx")
    with pytest.raises(Refused) as refused:
        station_sheet.read(tmp_path / "stations.xlsx", KNOWN)
    assert is_told(refused.value, name)


def test_file_without_the_headings_or_without_stations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="headings") as refused:
        station_sheet.read(sheet(tmp_path, ("1", "2"), head=("Cột", "Khác")), KNOWN)
    assert "Cột" in refused.value.sentence("vi") or refused.value.code == "stations-columns"
    with pytest.raises(Refused) as refused:
        station_sheet.read(sheet(tmp_path), KNOWN)
    assert refused.value.code == "stations-none"


def test_usual_stage_of_a_station_is_always_the_same_and_the_shares_are_about_right() -> None:
    stages = [usual_stage(f"qt-{number:03d}") for number in range(1000)]
    assert 70 <= stages.count(Stage.FIRST) <= 130
    assert 460 <= stages.count(Stage.FIRST) + stages.count(Stage.HALF) <= 540
    assert (usual_stage("qt-huonghoa-01"), usual_stage("qt-001")) == (Stage.HALF, Stage.FIRST)
