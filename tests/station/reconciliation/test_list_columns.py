"""Which column holds what: by the headings, or as it was said once."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.errors import Refused
from station.packaging.workbook import write_table
from station.reconciliation import list_columns
from station.reconciliation.list_columns import MappedList
from tests.station.hidden_sheets import hide, is_told, older
from tests.station.opened_station import WHO, OpenedStation

LIST = "Danh sách giai đoạn 1\nSTT;Số ĐK;Sổ;Ngày;Họ và tên\n1;12;01/2007;3/4/2007;Lê Văn Thử\n"
SAID = {"number": "Số ĐK", "book": "C"}


@pytest.fixture
def file(desk: OpenedStation) -> Path:
    path = desk.folder / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def read(desk: OpenedStation, file: Path, **typed: str) -> MappedList:
    return list_columns.read(desk.station, file, typed)


def test_what_a_person_says_is_shown_with_the_first_rows(desk: OpenedStation, file: Path) -> None:
    table = read(desk, file, **SAID)
    assert table.headings_by_field() == {"name": "Họ và tên", "number": "Số ĐK", "book": "Sổ"}
    assert table.sample(5) == [{"name": "Lê Văn Thử", "number": "12", "book": "01/2007"}]


def test_it_is_remembered_for_lists_with_the_same_headings_and_for_no_others(desk: OpenedStation, file: Path) -> None:
    with pytest.raises(Refused, match="--map"):
        read(desk, file)
    list_columns.remember(desk.station, read(desk, file, **SAID), SAID, who=WHO)
    assert set(read(desk, file).headings_by_field()) == {"name", "number", "book"}
    list_columns.remember(desk.station, read(desk, file, **SAID, date="D"), {**SAID, "date": "D"}, who=WHO)
    assert read(desk, file).headings_by_field()["date"] == "Ngày"
    file.write_text(LIST.replace("STT", "TT"), encoding="utf-8")
    with pytest.raises(Refused, match="--map"):
        read(desk, file)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"number": "Số hiệu"}, "reconcile-heading-unknown"),
        ({"number": "Z"}, "reconcile-heading-unknown"),
        ({"nummer": "Số ĐK"}, "reconcile-field-unknown"),
    ],
)
def test_heading_or_field_that_is_not_there_is_told(
    desk: OpenedStation, file: Path, typed: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        read(desk, file, **typed)
    assert refused.value.code == code


def test_map_is_read_from_the_command_or_a_file(tmp_path: Path) -> None:
    assert list_columns.parse("number=Số ĐK, book = C") == {"number": "Số ĐK", "book": "C"}
    assert list_columns.parse(None) == {}
    (tmp_path / "map.toml").write_text('number = "Số ĐK"\n', encoding="utf-8")
    assert list_columns.parse(str(tmp_path / "map.toml")) == {"number": "Số ĐK"}
    (tmp_path / "map.toml").write_text("number: Số ĐK\n", encoding="utf-8")
    for malformed in ("number", "number=", str(tmp_path / "map.toml")):
        with pytest.raises(Refused, match="TOML"):
            list_columns.parse(malformed)


def test_hidden_sheet_is_passed_over_and_named_where_it_alone_is_a_list(desk: OpenedStation) -> None:
    file = desk.folder / "list.xlsx"
    write_table(file, "Khai sinh", ["so", "quyenSo"], [["12", "01/2007"]])
    older(file, [["so", "quyenSo", "ngayDangKy", "hoTen"], ["9", "01/2007", "3/4/2007", "Lê Văn Thử"]])
    assert read(desk, file).sample(5) == [{"number": "12", "book": "01/2007"}]
    write_table(file, "Khai sinh", ["so", "quyenSo"], [["12", "01/2007"]])
    sheet = hide(file)
    with pytest.raises(Refused) as refused:
        read(desk, file)
    assert is_told(refused.value, sheet)
