"""Which column of an inventory holds what: told by headings, by a person, or by what a person said before."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.ledger.inventory_columns import InventoryChoice, InventoryColumn, digest, table_of

ODD = "Danh sách sổ\nSTT;Tên sổ;Mở;Tập\n1;KH;2007;1\n"
COLUMNS = {InventoryColumn.TYPE: 1, InventoryColumn.YEAR: 2, InventoryColumn.BOOK: 3}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(ODD, encoding="utf-8")
    return path


def test_row_that_fills_most_columns_is_offered_where_no_heading_is_known(file: Path) -> None:
    table = table_of(file)
    assert table.headed.headings == ("STT", "Tên sổ", "Mở", "Tập")
    assert table.trouble is not None
    assert table.trouble[0] == "inventory-columns-missing"


def test_columns_and_headings_are_what_a_person_says(file: Path) -> None:
    table = table_of(file, InventoryChoice(row=2, columns=COLUMNS))
    assert table.trouble is None
    assert [table.headed.texts(cells) for _, cells in table.headed.rows] == [
        {InventoryColumn.TYPE: "KH", InventoryColumn.YEAR: "2007", InventoryColumn.BOOK: "1"}
    ]


def test_what_was_said_before_holds_for_the_same_headings_only(file: Path) -> None:
    said = {digest(("STT", "Tên sổ", "Mở", "Tập")): {column.value: str(at) for column, at in COLUMNS.items()}}
    assert table_of(file, maps=said).headed.columns == COLUMNS
    file.write_text(ODD.replace("Tập", "Tập số"), encoding="utf-8")
    assert table_of(file, maps=said).trouble is not None


def test_what_a_person_says_now_goes_before_what_was_said(file: Path) -> None:
    said = {digest(("STT", "Tên sổ", "Mở", "Tập")): {"type": "0"}}
    assert table_of(file, InventoryChoice(columns=COLUMNS), said).headed.columns == COLUMNS


def test_two_headings_of_one_meaning_are_settled_by_a_person(file: Path) -> None:
    file.write_text("Loại;Năm;Quyển;Year\nKH;2007;1;2008\n", encoding="utf-8")
    trouble = table_of(file).trouble
    assert trouble is not None
    assert trouble[0] == "inventory-column-twice"
    by_person = {InventoryColumn.TYPE: 0, InventoryColumn.YEAR: 3, InventoryColumn.BOOK: 2}
    assert table_of(file, InventoryChoice(columns=by_person)).trouble is None
