"""Lists too long to hold are read row by row, as often as one asks, with the same care as short ones."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from station.errors import Refused
from station.packaging.workbook import write_table
from station.spreadsheets import long_lists

ROWS = 3000


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_head_is_short_and_all_rows_come_each_time(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"list.{suffix}"
    rows = [[str(number), f"Nguyễn Thị {number}"] for number in range(1, ROWS + 1)]
    if suffix == "xlsx":
        write_table(file, "KS", ["so", "hoTen"], rows)
    else:
        file.write_text("\n".join([";".join(row) for row in [["so", "hoTen"], *rows]]), encoding="utf-8")
    table = next(long_lists.long_lists(file))
    assert len(table.head) == 200
    for _ in range(2):
        all_rows = list(table.rows())
        assert (len(all_rows), all_rows[0], all_rows[-1]) == (
            ROWS + 1,
            (1, ("so", "hoTen")),
            (ROWS + 1, (str(ROWS), f"Nguyễn Thị {ROWS}")),
        )


def test_head_that_ends_within_a_letter_or_a_quoted_cell_is_read_to_there(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    for shift in range(4):
        lines = "".join(f'"ữ{number}\nữ";{"x" * shift}\n' for number in range(40_000))
        file.write_text(f"so;ghiChu\n{lines}", encoding="utf-8")
        assert sum(1 for _ in next(long_lists.long_lists(file)).rows()) == 40_001


def test_quotes_that_never_end_and_more_rows_than_a_sheet_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("so;ghiChu\n" + "1;x\n" * 100_000 + '2;"x\n', encoding="utf-8")
    with pytest.raises(Refused) as refused:
        list(next(long_lists.long_lists(file)).rows())
    assert refused.value.code == "list-broken"
    monkeypatch.setattr(long_lists, "MOST_LONG_ROWS", 1000)
    with pytest.raises(Refused) as refused:
        list(next(long_lists.long_lists(file)).rows())
    assert refused.value.code == "list-too-long"


def test_bomb_password_and_missing_file_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "list.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", bytes(1_000_000))
    monkeypatch.setattr(long_lists, "MOST_LONG_BYTES", 100_000)
    codes = []
    for content in (file.read_bytes(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), None):
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        with pytest.raises(Refused) as refused:
            list(long_lists.long_lists(file))
        codes.append(refused.value.code)
    assert codes == ["list-too-long", "list-old-excel", "list-unreadable"]
