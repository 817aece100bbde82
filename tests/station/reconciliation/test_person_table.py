"""One look in the table gives everybody who may be the person, and of 20,000 others hardly anybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from station.domain.naming.partial_dates import PartialDate
from station.reconciliation import person_table, persons
from station.reconciliation.persons import PersonRecord

WHO = PersonRecord(1, "Nguyễn Thị Hoà", PartialDate(2007, 1, 12), "Trần Thị Mẫu")


def person(name: str, born: str, mother: str = "", of: int = 2) -> PersonRecord:
    return PersonRecord(of, name, PartialDate.from_person(born), mother)


@pytest.fixture
def table() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(person_table.SCHEMA)
    person_table.add(connection, [WHO])
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "asked",
    [
        person("Nguyễn Thị Hoà", "12/1/2007", "Trần Thị Mẫu"),
        person("NGUYEN THI HOA", "1/12/2007"),
        person("Nguyễn Thị Hóa", "2007", "tran thi mau"),
        person("Nguyễn Thị Hoà", "", "Trần Thị Mẫu"),
    ],
)
def test_everybody_whom_is_same_takes_for_the_person_is_a_candidate(
    table: sqlite3.Connection, asked: PersonRecord
) -> None:
    assert persons.is_same(WHO, asked.born, asked.mother)
    assert person_table.candidates(table, asked) == [1]


def test_record_without_a_whole_day_is_found_by_the_mother(table: sqlite3.Connection) -> None:
    person_table.add(table, [person("Lê Văn Thử", "1985", "Hồ Thị Mẹ", of=7)])
    assert person_table.candidates(table, person("Lê Văn Thử", "3/4/1985", "Hồ Thị Mẹ")) == [7]


@pytest.mark.parametrize(
    "asked",
    [person("", "12/1/2007"), person("Nguyễn Thị Hoà", ""), person("Nguyễn Thị Hoà", "13/1/2007", "Trần Thị Mẫu")],
)
def test_no_name_no_day_or_another_day_gives_nobody(table: sqlite3.Connection, asked: PersonRecord) -> None:
    assert person_table.candidates(table, asked) == []


def test_common_name_costs_no_look_at_all_who_bear_it(table: sqlite3.Connection) -> None:
    days = [PartialDate(1950 + day // 300, 1 + day % 12, 1 + day % 25) for day in range(20_000)]
    person_table.add(table, [PersonRecord(10 + n, "Nguyễn Thị Hoa", day, f"Mẹ {n}") for n, day in enumerate(days)])
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    table.set_progress_handler(count, 1)
    assert len(person_table.candidates(table, person("Nguyễn Thị Hoa", "3/3/2010", "Mẹ 5"))) < 20
    assert steps < 2000
