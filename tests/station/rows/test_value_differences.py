"""What counts as a difference between two keyings of a column."""

from __future__ import annotations

import pytest

from station.rows import built_in
from station.rows.value_differences import DifferenceKind, difference, same

VALUE, SIGNS = DifferenceKind.VALUE, DifferenceKind.SIGNS


@pytest.mark.parametrize(
    ("column", "one", "other", "kind"),
    [
        ("nksHoTen", "Nguyễn Thị Hoà", "NGUYỄN THỊ HÒA", None),
        ("nksHoTen", "Nguyễn Thị Hoa", "Nguyễn Thị Hoá", SIGNS),
        ("nksHoTen", "Đặng Văn Tám", "Dang Van Tam", SIGNS),
        ("nksHoTen", "Nguyễn Thị Hoa", "Nguyễn Thị Hoan", VALUE),
        ("nksHoTen", "Nguyễn Thị Hoa", "", VALUE),
        ("nksHoTen", "?", "Nguyễn Thị Hoa", VALUE),
        ("nksHoTen", "?", "-", None),
        ("noiDangKy", "UBND xã Một", "UBND xã Hai", VALUE),
        ("nksNgaySinh", "15/1/2007", "15.01.2007", None),
        ("nksNgaySinh", "15.01.2007", "15.07.2007", VALUE),
        ("nksNgaySinh", "15.01.2007", "01.2007", VALUE),
        ("nksGioiTinh", "1", "2", VALUE),
        ("meSoGiayToTuyThan", "191 234 567", "191234567", None),
        ("meSoGiayToTuyThan", "191234567", "191234576", VALUE),
        ("meSoGiayToTuyThan", "B1-23", "B123", VALUE),
    ],
)
def test_two_keyings_of_a_column(column: str, one: str, other: str, kind: DifferenceKind | None) -> None:
    of = built_in.template("KS").column(column)
    assert difference(of, one, other) == kind
    assert difference(of, other, one) == kind


def test_text_that_is_no_date_is_compared_as_it_stands() -> None:
    column = built_in.template("KS").column("nksNgaySinh")
    assert same(column, "khoảng 1950", "KHOẢNG 1950")
    assert not same(column, "khoảng 1950", "1950")
