"""The workbook of each type, opened again, is what was keyed; the same rows give the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from station.ledger.entries import Act
from station.rows import built_in, entry_rows, office_templates
from station.rows.columns import ColumnKind
from station.rows.office_workbook import FILE_NAME
from station.storage import durable
from station.views import row_list
from tests.station.opened_station import WHO, OpenedStation
from tests.station.rows.blank_workbooks import BIRTHS, with_hints, with_leading_position

SAMPLE = {
    ColumnKind.TEXT: "Thôn Một, xã Thử",
    ColumnKind.NAME: "Nguyễn Văn Thử",
    ColumnKind.DATE: "2/3/1985",
    ColumnKind.PAPER_NUMBER: "001185012345",
    ColumnKind.PERSONAL_NUMBER: "001185012345",
}


def looks(cell: Any) -> list[str]:
    """All that a person sees of a cell."""
    return [repr(one) for one in (cell.value, cell.fill, cell.font, cell.border, cell.alignment, str(cell.comment))]


def every_column(ledger_type: str) -> dict[str, str]:
    """A value for each column that people key."""
    columns = built_in.template(ledger_type).columns.values()
    return {one.name: list(one.codes)[-1] if one.codes else SAMPLE[one.kind] for one in columns if one.is_keyed}


def table(file: Path) -> list[dict[str, str]]:
    (sheet,) = load_workbook(file).worksheets
    header, *rows = sheet.iter_rows(values_only=True)
    return [{str(name): str(cell or "") for name, cell in zip(header, row, strict=True)} for row in rows]


@pytest.mark.parametrize("ledger_type", built_in.TYPES)
def test_workbook_of_each_type_is_what_was_keyed(desk: OpenedStation, ledger_type: str) -> None:
    ledger = desk.whole(f"{ledger_type}.2007.01", 2)
    typed = every_column(ledger_type)
    entry_rows.set_values(desk.station, Act(ledger, WHO), "1", None, typed)
    made = desk.package(ledger)
    assert load_workbook(made.files[1]).sheetnames == [ledger_type]
    first, second = table(made.files[1])
    assert first.pop(FILE_NAME) == f"{ledger_type}.2007.01.2007-01-01.001.pdf"
    assert list(first) == list(built_in.template(ledger_type).columns)
    assert [first, second | {FILE_NAME: ""}] == [
        row_list.rows(desk.station, ledger)[0].columns,
        {**row_list.rows(desk.station, ledger)[1].columns, FILE_NAME: ""},
    ]
    dates = {one.name for one in built_in.template(ledger_type).columns.values() if one.kind == ColumnKind.DATE}
    assert all(first[name] == "02.03.1985" for name in dates - {"ngayDangKy"})
    assert {name for name, text in first.items() if not text} == {"trangSo"}


def test_type_without_import_file_has_what_the_station_knows(desk: OpenedStation) -> None:
    made = desk.package(desk.whole("GH.2007.01", 1))
    (row,) = table(made.files[1])
    assert (row["so"], row["quyenSo"], row["ngayDangKy"]) == ("001", "01/2007", "01.01.2007")
    assert made.rows is None


def test_same_rows_give_the_same_bytes_in_another_revision(desk: OpenedStation) -> None:
    ledger = desk.whole("KS.2007.01", 1)
    act = Act(ledger, WHO)
    entry_rows.set_values(desk.station, act, "1", None, {"nksHoTen": "Một"})
    first = desk.package(ledger).files[1].read_bytes()
    entry_rows.set_values(desk.station, act, "1", None, {"nksHoTen": "Hai"})
    other = desk.package(ledger)
    entry_rows.set_values(desk.station, act, "1", None, {"nksHoTen": "Một"})
    again = desk.package(ledger)
    assert other.files[1].read_bytes() != first
    assert (again.revision, again.files[1].read_bytes()) == (3, first)


def filled(desk: OpenedStation, file: Path) -> Path:
    """The workbook of a package of two births, filled in the office's own."""
    ledger = desk.whole("KS.2007.01", 2)
    entry_rows.set_values(desk.station, Act(ledger, WHO), "1", None, every_column("KS"))
    office_templates.add(desk.station, file, who=WHO)
    made = desk.package(ledger)
    template = json.loads(made.files[2].read_text(encoding="utf-8"))["template"]
    assert (template["version"], template["file"]) == ("office-1", file.name)
    assert template["sha256"] == durable.sha256_of(file)
    return made.files[1]


def test_hints_looks_and_other_sheets_of_the_offices_workbook_stay(desk: OpenedStation, tmp_path: Path) -> None:
    blank = with_hints(tmp_path / "b.xlsx")
    before, after = (load_workbook(file, rich_text=True) for file in (blank, filled(desk, blank)))
    assert after.sheetnames == ["Khai sinh", "Hướng dẫn"]
    old, new = before["Khai sinh"], after["Khai sinh"]
    for one, other in zip(old[1], new[1], strict=True):
        assert looks(one) == looks(other)
    assert (new.freeze_panes, new.column_dimensions["B"].width, new.row_dimensions[1].height) == ("C2", 33, 48)
    assert [str(one.sqref) for one in new.data_validations.dataValidation] == ["L2:L500"]
    for row in (2, 3):
        cell = new.cell(row, 11)
        assert (cell.font.name, cell.border.left.style, cell.number_format) == ("Times New Roman", "thin", "@")
        assert cell.data_type in ("s", "inlineStr")
    assert [new.cell(2, at + 1).value or "" for at, _ in enumerate(BIRTHS)] == list(
        row_list.rows(desk.station, "KS.2007.01")[0].columns.values()
    )
    assert after["Hướng dẫn"]["A1"].value == "Nhập theo mẫu"


def test_offices_order_running_number_and_unknown_column_are_kept(desk: OpenedStation, tmp_path: Path) -> None:
    sheet = load_workbook(filled(desk, with_leading_position(tmp_path / "b.xlsx"))).worksheets[0]
    header, *rows = [[str(value or "") for value in row] for row in sheet.iter_rows(min_row=3, values_only=True)]
    first, second = (dict(zip(header, row, strict=True)) for row in rows)
    assert (first["STT"], second["STT"], first["so"], second["so"]) == ("1", "2", "001", "002")
    assert first["maHoSo"] == ""
    assert first["Tên file pdf 158"] == "KS.2007.01.2007-01-01.001.pdf"
    assert first["meHoTen"] == "Nguyễn Văn Thử"


def test_offices_workbook_filled_twice_is_the_same_bytes(desk: OpenedStation, tmp_path: Path) -> None:
    first = filled(desk, with_hints(tmp_path / "b.xlsx")).read_bytes()
    act = Act("KS.2007.01", WHO)
    for name in ("Khác", "Nguyễn Văn Thử"):
        entry_rows.set_values(desk.station, act, "1", None, {"meHoTen": name})
        last = desk.package("KS.2007.01")
    assert (last.revision, last.files[1].read_bytes()) == (3, first)
