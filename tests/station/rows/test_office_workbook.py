"""An office's blank workbook is known by the names in its heading; one that would be filled wrongly is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from station.errors import Refused
from station.rows import office_workbook
from station.rows.office_workbook import OfficeWorkbook
from tests.station.hidden_sheets import hide, is_told, older
from tests.station.rows.blank_workbooks import BIRTHS, blank, of_2024, with_hints, with_leading_position


def seen(file: Path, ledger_type: str | None = None) -> OfficeWorkbook:
    return office_workbook.read(file.name, file.read_bytes(), ledger_type)


def changed(file: Path, change: Callable) -> Path:
    book = load_workbook(file)
    change(book.worksheets[0])
    book.save(file)
    return file


def test_hints_in_the_heading_are_no_part_of_the_names(tmp_path: Path) -> None:
    book = seen(with_hints(tmp_path / "b.xlsx"))
    assert (book.type, book.sheet, book.heading_row) == ("KS", "Khai sinh", 1)
    assert list(book.columns) == BIRTHS
    assert (book.unknown, book.missing) == ((), ())


def test_order_title_and_running_number_are_the_offices(tmp_path: Path) -> None:
    book = seen(with_leading_position(tmp_path / "b.xlsx"))
    assert book.heading_row == 3
    assert (book.columns[0], book.columns[1], book.columns[-1]) == ("STT", BIRTHS[19], "Tên file pdf 158")
    assert (book.unknown, book.missing) == (("maHoSo",), ())


def test_columns_of_2024_are_known_and_those_that_it_lacks_are_told(tmp_path: Path) -> None:
    book = seen(of_2024(tmp_path / "b.xlsx"))
    assert {"nksSoDinhDanh", "meSoDinhDanh"} <= set(book.columns)
    assert book.unknown == ()
    assert book.missing[0] == "nksMatTich"


def test_type_is_that_of_most_columns_or_the_one_that_a_person_says(tmp_path: Path) -> None:
    shared = ["so", "quyenSo", "trangSo", "ngayDangKy", "nguoiKy", "chucVuNguoiKy"]
    file = blank(tmp_path / "b.xlsx", [*shared, "chongHoTen"], sheet="Trang 1")
    assert seen(file).type == "KH"
    assert seen(file, "KT").type == "KT"
    with pytest.raises(Refused, match="GH"):
        seen(file, "GH")


def test_sheet_that_bears_the_types_code_decides_where_columns_do_not(tmp_path: Path) -> None:
    shared = ["so", "quyenSo", "trangSo", "ngayDangKy", "nguoiKy", "chucVuNguoiKy"]
    assert seen(blank(tmp_path / "b.xlsx", shared, sheet="HN")).type == "HN"


BAD: dict[str, Callable] = {
    "import-file-merged": lambda sheet: sheet.merge_cells("A1:B1"),
    "import-file-formula": lambda sheet: sheet.__setitem__("C2", "=A2+1"),
    "import-file-twice": lambda sheet: sheet.__setitem__("BI1", "meHoTen (2)"[:7]),
    "import-file-not-blank": lambda sheet: sheet.__setitem__("D5", "Nguyễn Văn Thử"),
}


@pytest.mark.parametrize("code", BAD)
def test_workbook_that_would_be_filled_wrongly_is_refused_in_a_sentence(tmp_path: Path, code: str) -> None:
    file = changed(blank(tmp_path / "b.xlsx", BIRTHS), BAD[code])
    with pytest.raises(Refused) as refused:
        seen(file)
    assert refused.value.code == code
    assert "b.xlsx" in refused.value.sentence("vi")


def test_heading_merged_over_two_rows_is_refused(tmp_path: Path) -> None:
    file = changed(blank(tmp_path / "b.xlsx", BIRTHS, row=2), lambda sheet: sheet.merge_cells("C1:C2"))
    with pytest.raises(Refused, match="merged"):
        seen(file)


def test_title_merged_above_the_heading_is_no_trouble(tmp_path: Path) -> None:
    file = changed(blank(tmp_path / "b.xlsx", BIRTHS, row=3), lambda sheet: sheet.merge_cells("A1:F1"))
    assert seen(file).heading_row == 3


def test_list_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        seen(blank(tmp_path / "b.xlsx", ["Số", "Họ tên", "Điểm"]))
    assert refused.value.code == "import-file-unknown"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "import-file-locked"),
        (b"PK\x03\x04 cut", "import-file-unreadable"),
        (b"so;quyenSo", "import-file-unreadable"),
        (b"", "import-file-unreadable"),
        (bytes(office_workbook.MOST_BYTES + 1), "import-file-large"),
    ],
)
def test_what_is_no_open_workbook_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "b.xlsx"
    file.write_bytes(content)
    with pytest.raises(Refused) as refused:
        seen(file)
    assert refused.value.code == code


def test_hidden_sheet_is_not_filled(tmp_path: Path) -> None:
    file = blank(tmp_path / "b.xlsx", BIRTHS[:20], sheet="Khai sinh")
    older(file, [BIRTHS])
    assert seen(file).sheet == "Khai sinh"
    sheet = hide(blank(tmp_path / "b.xlsx", BIRTHS, sheet="Khai sinh"))
    with pytest.raises(Refused) as refused:
        seen(file)
    assert is_told(refused.value, sheet)
