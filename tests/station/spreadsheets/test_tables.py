"""Lists as offices make them: read as their author saw them, or refused with sheet, cell and what is seen there."""

from __future__ import annotations

import time
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from station.domain.naming.keys import LedgerKey
from station.errors import Refused
from station.ledger import inventory_import
from station.ledger.inventory_import import read
from station.ledger.inventory_rows import InventoryRow
from station.spreadsheets import legacy_encodings
from station.views import listings
from tests.station.opened_station import WHO, OpenedStation
from tests.station.windows_1258 import windows_1258

HEADINGS = ["STT", "Mã xã", "Loại sổ", "Năm mở sổ", "Số quyển", "Tổng số trang", "Tổng số trường hợp"]
ROW: list[object] = [1, "19429", "KH", 2007, 1, 300, 299]
KEY = LedgerKey("KH", 2007, "01")
FAULTS = Path(__file__).parents[4] / "shared" / "data" / "faults"


def book(path: Path, *rows: Sequence[object], change: Callable[[Worksheet], None] = lambda _: None) -> Path:
    """A workbook with a title, an empty row and these rows, as an office writes it."""
    made = Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Danh sách"
    for row in (["DANH SÁCH SỔ HỘ TỊCH"], [], *rows):
        sheet.append(row)
    change(sheet)
    made.save(path)
    return path


def keys(path: Path) -> list[str]:
    return [row.key.name for row in read(path)]


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        read(path)
    assert refused.value.sentence("vi")
    return refused.value.sentence("en")


@pytest.mark.parametrize(
    ("value", "number_format", "place"),
    [
        (123, "00000", "00123"),
        (123.0, "00000", "00123"),
        (19429, "00000", "19429"),
        (123, "0", "123"),
        (123, "General", "123"),
        (123, "#,##0", "123"),
        (7, '"X"00', "X07"),
        (123, "00000;-00000;00000;@", "00123"),
        (190429, "00000", "190429"),
    ],
)
def test_zeros_that_a_number_format_shows_are_there(
    tmp_path: Path, value: float, number_format: str, place: str
) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["B4"].number_format = number_format

    path = book(tmp_path / "list.xlsx", HEADINGS, [1, value, "KH", 2007, 1, 300, 299], change=change)
    assert [row.place for row in read(path)] == [place]


