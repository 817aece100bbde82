"""Whoever keys a row hears that the entry is there already: by its key, by its person, here and in kept lists."""

from __future__ import annotations

import pytest

from station.errors import Refused
from station.ledger import entries
from station.ledger.entries import Act
from station.reconciliation import duplicates, kept_lists, list_columns
from tests.station.opened_station import BESIDE, WHO, OpenedStation
from tests.station.reconciliation.entered_ledgers import entered, key

CHILD = {"nksHoTen": "Nguyễn Thị Hoà", "nksNgaySinh": "12/1/2007", "meHoTen": "Trần Thị Mẫu"}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    """Births of 1 to 3 January; of the first the child is keyed."""
    name = entered(desk, "KS.2007.01", 3)
    key(desk, name, "1", **CHILD)
    return name


def keep(desk: OpenedStation, *rows: str, place: str = "") -> None:
    file = desk.folder / "phase-1.csv"
    file.write_text("\n".join(("so;quyenSo;ngayDangKy;nksHoTen;nksNgaySinh;meHoTen", *rows)), encoding="utf-8-sig")
    table = list_columns.read(desk.station, file, {})
    kept_lists.keep(desk.station, table, ledger_type="KS", place=place, who=WHO)


def told(desk: OpenedStation, ledger: str, entry: int, **typed: str) -> list[tuple[str, str]]:
    likely = duplicates.of_row(desk.station, ledger, entry, typed)
    return [(one.message.code, one.other) for one in likely]


SAME_CHILD = ("already-here", "19429:KS.2007.01 2007/001")


@pytest.mark.parametrize(
    "typed",
    [
        CHILD,
        {"nksHoTen": "NGUYỄN THỊ HÒA", "nksNgaySinh": "12012007"},
        {"nksHoTen": "nguyen thi hoa", "nksNgaySinh": "1.12.2007", "meHoTen": "?"},
        {"nksHoTen": "Nguyễn Thị Hoá", "meHoTen": "Trần thị Mẫu"},
    ],
    ids=["exactly", "tone", "exchanged", "mother-alone"],
)
def test_person_in_the_offices_own_rows_is_told_while_it_is_typed(
    desk: OpenedStation, ledger: str, typed: dict[str, str]
) -> None:
    (one,) = duplicates.of_row(desk.station, ledger, 2, typed)
    assert (one.message.code, one.other, one.entry_id, one.ledger) == (*SAME_CHILD, 1, ledger)
    for part in ("Nguyễn Thị Hoà", "12/01/2007", "KS.2007.01", "001", "01/01/2007"):
        assert part in one.message.sentence("vi")


@pytest.mark.parametrize(
    "typed",
    [
        {"nksHoTen": "Nguyễn Thị Hoà"},
        {"nksHoTen": "Nguyễn Thị Hoà", "nksNgaySinh": "13/1/2007"},
        {**CHILD, "meHoTen": "Lê Thị Khác"},
        {"nksHoTen": "?", "nksNgaySinh": "12/1/2007"},
        {"nksHoTen": "=SUM(A1)", "nksNgaySinh": "45/1/2007", "noColumn": "x"},
    ],
)
def test_another_person_and_what_cannot_be_read_tell_nothing(
    desk: OpenedStation, ledger: str, typed: dict[str, str]
) -> None:
    assert told(desk, ledger, 2, **typed) == []


def test_entry_is_no_duplicate_of_itself_nor_of_one_that_was_taken_out(desk: OpenedStation, ledger: str) -> None:
    assert told(desk, ledger, 1) == []
    entries.remove(desk.station, Act(ledger, WHO, "thử"), "1", 2007)
    assert told(desk, ledger, 2, **CHILD) == []


def test_same_number_and_day_in_another_book_of_the_place_is_told_before_anything_is_typed(
    desk: OpenedStation, ledger: str
) -> None:
    copy = entered(desk, "KS.2007.02", 3)
    entered(desk, "KH.2007.01", 3)
    beside = entered(desk, "KS.2007.01", 3, BESIDE)
    assert told(desk, copy, 4) == [("already-here-number", "19429:KS.2007.01 2007/001")]
    assert told(desk, beside, 10) == []


def test_entry_itself_is_told_in_a_kept_list_by_number_and_date(desk: OpenedStation, ledger: str) -> None:
    keep(desk, "2;01/2007;2.1.2007;Lê Văn Hai;;", "3;01/2007;4.1.2007;;;", "1;02/2007;1.1.2007;;;")
    (one,) = duplicates.of_row(desk.station, ledger, 2, {})
    assert one.message.code == "already-listed-number"
    for part in ("phase-1.csv", "dòng 2", "002", "02/01/2007", "Lê Văn Hai"):
        assert part in one.message.sentence("vi")
    assert told(desk, ledger, 3) == []
    keep(desk, "2;01/2007;2.1.2007;Lê Văn Hai;;", place=BESIDE)
    assert told(desk, ledger, 2) == []


def test_person_is_told_in_a_kept_list_and_the_entry_itself_only_once(desk: OpenedStation, ledger: str) -> None:
    row = "nguyen thi hoa;1.12.2007;Trần Thị Mẫu"
    keep(desk, f"7;77/2008;9.2.2008;{row}", f"2;01/2007;2.1.2007;{row}")
    assert told(desk, ledger, 2, **CHILD) == [
        SAME_CHILD,
        ("already-listed-number", "KS.2007.01 002"),
        ("already-listed", "KS.2008.77 007"),
    ]


def test_people_marry_again_but_not_twice_on_one_day(desk: OpenedStation) -> None:
    husband = {"chongHoTen": "Lê Văn Chồng", "chongNgaySinh": "1/2/1980", "voHoTen": "Hồ Thị Vợ"}
    ledger, other = entered(desk, "KH.2007.01", 2), entered(desk, "KH.2007.02", 3)
    for number in ("1", "2"):
        key(desk, ledger, number, **husband)
    assert told(desk, other, 5, **husband) == []
    desk.by_hand("UPDATE entry SET date = '2007-01-02' WHERE id = 5")
    assert told(desk, other, 5, **husband) == [("already-here", "19429:KH.2007.01 2007/002")]


def test_answer_is_kept_and_nothing_of_it_is_told_again(desk: OpenedStation, ledger: str) -> None:
    keep(desk, "7;77/2008;9.2.2008;Nguyễn Thị Hoà;12.1.2007;")
    for _, other in told(desk, ledger, 2, **CHILD):
        duplicates.answer(desk.station, Act(ledger, WHO), 2, other)
    assert told(desk, ledger, 2, **CHILD) == []
    assert len(told(desk, ledger, 3, **CHILD)) == 2
    desk.station.folders.keyed_persons.unlink()
    assert told(desk, ledger, 2, **CHILD) == [], "the answer stands in the log, which is in every backup"
    keep(desk, "7;77/2008;9.2.2008;Nguyễn Thị Hoà;12.1.2007;Trần Thị Mẫu")
    assert told(desk, ledger, 2, **CHILD) == [], "nor of the same list when it is kept anew"
    with pytest.raises(Refused):
        duplicates.answer(desk.station, Act(ledger, WHO), 2, "x" * 200)


def test_damaged_list_is_told_and_hides_nothing_else(desk: OpenedStation, ledger: str) -> None:
    keep(desk, "7;77/2008;9.2.2008;Nguyễn Thị Hoà;12.1.2007;")
    (file,) = kept_lists.files(desk.station)
    file.write_bytes(b"no list" * 100)
    assert told(desk, ledger, 2, **CHILD) == [SAME_CHILD, ("kept-list-damaged", "")]
