"""What is odd in a row is told; what is only partly known raises no doubt that it does not prove."""

from __future__ import annotations

import pytest

from station.rows import built_in, plausibility


def codes(type_code: str, **row: str) -> list[str]:
    return [doubt.message.code for doubt in plausibility.doubts(built_in.template(type_code), row)]


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
        ("?", "2007", False),
        ("", "2007", False),
    ],
)
def test_mother_is_twelve_to_sixty_years_older(mother: str, child: str, odd: bool) -> None:
    assert ("row-doubt-age" in codes("KS", meNgaySinh=mother, nksNgaySinh=child)) is odd


def said(type_code: str, language: str, **row: str) -> str:
    (doubt,) = plausibility.doubts(built_in.template(type_code), row)
    return doubt.message.sentence(language)


def test_age_is_told_with_whose_it_is_and_both_dates() -> None:
    row = {"meNgaySinh": "2000", "nksNgaySinh": "15.01.2007"}
    assert said("KS", "vi", **row) == (
        "Tuổi của mẹ khi sinh con là 7: ngày sinh của mẹ là 2000, ngày sinh của người được khai sinh là 15/01/2007; "
        "thường từ 12 đến 60 tuổi. Trong sổ có ghi đúng như vậy không?"
    )
    assert said("KS", "en", **row) == (
        "The mother's age at the birth is 7: the mother's date of birth is 2000, the child's date of birth 15/01/2007; "
        "usual is 12 to 60. Does the page say so?"
    )


def test_order_is_told_in_a_sentence_in_every_import_file() -> None:
    row = {"nktNgayChet": "16.01.2007", "gbtNgay": "15.01.2007"}
    assert "ngày của giấy báo tử (15/01/2007) lại trước ngày chết (16/01/2007)" in said("KT", "vi", **row)
    assert "the date of the death paper (15/01/2007) lies before the date of death" in said("KT", "en", **row)
    row = {"nxnThoiGianCuTruTu": "2007", "nxnThoiGianCuTruDen": "2006"}
    assert "ngày hết cư trú (2006) lại trước ngày bắt đầu cư trú (2007)" in said("HN", "vi", **row)


@pytest.mark.parametrize(
    ("column", "typed", "name"),
    [
        ("meDanToc", "taoi", "Tà Ôi (Pa-co)"),
        ("meDanToc", "Paco", None),
        ("meDanToc", "Tà Ôi", None),
        ("meDanToc", "Pa Cô", None),
        ("meDanToc", "kinh", None),
        ("meDanToc", "Kin", "Kinh"),
        ("meDanToc", "muongg", "Mường"),
        ("meDanToc", "Bru - Vân Kiều", None),
        ("meDanToc", "Meo", None),
        ("meDanToc", "Cao", None),
        ("meDanToc", "?", None),
        ("meQuocTich", "vietnam", "Việt Nam"),
        ("meQuocTich", "Việt-nam", None),
        ("meQuocTich", "An Nam", None),
        ("nksNoiSinh", "Tram xa", None),
    ],
)
def test_name_of_a_list_without_its_signs_is_asked_about_and_old_names_are_not(
    column: str, typed: str, name: str | None
) -> None:
    odd = [one.message for one in plausibility.doubts(built_in.template("KS"), {column: typed})]
    assert [(one.code, one.facts["name"]) for one in odd] == ([("row-doubt-name", name)] if name else [])


def test_name_is_told_with_whose_it_is() -> None:
    assert said("KS", "vi", meDanToc="taoi") == (
        'Trong dòng này, dân tộc của mẹ là "taoi"; danh mục có "Tà Ôi (Pa-co)". Trong sổ có ghi đúng như vậy không?'
    )
    assert said("KH", "en", chongQuocTich="vietnam").startswith("In this row the husband's nationality is")


def test_number_is_told_with_whose_it_is() -> None:
    row = {"meSoGiayToTuyThan": "001080012345", "meLoaiGiayToTuyThan": "4"}
    assert "Theo số giấy tờ của mẹ (001080012345) thì người này là nam" in said("KS", "vi", **row)
    row = {"meSoGiayToTuyThan": "001180012345", "meLoaiGiayToTuyThan": "4", "meNgaySinh": "1981"}
    assert "thì năm sinh là 1980, nhưng ngày sinh của mẹ lại ghi năm 1981" in said("KS", "vi", **row)


def test_mother_born_after_her_child_has_no_age() -> None:
    assert codes("KS", meNgaySinh="2010", nksNgaySinh="2007") == ["row-doubt-order"]
    assert codes("KT", nktNgaySinh="1950", nktNgayChet="1949") == ["row-doubt-order"], "once, though two checks see it"


def marks(**row: str) -> list[str]:
    return [doubt.mark for doubt in plausibility.doubts(built_in.template("KS"), row)]


def test_mark_stays_with_the_values_that_raised_the_doubt_and_says_nothing_of_them() -> None:
    odd = {"meNgaySinh": "2000", "nksNgaySinh": "15.01.2007"}
    (mark,) = marks(**odd)
    assert marks(**odd, meHoTen="Trần Thị Mẫu", chaNgaySinh="1980") == [mark]
    assert marks(**{**odd, "meNgaySinh": "2001"}) != [mark]
    assert marks(chaNgaySinh="2000", nksNgaySinh="15.01.2007") != [mark]
    assert len(mark) == 16
    assert not {"2000", "2007"} & {mark}


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
    assert codes("KS", **{**row, "nksGioiTinh": "2"}) == ["row-doubt-number-sex"]