def test_merged_cells_hold_for_the_rows_beside_them(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("A1:G1")
        sheet.merge_cells("B4:B7")
        sheet.merge_cells("C4:C6")
        sheet.merge_cells("D5:D6")

    rows = [[1, "19429", "KH", 2006, 1], [2, "", "", 2007, 1], [3, "", "", "", 2], [4, "", "KS", 2008, 1]]
    path = book(tmp_path / "list.xlsx", HEADINGS, *rows, change=change)
    assert keys(path) == ["KH.2006.01", "KH.2007.01", "KH.2007.02", "KS.2008.01"]
    assert {row.place for row in read(path)} == {"19429"}


def test_headings_merged_over_two_rows_are_one_heading(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        for column in "ABCDE":
            sheet.merge_cells(f"{column}3:{column}4")
        sheet.merge_cells("F3:G3")

    top = [*HEADINGS[:5], "Tổng số", None]
    path = book(tmp_path / "list.xlsx", top, [None] * 5 + ["Tổng số trang", "Tổng số trường hợp"], ROW, change=change)
    assert read(path) == [InventoryRow(5, "19429", KEY, None, None, 300, 299)]


@pytest.mark.parametrize(
    ("cell", "number_format"),
    [
        ("01/2007", "General"),
        ("1/2007", "@"),
        (" 01 / 2007 ", "General"),
        ("01-2007", "General"),
        ("Quyển số 01/2007", "General"),
        ("Số 1-2007", "General"),
        (datetime(2007, 1, 1), "mmm-yy"),
        (datetime(2007, 1, 1), "mm/yyyy"),
        (datetime(2007, 1, 1), "dd/mm/yyyy"),
        (1, '00"/2007"'),
    ],
)
@pytest.mark.parametrize("with_year", [True, False])
def test_book_and_year_in_the_ministrys_spelling_is_read_as_text_and_as_a_date(
    tmp_path: Path, cell: object, number_format: str, with_year: bool
) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["C4"].number_format = number_format

    year: tuple[list[object], list[object]] = (["Năm"], [2007]) if with_year else ([], [])
    path = book(tmp_path / "l.xlsx", ["Loại", "Mã xã", "Quyển", *year[0]], ["KH", 19429, cell, *year[1]], change=change)
    assert [row.key for row in read(path)] == [KEY]


def test_book_of_another_year_than_the_rows_is_refused_with_its_cell(tmp_path: Path) -> None:
    told = refusal(book(tmp_path / "list.xlsx", HEADINGS, [1, "19429", "KH", 2008, "01/2007", 300, 299]))
    assert 'Row 4: The book is written as "01/2007", but the year opened is 2008' in told
    assert '(sheet "Danh sách", cell E4, seen: "01/2007")' in told


@pytest.mark.parametrize("cell", [datetime(2007, 2, 15), datetime(2026, 7, 1), "tháng 1", "1.5", "1 2"])
def test_book_that_excel_spoiled_is_refused_with_what_is_seen(tmp_path: Path, cell: object) -> None:
    told = refusal(book(tmp_path / "list.xlsx", HEADINGS, [1, "19429", "KH", 2007, cell, 300, 299]))
    seen = f"{cell:%d/%m/%Y}" if isinstance(cell, datetime) else cell
    assert f'cell E4, seen: "{seen}"' in told


@pytest.mark.parametrize("state", ["visible", "hidden", "veryHidden"])
def test_sheets_before_the_list_are_passed_over_and_the_one_that_was_read_is_named(tmp_path: Path, state: str) -> None:
    made = Workbook()
    cover = made.active
    assert isinstance(cover, Worksheet)
    cover.title, cover.sheet_state = "Bìa", state
    # A hidden sheet may hold an older list; a cover holds words.
    for row in [HEADINGS, [1, "19429", "KS", 1999, 9, 1, 1]] if state != "visible" else [["UBND XÃ"], ["Năm", 2026]]:
        cover.append(row)
    sheet = made.create_sheet("Sổ gốc")
    for row in (HEADINGS, ROW):
        sheet.append(row)
    made.save(tmp_path / "list.xlsx")
    assert [(row.key.name, row.sheet) for row in read(tmp_path / "list.xlsx")] == [("KH.2007.01", "Sổ gốc")]


def test_list_on_a_hidden_sheet_alone_is_refused_by_its_name(tmp_path: Path) -> None:
    made = Workbook()
    made.active.append(["Bìa"])
    sheet = made.create_sheet("Cũ")
    sheet.sheet_state = "hidden"
    for row in (HEADINGS, ROW):
        sheet.append(row)
    made.save(tmp_path / "list.xlsx")
    assert 'the sheet "Cũ" alone, which is hidden' in refusal(tmp_path / "list.xlsx")


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\ufeff", "\u2060", "\u202a", "\u00a0", "\u3164", "\u200f"])
def test_signs_that_nobody_sees_are_left_out(tmp_path: Path, sign: str) -> None:
    headings = [f"{sign}Loại{sign} sổ", f"Năm{sign}", "Quyển", f"Mã{sign or ' '}xã"]
    path = book(tmp_path / "list.xlsx", headings, [f"K{sign}H" if sign != "\u3164" else "KH", f"2007{sign}", "01", ""])
    if sign in ("\u00a0",):
        assert '"K H"' in refusal(path)
    else:
        assert keys(path) == ["KH.2007.01"]


def test_totals_dates_and_signatures_under_the_table_are_no_ledgers(tmp_path: Path) -> None:
    under: list[list[object]] = [
        [None, None, "Tổng cộng:", None, 2, 300, 299],
        ["Tổng số: 01 quyển"],
        [],
        [None, None, None, None, None, "Hướng Hóa, ngày 15 tháng 01 năm 2025"],
        [None, "Người lập biểu", None, None, None, "TM. ỦY BAN NHÂN DÂN"],
        [None, "(Ký, ghi rõ họ tên)", None, None, None, "KT. CHỦ TỊCH"],
        [],
        [None, "Nguyễn Văn Mẫu", None, None, None, "Trần Thị Thử"],
    ]
    assert keys(book(tmp_path / "list.xlsx", HEADINGS, ROW, *under)) == ["KH.2007.01"]
    subtotal: list[list[object]] = [[None, "Cộng", None, None, None, 300, 299], [2, "19429", "KS", 2008, 1, 10, 9]]
    assert keys(book(tmp_path / "list.xlsx", HEADINGS, ROW, *subtotal, *under)) == ["KH.2007.01", "KS.2008.01"]


def test_headings_again_and_counted_columns_are_no_ledgers(tmp_path: Path) -> None:
    counted = ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"]
    rows: list[list[object]] = [[*counted], ROW, [*HEADINGS], [2, "19429", "KH", 2008, 1, 300, 299]]
    assert keys(book(tmp_path / "list.xlsx", HEADINGS, *rows)) == ["KH.2007.01", "KH.2008.01"]


@pytest.mark.parametrize(
    "row",
    [
        [2, "19429", "KH", 2008, None, 200, 198],
        [2, "19429", "KH", None, None, 200, "Tổng hợp lại"],
        [2, "19429", None, 2008, 1, 200, 198],
        [2, "19429", "Tổng", 2008, 1, 200, "x"],
        [2, "19429", None, None, None, 200, 198],
    ],
)
def test_last_row_with_a_mistake_is_no_footer(tmp_path: Path, row: Sequence[object]) -> None:
    if row[2] == "Tổng":
        assert keys(book(tmp_path / "list.xlsx", HEADINGS, ROW, row)) == ["KH.2007.01"]
    else:
        assert "Row 5" in refusal(book(tmp_path / "list.xlsx", HEADINGS, ROW, row))


def test_death_ledgers_are_no_signatures(tmp_path: Path) -> None:
    assert keys(book(tmp_path / "list.xlsx", HEADINGS, [1, "19429", "KT", 2007, 1, 3, 2])) == ["KT.2007.01"]


def with_fill(path: Path, fill: str) -> Path:
    """A list whose styles have a fill that openpyxl does not take."""

    def change(sheet: Worksheet) -> None:
        sheet["B4"].number_format = "00000"

    book(path, HEADINGS, [1, 123, "KH", 2007, 1, 300, 299], change=change)
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    styles = parts["xl/styles.xml"].decode()
    parts["xl/styles.xml"] = styles.replace("</fills>", f"{fill}</fills>").encode()
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return path


@pytest.mark.parametrize("fill", ["<fill/>", "<fill></fill>", '<fill><patternFill patternType="nonsense"/></fill>'])
def test_styles_that_openpyxl_does_not_take_cost_no_list(tmp_path: Path, fill: str) -> None:
    assert [(row.place, row.key) for row in read(with_fill(tmp_path / "list.xlsx", fill))] == [("00123", KEY)]


@pytest.mark.parametrize("year", [1970, 2120])
def test_they_cost_none_either_where_the_clock_is_far_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    """A ZIP tells times from 1980 to 2107 only."""
    file = with_fill(tmp_path / "list.xlsx", "<fill/>")
    moment = datetime(year, 1, 5, 8, 30, tzinfo=UTC).timestamp()
    monkeypatch.setattr(time, "time", lambda: moment)
    assert [row.key for row in read(file)] == [KEY]


TCVN3 = ["STT", "M· x·", "Lo¹i sæ", "N¨m më sæ", "Sè quyÓn", "Tæng sè trang", "Tæng sè tr\xadêng hîp"]
VNI = ["STT", "Maõ xaõ", "Loaïi soå", "Naêm môû soå", "Soá quyeån", "Toång soá trang", "Toång soá tröôøng hôïp"]
DECOMPOSED = [unicodedata.normalize("NFD", heading) for heading in HEADINGS]


@pytest.mark.parametrize(
    ("headings", "total", "signed"),
    [
        (TCVN3, "Tæng céng", "Ng\xadêi lËp biÓu"),
        (VNI, "Toång coäng", "Ngöôøi laäp bieåu"),
        (DECOMPOSED, "Tổng cộng", "Người lập biểu"),
    ],
    ids=["TCVN3", "VNI", "decomposed"],
)
def test_letters_of_the_years_before_unicode_are_read(
    tmp_path: Path, headings: list[str], total: str, signed: str
) -> None:
    footers: list[list[object]] = [[None, None, total, None, None, 300, 299], [None, signed]]
    full = InventoryRow(4, "19429", KEY, None, None, 300, 299)
    assert read(book(tmp_path / "list.xlsx", headings, ROW, *footers)) == [full]
    rows: tuple[Sequence[object], ...] = (
        ["DANH"],
        [""],
        headings,
        ROW,
        *([cell or "" for cell in row] for row in footers),
    )
    content = "\r\n".join(";".join(map(str, row)) for row in rows)
    (tmp_path / "list.csv").write_bytes(content.encode("utf-8"))
    assert read(tmp_path / "list.csv") == [full]
    if headings is not DECOMPOSED:
        (tmp_path / "list.csv").write_bytes(content.encode("latin-1"))
        assert read(tmp_path / "list.csv") == [full]


def test_old_letters_become_unicode() -> None:
    assert legacy_encodings.from_tcvn3("Tæng sè tr\xadêng hîp, QuyÓn, §Õn n¨m, Khæ giÊy") == (
        "Tổng số trường hợp, Quyển, Đến năm, Khổ giấy"
    )
    assert legacy_encodings.from_vni("Toång soá tröôøng hôïp, Quyeån, Ñeán naêm, Khoå giaáy, Kyõ, Vò, Chæ") == (
        "Tổng số trường hợp, Quyển, Đến năm, Khổ giấy, Kỹ, Vị, Chỉ"
    )
    assert legacy_encodings.from_vni("LOAÏI SOÅ ÑAÀU") == "LOẠI SỔ ĐẦU"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        windows_1258,
    ],
    ids=["utf-8", "utf-8-sig", "utf-16", "utf-16-be-marked", "utf-16-le", "utf-16-be", "cp1258"],
)
def test_text_files_are_read_in_every_encoding_and_with_every_separator(
    tmp_path: Path, separator: str, encode: Callable[[str], bytes]
) -> None:
    title = "Danh sách sổ; năm 2007, xã Thử" if separator not in ",;" else "Danh sách sổ"
    rows = ([title], HEADINGS, ROW)
    (tmp_path / "list.csv").write_bytes(encode("\r\n".join(separator.join(map(str, row)) for row in rows)))
    assert read(tmp_path / "list.csv") == [InventoryRow(3, "19429", KEY, None, None, 300, 299)]


