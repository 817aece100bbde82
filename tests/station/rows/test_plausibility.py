"""What is odd in a row is told; what is only partly known raises no doubt that it does not prove."""

from __future__ import annotations

import pytest

from station.rows import built_in, plausibility


def codes(type_code: str, **row: str) -> list[str]:
    return [doubt.code for doubt in plausibility.doubts(built_in.template(type_code), row)]


@pytest.mark.parametrize(
    ("mother", "child", "odd"),
    [
        ("15.01.1995", "14.01.2007", True),
        ("15.01.1995", "15.01.2007", False),
        ("01.1995", "01.2007", False),
        ("1995", "2007", False),
        ("1996", "2007", True),
        ("1946", "2007", False),
        ("1945", "2007", True),
        ("2010", "2007", True),
        ("?", "2007", False),
        ("", "2007", False),
    ],
)
def test_mother_is_twelve_to_sixty_years_older(mother: str, child: str, odd: bool) -> None:
    assert ("row-doubt-age" in codes("KS", meNgaySinh=mother, nksNgaySinh=child)) is odd


def test_doubt_names_both_columns_and_dates() -> None:
    (doubt,) = plausibility.doubts(built_in.template("KS"), {"meNgaySinh": "2000", "nksNgaySinh": "15.01.2007"})
    assert "Mẹ: Ngày sinh (2000)" in doubt.sentence("vi")
    assert "Child: Born on (15.01.2007)" in doubt.sentence("en")


@pytest.mark.parametrize(
    ("born", "odd"), [("16.01.2007", True), ("15.01.2007", False), ("2007", False), ("2008", True)]
)
def test_registration_is_not_before_the_birth(born: str, odd: bool) -> None:
    assert (codes("KS", nksNgaySinh=born, ngayDangKy="15.01.2007") == ["row-doubt-order"]) is odd


def test_death_is_not_before_the_birth_and_not_behind_its_registration() -> None:
    assert "row-doubt-order" in codes("KT", nktNgaySinh="1950", nktNgayChet="1949")
    assert codes("KT", nktNgayChet="16.01.2007", ngayDangKy="15.01.2007") == ["row-doubt-order"]
    assert codes("KT", nktNgaySinh="1930", nktNgayChet="14.01.2007", ngayDangKy="15.01.2007") == []


@pytest.mark.parametrize(("who", "born", "odd"), [("chong", 1988, True), ("chong", 1987, False), ("vo", 1989, False)])
def test_husband_is_twenty_and_wife_eighteen(who: str, born: int, odd: bool) -> None:
    row = {f"{who}NgaySinh": f"01.01.{born}", "ngayDangKy": "15.01.2007"}
    assert (codes("KH", **row) == ["row-doubt-age"]) is odd


def test_personal_number_tells_year_and_sex() -> None:
    mother = {"meSoGiayToTuyThan": "001180012345", "meLoaiGiayToTuyThan": "4", "meNgaySinh": "1980"}
    assert codes("KS", **mother) == []
    assert codes("KS", **{**mother, "meNgaySinh": "1981"}) == ["row-doubt-number-year"]
    assert codes("KS", **{**mother, "meSoGiayToTuyThan": "001080012345"}) == ["row-doubt-number-sex"]
    assert codes("KS", **{**mother, "meSoGiayToTuyThan": "00118001234"}) == ["row-doubt-number-length"]


def test_number_of_an_older_identity_card_says_nothing() -> None:
    assert codes("KS", meSoGiayToTuyThan="123456789", meLoaiGiayToTuyThan="1", meNgaySinh="1980") == []


def test_child_born_since_2000_has_another_century_digit() -> None:
    template = built_in.template("KS")
    row = {"nksSoDinhDanh": "001207012345", "nksNgaySinh": "15.01.2007", "nksGioiTinh": "1"}
    assert plausibility.doubts(template, row) == []
    assert [one.code for one in plausibility.doubts(template, {**row, "nksGioiTinh": "2"})] == ["row-doubt-number-sex"]
