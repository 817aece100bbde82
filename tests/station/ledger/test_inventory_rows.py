"""The rows of an inventory: types are written by code or by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.ledger.inventory_columns import table_of
from station.ledger.inventory_rows import read_rows

NAMES = {"khai sinh": "KS", "ket hon": "KH", "birth": "KS"}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(("KS", "KS"), ("ks", "KS"), ("Khai sinh", "KS"), ("KẾT HÔN", "KH"), ("Birth", "KS")),
        *(("Sổ đăng ký khai sinh", "KS"), ("Sổ khai sinh", "KS"), ("Đăng ký kết hôn", "KH")),
    ],
)
def test_type_is_known_by_its_code_and_by_its_name(tmp_path: Path, written: str, code: str) -> None:
    (tmp_path / "list.csv").write_text(f"Loại;Năm;Quyển\n{written};2007;1\n", encoding="utf-8")
    rows, mistakes = read_rows(table_of(tmp_path / "list.csv").headed, NAMES)
    assert (mistakes, [row.key.type for row in rows]) == ([], [code])


def test_name_of_no_type_is_told_with_its_cell(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Loại;Năm;Quyển\nKhai báo;2007;1\n", encoding="utf-8")
    rows, (mistake,) = read_rows(table_of(tmp_path / "list.csv").headed, NAMES)
    assert rows == []
    assert mistake.reason.code == "type-code-malformed"
    assert 'A2, đang ghi: "Khai báo"' in mistake.sentence("vi")
