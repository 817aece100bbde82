"""Columns are known by their names, however an office's heading writes them."""

from __future__ import annotations

import pytest

from station.errors import Refused
from station.rows import built_in
from station.rows.columns import normal_name


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("loaiDangKy i=[1,2,3,4,5,6]", "loaiDangKy"),
        ("loaiDangKy i = [0, 1", "loaiDangKy"),
        ("noiDangKy UBND xã, huyện, tỉnh", "noiDangKy"),
        ("  NKS_Ho Ten ", "nksHoTen"),
        ("quyenSo\n", "quyenSo"),
    ],
)
def test_heading_is_known_without_its_hints(heading: str, name: str) -> None:
    assert normal_name(heading) == normal_name(name)
    assert built_in.template("KS").column(heading).name == name


def test_slip_in_a_name_is_told_with_the_nearest_column() -> None:
    with pytest.raises(Refused) as refused:
        built_in.template("KS").column("meHoTne")
    assert (refused.value.code, refused.value.facts["suggestion"]) == ("row-column-typo", "meHoTen")


def test_name_of_no_column_is_refused() -> None:
    with pytest.raises(Refused, match="xyz"):
        built_in.template("KH").column("xyz")