def test_separator_that_the_first_line_tells_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("sep=;\nLoại;Năm;Quyển\nKH;2007;1\n", encoding="utf-8")
    assert [(row.row, row.key) for row in read(tmp_path / "list.csv")] == [(3, KEY)]


def test_mistake_tells_sheet_row_column_and_what_is_seen(tmp_path: Path) -> None:
    told = refusal(book(tmp_path / "list.xlsx", HEADINGS, [1, "19429", "KH", "207", 1, 300, 299]))
    assert "Row 4" in told
    assert '(sheet "Danh sách", cell D4, seen: "207")' in told
    (tmp_path / "list.csv").write_text("Loại,Năm,Quyển\nKH,207,1\n", encoding="utf-8")
    assert '(cell B2, seen: "207")' in refusal(tmp_path / "list.csv")


def test_missing_columns_tell_where_headings_were_sought(tmp_path: Path) -> None:
    told = refusal(book(tmp_path / "list.xlsx", ["STT", "Mã xã", "Loại sổ", "Tập"], [1, "19429", "KH", 1]))
    assert 'Nearest to headings is row Danh sách!3: "STT | Mã xã | Loại sổ | Tập"' in told


def test_ledgers_that_the_station_cannot_register_are_told_with_their_rows(desk: OpenedStation, tmp_path: Path) -> None:
    desk.ledger("KH.2007.01")
    rows = [
        [1, "00123", "KH", 2007, 1, 3, 2],
        [2, "19429", "XX", 2007, 1, 3, 2],
        ROW,
        [4, "19429", "KS", 2007, 1, 3, 2],
    ]
    path = book(tmp_path / "list.xlsx", HEADINGS, *rows)
    with pytest.raises(Refused) as refused:
        inventory_import.register(desk.station, path, who=WHO)
    told = refused.value.sentence("en")
    for row, seen in ((4, '"00123"'), (5, '"XX"'), (6, "KH.2007.01")):
        line = next(line for line in told.splitlines() if line.startswith(f"Row {row}:"))
        assert seen in line
        assert 'sheet "Danh sách"' in line
    assert "Row 7" not in told
    assert len(listings.ledger_rows(desk.station)) == 1


def test_paper_of_its_own_size_is_read_from_a_list(tmp_path: Path) -> None:
    headings = ["Loại", "Năm", "Quyển", "Khổ giấy"]
    papers = ["252x341", "25,2 x 34,1 cm", "a3", ""]
    path = book(tmp_path / "list.xlsx", headings, *(["KH", 2007, n, paper] for n, paper in enumerate(papers, 1)))
    assert [row.paper for row in read(path)] == ["252x341", "252x341", "A3", None]
    told = refusal(book(tmp_path / "list.xlsx", headings, ["KH", 2007, 1, "341x252"]))
    assert 'cell D4, seen: "341x252"' in told


@pytest.mark.skipif(not FAULTS.is_dir(), reason="no inputs beside the project")
@pytest.mark.parametrize("path", sorted(FAULTS.glob("*.xlsx")), ids=lambda path: path.stem)
def test_lists_that_failed_in_november_are_read(path: Path) -> None:
    found = read(path)
    assert found[0].key == KEY
    assert found[0].place == ("00123" if "00123" in path.name else "19429")
    assert len(found) == {"40": 2, "41": 3, "50": 2}.get(path.name[:2], 1)
