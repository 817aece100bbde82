"""What people type becomes the one form that is stored; what the import would refuse is refused at once."""

from __future__ import annotations

import pytest

from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.rows import built_in, values

BIRTHS = built_in.template("KS")


def read(column: str, typed: str) -> str:
    return values.read(BIRTHS.column(column), typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("15/1/2007", "15.01.2007"),
        ("15.01.2007", "15.01.2007"),
        ("15-1-2007", "15.01.2007"),
        ("15 1 2007", "15.01.2007"),
        ("15012007", "15.01.2007"),
        ("2007-01-15", "15.01.2007"),
        ("ngày 15 tháng 1 năm 2007", "15.01.2007"),
        ("tháng 1 năm 2007", "01.2007"),
        ("012007", "01.2007"),
        ("1/2007", "01.2007"),
        ("?/1/2007", "01.2007"),
        ("năm 1954", "1954"),
        ("1954", "1954"),
        ("?", "?"),
        ("-", "-"),
        ("", ""),
    ],
)
def test_date_is_typed_loosely_and_stands_as_the_ministry_writes_it(typed: str, stored: str) -> None:
    assert read("nksNgaySinh", typed) == stored


@pytest.mark.parametrize("typed", ["15/1/07", "150107", "31/2/2007", "mười lăm", "1/1/5005", "15//2007"])
def test_date_that_is_none_is_refused_with_its_column(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        read("nksNgaySinh", typed)
    assert "Ngày sinh" in refused.value.sentence("vi")


def test_stored_date_is_read_back() -> None:
    assert values.date_of("01.2007") == PartialDate(2007, 1)
    assert values.date_of("?") == values.date_of("") == PartialDate()


def test_code_must_be_one_of_its_list_and_the_list_is_told() -> None:
    assert read("nksGioiTinh", " 2 ") == "2"
    with pytest.raises(Refused) as refused:
        read("nksGioiTinh", "4")
    assert "1 Nam; 2 Nữ; 3 Chưa xác định" in refused.value.sentence("vi")


@pytest.mark.parametrize("typed", ["001 099 012 345", "001.099.012.345", "001099012345"])
def test_personal_number_has_twelve_digits(typed: str) -> None:
    assert values.read(BIRTHS.later["meSoDinhDanh"], typed) == "001099012345"


def test_personal_number_of_eleven_digits_is_refused() -> None:
    with pytest.raises(Refused, match="12 digits"):
        values.read(BIRTHS.later["meSoDinhDanh"], "00109901234")


def test_number_of_an_identity_paper_loses_its_gaps() -> None:
    assert read("meSoGiayToTuyThan", "b 123.456") == "B123456"


def test_name_is_composed_and_stands_without_needless_spaces() -> None:
    assert read("meHoTen", "  Nguye\u0302\u0303n   Thị\tHoa\u200b ") == "Nguyễn Thị Hoa"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("=1+1", "formula"),
        (" =SUM(A1)", "formula"),
        ("Nguyễn\nThị Hoa", "line"),
        ("Nguyễn\u2028Thị Hoa", "line"),
        ("Nguyễn\x00Thị", "signs"),
        ("x" * 32_768, "32767"),
    ],
)
def test_value_that_a_cell_cannot_hold_is_refused_in_a_sentence(typed: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read("meNoiCuTru", typed)


def test_value_as_long_as_a_cell_takes_is_kept() -> None:
    assert read("meNoiCuTru", "x" * 32_767) == "x" * 32_767


@pytest.mark.parametrize("typed", ["+84 12", "@SUM", "-5", "TRUE", "001", "1e5"])
def test_what_only_looks_like_something_else_stays_as_typed(typed: str) -> None:
    assert read("meNoiCuTru", typed) == typed


def test_marks_leave_the_cell_empty() -> None:
    assert [values.cell(value) for value in ("?", "-", "Hoa")] == ["", "", "Hoa"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("5/4/2011", "Ngày năm, tháng tư, năm hai nghìn không trăm mười một"),
        ("2/1985", "Tháng hai, năm một nghìn chín trăm tám mươi lăm"),
        ("?", ""),
        ("hôm qua", ""),
    ],
)
def test_date_is_said_in_words(typed: str, said: str) -> None:
    assert values.words(typed) == said
