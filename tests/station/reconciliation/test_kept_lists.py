"""A foreign list is kept whole or not at all, told by its file's name, and looked up in by key and by person."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.domain.naming.keys import EntryNumber, LedgerKey
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.reconciliation import kept_lists, list_columns
from station.reconciliation.kept_lists import KeptEntry, KeptList
from station.reconciliation.persons import PersonRecord
from tests.station.opened_station import WHO, OpenedStation

HEADER = "so;quyenSo;ngayDangKy;nksHoTen;nksNgaySinh;meHoTen\n"
FIRST = "1;01/2007;15.01.2007;Nguyễn Thị Hoà;12.01.2007;Trần Thị Mẫu\n"
KEY = LedgerKey("KS", 2007, "01")


def keep(desk: OpenedStation, rows: str, name: str = "list.csv", **how: str) -> KeptList:
    file = desk.folder / name
    file.write_text(HEADER + rows, encoding="utf-8-sig")
    table = list_columns.read(desk.station, file, {})
    return kept_lists.keep(desk.station, table, **{"ledger_type": "KS", "who": WHO, **how})


def with_key(desk: OpenedStation, number: str) -> list[KeptEntry]:
    listed: list[KeptEntry] = []
    for file in kept_lists.files(desk.station):
        with kept_lists.opened(file) as one:
            listed += one.with_key(KEY, EntryNumber.parse(number))
    return listed


def test_entry_is_found_by_its_key_and_by_its_person(desk: OpenedStation) -> None:
    about = keep(desk, FIRST + "x1;01/2007;;Không rõ;;\n", place="19429")
    assert (about.name, about.rows, about.unreadable, about.kept_by) == ("list.csv", 1, 1, WHO)
    (listed,) = with_key(desk, "1")
    assert (listed.row, listed.place, listed.name, listed.mother) == (2, "19429", "Nguyễn Thị Hoà", "Trần Thị Mẫu")
    assert (str(listed.date), str(listed.born)) == ("2007-01-15", "2007-01-12")
    (file,) = kept_lists.files(desk.station)
    with kept_lists.opened(file) as one:
        swapped = PersonRecord(0, "NGUYEN THI HOA", PartialDate(2007, 12, 1), "")
        assert list(one.of_person(swapped)) == [listed]
        other_mother = PersonRecord(0, "Nguyễn Thị Hoà", PartialDate(2007, 1, 12), "Lê Thị Khác")
        assert list(one.of_person(other_mother)) == []


def test_list_of_the_same_name_takes_the_place_of_the_one_before(desk: OpenedStation) -> None:
    keep(desk, FIRST)
    keep(desk, FIRST.replace("1;", "2;", 1))
    keep(desk, FIRST, "phase-1.csv")
    assert [one.name for one in kept_lists.kept(desk.station)] == ["list.csv", "phase-1.csv"]
    assert [one.list_name for one in with_key(desk, "1")] == ["phase-1.csv"]
    kept_lists.remove(desk.station, "phase-1.csv", who=WHO)
    assert (with_key(desk, "1"), len(with_key(desk, "2"))) == ([], 1)
    with pytest.raises(Refused, match="phase-1"):
        kept_lists.remove(desk.station, "phase-1.csv", who=WHO)


def test_what_cannot_be_kept_leaves_the_list_of_before(desk: OpenedStation) -> None:
    keep(desk, FIRST)
    with pytest.raises(Refused, match="--map"):
        keep(desk, "Tổng;;;;;\n")
    with pytest.raises(Refused):
        keep_cut_off(desk)
    assert len(with_key(desk, "1")) == 1
    assert [file.suffix for file in desk.station.folders.lists.iterdir()] == [".sqlite3"]


def keep_cut_off(desk: OpenedStation) -> None:
    """A list that goes on in another encoding: this is seen behind many rows."""
    file: Path = desk.folder / "list.csv"
    long = "".join(f"{number};01/2007;;{'x' * 200};;\n" for number in range(1, 3000))
    file.write_bytes((HEADER + long).encode() + b"H\xf2a")
    kept_lists.keep(desk.station, list_columns.read(desk.station, file, {}), ledger_type="KS", who=WHO)


def test_damaged_list_is_told_by_its_file_and_can_be_kept_again(desk: OpenedStation) -> None:
    keep(desk, FIRST)
    (file,) = kept_lists.files(desk.station)
    file.write_bytes(b"no list" * 100)
    with pytest.raises(Refused, match="--keep"):
        kept_lists.kept(desk.station)
    keep(desk, FIRST)
    assert len(kept_lists.kept(desk.station)) == 1
