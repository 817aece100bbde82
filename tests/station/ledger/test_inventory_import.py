from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from station.domain.naming.keys import LedgerKey
from station.errors import Refused
from station.ledger.inventory_import import read
from station.ledger.inventory_rows import InventoryRow
from station.spreadsheets import rows
from station.spreadsheets.row_mistakes import RowMistakes

VIETNAMESE = ["STT", "Mã xã", "Loại", "Năm", "Quyển", "Đến năm", "Khổ giấy", "Số trang", "Số trường hợp", "Ghi chú"]
ENGLISH = ["no", "Place", "TYPE", "year", "Book", "last_year", "paper", "closing_pages", "closing_entries", "remark"]
FULL = [1, "19429", "KH", 2007, "01", 2008, "A3", 300, 299, "bìa rách"]

READ = InventoryRow(2, "19429", LedgerKey("KH", 2007, "01"), 2008, "A3", 300, 299)


def workbook(path: Path, *rows: Sequence[object]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def text(path: Path, *rows: Sequence[object], separator: str = ",", encoding: str = "utf-8") -> Path:
    path.write_text("\r\n".join(separator.join(map(str, row)) for row in rows), encoding=encoding)
    return path


def refused(path: Path) -> Refused:
    with pytest.raises(Refused) as refusal:
        read(path)
    assert refusal.value.sentence("vi")
    return refusal.value


def reasons(path: Path) -> list[tuple[int, str]]:
    """(row, code) of every mistake."""
    refusal = refused(path)
    assert refusal.code == "inventory-refused"
    mistakes = refusal.facts["mistakes"]
    assert isinstance(mistakes, RowMistakes)
    return [(mistake.row, mistake.reason.code) for mistake in mistakes]


@pytest.mark.parametrize("headings", [VIETNAMESE, ENGLISH])
def test_a_workbook_is_read_by_its_headings_in_both_languages(tmp_path: Path, headings: Sequence[object]) -> None:
    assert read(workbook(tmp_path / "list.xlsx", headings, FULL)) == [READ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_text_file_is_read_as_excel_writes_it(tmp_path: Path, separator: str, encoding: str) -> None:
    path = text(tmp_path / "list.csv", VIETNAMESE, FULL, separator=separator, encoding=encoding)
    assert read(path) == [READ]


def test_headings_are_known_without_case_and_diacritics_and_in_any_order(tmp_path: Path) -> None:
    path = text(tmp_path / "list.csv", ["QUYEN SO", "LOẠI:", "Na\u0306m"], ["1", "kh", "2007"])
    assert read(path) == [InventoryRow(2, None, LedgerKey("KH", 2007, "01"), None, None, None, None)]


def test_titles_above_the_headings_and_empty_rows_are_passed_over(tmp_path: Path) -> None:
    title: list[object] = ["DANH SÁCH SỔ HỘ TỊCH NĂM 2007"]
    path = workbook(tmp_path / "list.xlsx", title, [], VIETNAMESE, [], [None] * 9 + ["tổng"], FULL)
    assert [row.row for row in read(path)] == [6]


def test_numbers_that_excel_made_of_texts_are_read_as_meant(tmp_path: Path) -> None:
    assert (
        read(workbook(tmp_path / "list.xlsx", ["loại", "năm", "quyển"], ["KS", 2007.0, 1]))[0].key.name == "KS.2007.01"
    )


def test_cells_are_stripped_of_blanks(tmp_path: Path) -> None:
    assert read(workbook(tmp_path / "list.xlsx", [" Loại ", "Năm", "Quyển"], ["\u00a0KH ", " 2007\n", "\t01"]))


def test_a_file_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    workbook(tmp_path / "list.xlsx", VIETNAMESE, FULL).rename(tmp_path / "list.csv")
    assert read(tmp_path / "list.csv") == [READ]


def test_all_mistakes_are_told_at_once_with_their_rows(tmp_path: Path) -> None:
    path = text(
        tmp_path / "list.csv",
        ["place", "type", "year", "book", "last_year", "paper", "closing_pages"],
        ["19429", "KH", "2007", "01", "", "", ""],
        ["19429", "", "07", "01", "", "", ""],
        ["19 429", "KH", "5005", "x1", "", "", ""],
        ["19429", "KH", "2008", "01", "2007", "A9", "-3"],
        ["19429", "kh", "2007", "1", "", "", ""],
        ["19429", "KH", "2009", "1" * 200, "", "", "3.5"],
    )
    assert reasons(path) == [
        (3, "inventory-cell-empty"),
        (3, "year-malformed"),
        (4, "place-code-malformed"),
        (4, "year-outside"),
        (4, "book-malformed"),
        (5, "paper-unknown"),
        (5, "list-not-a-count"),
        (5, "inventory-last-year"),
        (6, "inventory-ledger-twice"),
        (7, "inventory-cell-too-long"),
        (7, "list-not-a-count"),
    ]


def test_the_sentence_lists_the_mistakes_in_its_own_language(tmp_path: Path) -> None:
    refusal = refused(text(tmp_path / "list.csv", ["loại", "năm", "quyển"], ["KH", "2007", ""], ["KH", "", "01"]))
    assert 'Dòng 2: Ô ở cột "Quyển" còn trống' in refusal.sentence("vi")
    assert 'Row 3: The cell in the column "Năm" is empty' in refusal.sentence("en")
    assert refusal.facts["count"] == 2


def test_a_thousand_mistakes_do_not_fill_the_page(tmp_path: Path) -> None:
    refusal = refused(text(tmp_path / "list.csv", ["loại", "năm", "quyển"], *[["KH", "x", "01"]] * 1000))
    assert refusal.facts["count"] == 1000
    assert len(refusal.sentence("vi").splitlines()) < 30
    assert "980" in refusal.sentence("vi")


def test_the_same_ledger_of_two_places_is_no_mistake(tmp_path: Path) -> None:
    path = text(
        tmp_path / "l.csv", ["place", "type", "year", "book"], ["1", "KH", "2007", "1"], ["2", "KH", "2007", "1"]
    )
    assert [row.place for row in read(path)] == ["1", "2"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    refusal = refused(text(tmp_path / "list.csv", ["Loại", "Mã xã"], ["KH", "19429"]))
    assert (refusal.code, refusal.facts["columns"]) == ("inventory-columns-missing", "Năm, Quyển")


def test_two_columns_of_one_meaning_are_refused(tmp_path: Path) -> None:
    refusal = refused(text(tmp_path / "list.csv", ["Loại", "Năm", "Quyển", "Year"], ["KH", "2007", "1", "2008"]))
    assert refusal.code == "inventory-column-twice"
    assert refusal.facts["second"] == "Year"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "inventory-empty"),
        ("Loại,Năm,Quyển\n".encode(), "inventory-empty"),
        (b",,,\n\n,,\n", "inventory-empty"),
        ("Loại,Năm,Quyển\n".encode("utf-16"), "inventory-empty"),
        ("Loại,Năm,Quyển\n".encode("cp1258", "replace"), "inventory-columns-missing"),
        ("Тип,Год,Книга\n".encode("cp1251"), "inventory-encoding"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), "list-old-excel"),
        (b"PK\x03\x04 no archive", "list-unreadable"),
        (b'type,year,book\nKH,2007,"01\n', "list-unreadable"),
    ],
)
def test_a_file_of_no_use_says_what_it_is(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "list.xlsx").write_bytes(content)
    assert refused(tmp_path / "list.xlsx").code == code


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "list.xlsx").code == "list-unreadable"
    assert refused(tmp_path).code == "list-unreadable"


