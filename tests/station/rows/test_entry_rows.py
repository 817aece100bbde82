"""Keying rows: every change is a revision with who and when, and nobody types over another."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from station.catalogue.models import Event
from station.domain.states import LedgerState
from station.errors import Refused
from station.ledger import entries
from station.ledger.entries import Act
from station.rows import entry_rows
from station.rows.entry_rows import KeyedRow
from station.upkeep import verify
from station.views import row_list
from tests.station.opened_station import WHO, OpenedStation

CHILD = {
    "nksHoTen": "Nguyễn Văn Thử",
    "nksGioiTinh": "1",
    "nksNgaySinh": "1/1/2007",
    "nksNoiSinh": "Trạm y tế xã",
    "nksDanToc": "Kinh",
    "nksQuocTich": "Việt Nam",
    "nksLoaiKhaiSinh": "1",
}
PARENTS = {"meHoTen": "Trần Thị Mẫu", "meNgaySinh": "1980", "chaHoTen": "-", "chaNgaySinh": "-", "nycHoTen": "?"}
SIGNED = {"loaiDangKy": "1", "nguoiKy": "Lê Văn Ký", "chucVuNguoiKy": "Chủ tịch", "nguoiThucHien": "Hồ Thị Ghi"}


@pytest.fixture
def ledger(desk: OpenedStation) -> str:
    return desk.whole("KS.2007.01", 3)


def key(desk: OpenedStation, ledger: str, number: str, who: str = WHO, shown: Any = None, **typed: Any) -> KeyedRow:
    return entry_rows.set_values(desk.station, Act(ledger, who, "thử"), number, None, typed, shown_revision=shown)


def columns(desk: OpenedStation, ledger: str, number: str) -> dict[str, str]:
    (row,) = (one for one in row_list.rows(desk.station, ledger) if one.number == number)
    return dict(row.columns)


def test_row_is_complete_when_every_required_column_has_a_value_or_a_mark(desk: OpenedStation, ledger: str) -> None:
    assert key(desk, ledger, "1", **CHILD).state == "begun"
    assert key(desk, ledger, "1", **PARENTS, **SIGNED).state == "complete"
    assert key(desk, ledger, "1", meHoTen="").state == "begun"


def test_every_change_is_a_revision_with_who_when_and_why(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", nksHoTen="Nguyễn Văn Sai")
    key(desk, ledger, "1", "người khác", nksHoTen="Nguyễn Văn Thử")
    first, second = row_list.row_changes(desk.station, ledger, "1", None)
    assert (first.revision, first.who, first.changes["nksHoTen"]) == (1, WHO, "Nguyễn Văn Sai")
    assert (second.revision, second.who, second.why, second.changes) == (
        2,
        "người khác",
        "thử",
        {"nksHoTen": "Nguyễn Văn Thử"},
    )
    assert first.at < second.at


def test_same_said_twice_is_no_change(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", nksNgaySinh="1/1/2007")
    assert key(desk, ledger, "1", nksNgaySinh="01.01.2007").revision == 1


def test_log_names_the_columns_and_no_persons_data(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", nksHoTen="Nguyễn Văn Thử")
    facts = desk.one(select(Event.facts).where(Event.what == "row-set"))
    assert (facts["entries"], facts["columns"]) == (["2007/001"], ["nksHoTen"])
    assert "Thử" not in str(facts)


def proposed(desk: OpenedStation, ledger: str, number: str) -> dict[str, str]:
    shown = row_list.row_values(desk.station, ledger, number, None)
    return {one.column: one.value for one in shown if one.source == "proposed"}


def test_signer_title_and_clerk_are_kept_from_the_row_before_until_changed(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", **SIGNED)
    key(desk, ledger, "2", nksHoTen="Hai", nguoiKy="Người Mới")
    key(desk, ledger, "3", nksHoTen="Ba")
    assert proposed(desk, ledger, "3") == {**SIGNED, "nguoiKy": "Người Mới"}
    key(desk, ledger, "3", **proposed(desk, ledger, "3"))
    key(desk, ledger, "2", nguoiKy="Sửa Sau")
    assert columns(desk, ledger, "003")["nguoiKy"] == "Người Mới"


def test_what_is_proposed_is_no_ones_word_before_somebody_says_it(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", **SIGNED)
    key(desk, ledger, "2", nksHoTen="Hai", nguoiThucHien="")
    assert {name: columns(desk, ledger, "002")[name] for name in SIGNED} == dict.fromkeys(SIGNED, "")
    rest = {name: text for name, text in SIGNED.items() if name != "nguoiThucHien"}
    assert proposed(desk, ledger, "2") == rest, "what was emptied comes not back"
    assert key(desk, ledger, "2", **{**CHILD, **PARENTS, **rest}).state == "complete"
    key(desk, ledger, "1", ghiChu="Sửa")
    assert proposed(desk, ledger, "2") == {}


def test_row_that_is_not_keyed_has_nothing_of_the_row_before(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", **SIGNED)
    assert columns(desk, ledger, "002")["nguoiKy"] == ""
    shown = {one.column: (one.value, one.source) for one in row_list.row_values(desk.station, ledger, "2", None)}
    assert shown["nguoiKy"] == ("Lê Văn Ký", "proposed")
    assert shown["so"] == ("002", "known")


def test_column_that_another_changed_meanwhile_is_refused_and_theirs_stays(desk: OpenedStation, ledger: str) -> None:
    seen = key(desk, ledger, "1", nksHoTen="Nguyễn Văn Thử").revision
    key(desk, ledger, "1", "người kia", seen, nksHoTen="Nguyễn Văn Thứ")
    with pytest.raises(Refused, match="người kia") as refused:
        key(desk, ledger, "1", WHO, seen, nksHoTen="Nguyễn Văn Thừ", meHoTen="Mẹ")
    assert "Họ và tên" in refused.value.sentence("vi")
    row = columns(desk, ledger, "001")
    assert (row["nksHoTen"], row["meHoTen"]) == ("Nguyễn Văn Thứ", "")


def test_two_people_in_two_groups_of_one_row_do_not_meet(desk: OpenedStation, ledger: str) -> None:
    seen = key(desk, ledger, "1", nksHoTen="Nguyễn Văn Thử").revision
    key(desk, ledger, "1", "người kia", seen, meHoTen="Trần Thị Mẫu")
    key(desk, ledger, "1", WHO, seen, chaHoTen="Nguyễn Văn Cha")
    row = columns(desk, ledger, "001")
    assert (row["meHoTen"], row["chaHoTen"]) == ("Trần Thị Mẫu", "Nguyễn Văn Cha")


def test_two_people_who_typed_the_same_do_not_disturb_each_other(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", "người kia", 0, nksHoTen="Nguyễn Văn Thử")
    assert key(desk, ledger, "1", WHO, 0, nksHoTen="Nguyễn Văn Thử").revision == 1


def test_one_wrong_value_stores_none_of_them(desk: OpenedStation, ledger: str) -> None:
    with pytest.raises(Refused):
        key(desk, ledger, "1", nksHoTen="Nguyễn Văn Thử", nksGioiTinh="9")
    assert columns(desk, ledger, "001")["nksHoTen"] == ""


def test_what_stands_in_the_entry_is_corrected_there(desk: OpenedStation, ledger: str) -> None:
    with pytest.raises(Refused, match="correct the entry"):
        key(desk, ledger, "1", ngayDangKy="2/1/2007")
    key(desk, ledger, "1", **CHILD)
    entries.change(desk.station, Act(ledger, WHO), "1", None, new_number="9")
    assert (columns(desk, ledger, "009")["so"], columns(desk, ledger, "009")["nksHoTen"]) == ("009", "Nguyễn Văn Thử")


def test_row_of_an_entry_that_is_put_in_again_is_proposed_as_it_was(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "2", **CHILD)
    entries.remove(desk.station, Act(ledger, WHO), "2", None)
    desk.entry(ledger, "002", "2", "2007-01-02")
    assert columns(desk, ledger, "002")["nksHoTen"] == ""
    shown = {one.column: (one.value, one.source) for one in row_list.row_values(desk.station, ledger, "2", None)}
    assert shown["nksHoTen"] == ("Nguyễn Văn Thử", "proposed")


def test_row_keyed_behind_a_package_makes_the_next_one_due(desk: OpenedStation, ledger: str) -> None:
    desk.package(ledger)
    assert desk.state(ledger) == LedgerState.PACKAGED
    key(desk, ledger, "1", **CHILD)
    assert desk.state(ledger) == LedgerState.INDEXED


def test_type_without_import_file_has_no_rows(desk: OpenedStation) -> None:
    ledger = desk.whole("GH.2007.01", 1)
    with pytest.raises(Refused, match="GH"):
        key(desk, ledger, "1", nksHoTen="x")
    with pytest.raises(Refused, match="GH"):
        row_list.rows(desk.station, ledger)


def test_row_that_was_changed_past_the_station_is_told(desk: OpenedStation, ledger: str) -> None:
    key(desk, ledger, "1", **CHILD)
    key(desk, ledger, "2", **CHILD)
    assert [one.code for one in verify.verify(desk.station)] == []
    desk.by_hand("""UPDATE entry_row SET "values" = '{"nksHoTen": "Kẻ Lạ"}' WHERE id = 1""")
    desk.by_hand("DELETE FROM row_revision WHERE entry_row_id = 2")
    desk.by_hand("DELETE FROM entry_row WHERE id = 2")
    told = [(one.code, one.facts["entry"]) for one in verify.verify(desk.station)]
    assert told == [("verify-row", "2007/001"), ("verify-row", "2007/002")]
