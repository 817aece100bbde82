"""The index of keyed persons follows the rows and the log, and is made anew where it is not this catalogue's."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import func, select

from station.catalogue.models import Event
from station.domain.naming.partial_dates import PartialDate
from station.errors import StorageFailed
from station.reconciliation import keyed_persons
from station.reconciliation.persons import PersonRecord
from tests.station.opened_station import OpenedStation
from tests.station.reconciliation.entered_ledgers import entered, key

CHILD = {"nksHoTen": "Nguyễn Thị Hoà", "nksNgaySinh": "12/1/2007", "meHoTen": "Trần Thị Mẫu"}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Two births, of the first the child is keyed."""
    name = entered(desk, "KS.2007.01", 2)
    key(desk, name, "1", **CHILD)
    return name


def entries_of(desk: OpenedStation, name: str = "Nguyễn Thị Hoà") -> list[int]:
    record = PersonRecord(0, name, PartialDate(2007, 1, 12), "")
    with (
        desk.station.catalogue.reading() as session,
        keyed_persons.up_to_date(desk.station.folders.keyed_persons, session) as index,
    ):
        return index.candidates(record)


def test_index_follows_what_is_keyed_and_corrected(desk: OpenedStation, ledger: str) -> None:
    assert entries_of(desk) == [1]
    key(desk, ledger, "2", **CHILD)
    assert entries_of(desk) == [1, 2]
    key(desk, ledger, "1", nksHoTen="Nguyễn Thị Lan")
    assert (entries_of(desk), entries_of(desk, "Nguyễn Thị Lan")) == ([2], [1])


def test_both_people_of_a_marriage_are_in_it(desk: OpenedStation) -> None:
    name = entered(desk, "KH.2007.01", 1)
    key(
        desk,
        name,
        "1",
        chongHoTen="Lê Văn Chồng",
        chongNgaySinh="12/1/2007",
        voHoTen="Hồ Thị Vợ",
        voNgaySinh="1/12/2007",
    )
    assert (entries_of(desk, "Lê Văn Chồng"), entries_of(desk, "Hồ Thị Vợ")) == ([1], [1])


def test_index_reads_only_what_is_new(desk: OpenedStation, ledger: str) -> None:
    entries_of(desk)
    with sqlite3.connect(desk.station.folders.keyed_persons) as connection:
        connection.execute("DELETE FROM person")
    key(desk, ledger, "2", **CHILD)
    assert entries_of(desk) == [2]


@pytest.mark.parametrize("trouble", ["missing", "damaged", "of-another-catalogue", "behind-an-older-catalogue"])
def test_index_that_does_not_fit_the_catalogue_is_made_anew(desk: OpenedStation, ledger: str, trouble: str) -> None:
    entries_of(desk)
    file = desk.station.folders.keyed_persons
    newest = desk.one(select(func.max(Event.id)))
    if trouble == "missing":
        file.unlink()
    elif trouble == "damaged":
        file.write_bytes(b"no index" * 200)
    else:
        with sqlite3.connect(file) as connection:
            connection.execute("DELETE FROM person")
            later = newest if trouble == "of-another-catalogue" else newest + 9
            connection.execute("UPDATE seen SET line = ?, hash = 'another'", (later,))
    assert entries_of(desk) == [1]


def test_index_found_damaged_on_the_way_is_told_and_the_next_look_has_a_new_one(
    desk: OpenedStation, ledger: str
) -> None:
    entries_of(desk)
    file = desk.station.folders.keyed_persons
    with (
        pytest.raises(StorageFailed, match="keying goes on"),
        desk.station.catalogue.reading() as session,
        keyed_persons.up_to_date(file, session),
    ):
        raise sqlite3.DatabaseError("database disk image is malformed")
    assert not file.exists()
    assert entries_of(desk) == [1]