def test_a_workbook_without_cells_is_empty(tmp_path: Path) -> None:
    assert refused(workbook(tmp_path / "list.xlsx")).code == "inventory-empty"


def test_an_archive_that_is_no_workbook_is_unreadable(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w") as other:
        other.writestr("readme.txt", "no workbook")
    assert refused(tmp_path / "list.xlsx").code == "list-unreadable"


def test_a_formula_is_never_computed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", ["loại", "năm", "quyển"], ["KH", "=2000+7", "01"])
    assert reasons(path) == [(2, "inventory-cell-empty")]
    path = text(tmp_path / "list.csv", ["loại", "năm", "quyển"], ["KH", "=2000+7", "01"])
    assert reasons(path) == [(2, "year-malformed")]


def test_a_list_longer_than_any_province_needs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("type,year,book\n" + "KH,2007,01\n" * (rows.MOST_ROWS + 1))
    assert refused(path).code == "list-too-large"


def changed(path: Path, part: str, old: bytes, new: bytes) -> None:
    """The same workbook with ``old`` replaced in one of its parts."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)


def test_a_workbook_that_unpacks_to_a_mountain_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", VIETNAMESE, FULL)
    changed(path, "xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData>" + b" " * rows.MOST_BYTES)
    assert path.stat().st_size < 1024**2
    assert refused(path).code == "list-too-large"


def test_entities_that_swell_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", VIETNAMESE, FULL)
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    with zipfile.ZipFile(path) as source:
        sheet = source.read("xl/worksheets/sheet1.xml")
    bomb = b'<!DOCTYPE w [<!ENTITY e0 "ha">' + entities + b"]>" + sheet.replace(b"<v>1</v>", b"<v>&e9;</v>")
    changed(path, "xl/worksheets/sheet1.xml", sheet, bomb)
    assert refused(path).code == "list-unreadable"


def test_a_wrong_dimension_in_the_file_hides_no_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", VIETNAMESE, FULL)
    changed(path, "xl/worksheets/sheet1.xml", b'ref="A1:J2"', b'ref="A1"')
    assert read(path) == [READ]


def test_a_row_number_beyond_any_sheet_ends_the_list(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", VIETNAMESE, FULL, FULL)
    changed(path, "xl/worksheets/sheet1.xml", b'<row r="3"', b'<row r="99999999999"')
    assert read(path) == [READ]


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_a_workbook_damaged_at_random_is_read_or_refused(tmp_path: Path) -> None:
    chance = random.Random(158)
    path = workbook(tmp_path / "list.xlsx", VIETNAMESE, FULL)
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    codes = set()
    for _ in range(300):
        packed = io.BytesIO()
        victim = chance.choice(sorted(parts))
        with zipfile.ZipFile(packed, "w") as target:
            for name, content in parts.items():
                damaged = bytearray(content)
                if name == victim:
                    damaged[chance.randrange(len(damaged))] = chance.choice(b'<>"/=09aZ')
                target.writestr(name, bytes(damaged))
        whole = bytearray(packed.getvalue())
        if chance.random() < 0.3:
            whole[chance.randrange(len(whole))] ^= 0x11
        path.write_bytes(whole)
        try:
            read(path)
        except Refused as refusal:
            codes.add(refusal.code)
    assert "list-unreadable" in codes
