"""The workbook of each type, opened again, is what was keyed; the same rows give the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from station.ledger.entries import Act
from station.packaging.import_workbook import FILE_NAME
from station.rows import built_in, entry_rows
from station.rows.columns import Kind
from station.views import row_list
from tests.station.opened_station import WHO, OpenedStation

SAMPLE = {
    Kind.TEXT: "Thôn Một, xã Thử",
    Kind.NAME: "Nguyễn Văn Thử",
    Kind.DATE: "2/3/1985",
    Kind.PAPER_NUMBER: "001185012345",
    Kind.PERSONAL_NUMBER: "001185012345",
}


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
    dates = {one.name for one in built_in.template(ledger_type).columns.values() if one.kind == Kind.DATE}
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
