"""Who is likely one person in two books: planted duplicates are told, others are not."""

from __future__ import annotations

import pytest

from station.domain.naming.partial_dates import PartialDate
from station.reconciliation.persons import PersonIndex, PersonRecord

INDEX = PersonIndex([PersonRecord(1, "Nguyễn Thị Hoà", PartialDate(2007, 1, 12), "Trần Thị Mẫu")])


def same(name: str, born: str, mother: str = "") -> bool:
    return [one.of for one in INDEX.likely_same(name, PartialDate.from_person(born), mother)] == [1]


@pytest.mark.parametrize(
    ("name", "born", "mother"),
    [
        ("Nguyễn Thị Hoà", "12/1/2007", "Trần Thị Mẫu"),
        ("NGUYỄN THỊ HÒA", "12/1/2007", ""),
        ("Nguyen Thi Hoa", "12.01.2007", "Tran Thi Mau"),
        ("Nguyễn Thị Hóa", "1/12/2007", "Trần Thị Mẫu"),
        ("Nguyễn Thị Hoà", "2007", "Trần Thị Mẫu"),
        ("Nguyễn Thị Hoà", "", "Trần thị Mẫu"),
    ],
)
def test_exact_without_signs_with_day_and_month_exchanged_or_by_the_mother(name: str, born: str, mother: str) -> None:
    assert same(name, born, mother)


@pytest.mark.parametrize(
    ("name", "born", "mother"),
    [
        ("Nguyễn Thị Hoàn", "12/1/2007", "Trần Thị Mẫu"),
        ("Nguyễn Thị Hoà", "13/1/2007", "Trần Thị Mẫu"),
        ("Nguyễn Thị Hoà", "12/1/2007", "Lê Thị Mẫu"),
        ("Nguyễn Thị Hoà", "2007", ""),
        ("Nguyễn Thị Hoà", "2008", "Trần Thị Mẫu"),
        ("", "12/1/2007", "Trần Thị Mẫu"),
    ],
)
def test_another_name_day_or_mother_is_another_person_and_a_name_alone_tells_nobody(
    name: str, born: str, mother: str
) -> None:
    assert not same(name, born, mother)
