"""Births that one person has keyed whole, and days that pass."""

from __future__ import annotations

from datetime import datetime, timedelta

from station.ledger.entries import Act
from station.rows import built_in, entry_rows
from tests.station.opened_station import OpenedStation

FIRST, SECOND, THIRD = "người nhập", "người nhập lại", "người thứ ba"
NAMES = ("Một", "Hai", "Ba", "Tư", "Năm")


def birth(number: int) -> dict[str, str]:
    """What the page of this entry says; what must be there and is not known is illegible."""
    required = {one.name: "?" for one in built_in.template("KS").columns.values() if one.required and one.is_keyed}
    said = {
        "loaiDangKy": "1",
        "nguoiKy": "Lê Văn Ký",
        "nksHoTen": f"Nguyễn Văn {NAMES[(number - 1) % len(NAMES)]}",
        "nksGioiTinh": "1",
        "nksNgaySinh": f"{number}/1/2007",
        "nksNoiSinh": "Trạm y tế xã",
        "meHoTen": "Trần Thị Mẫu",
        "meNgaySinh": "1985",
        "meSoGiayToTuyThan": f"1910000{number:02}",
    }
    return {**required, **said}


def key_first(desk: OpenedStation, ledger: str, who: str = FIRST, entries: int = 5) -> str:
    """Key every entry of a ledger whole; gives its name."""
    there = desk.one_row("SELECT count(*) FROM entry WHERE living")
    for number in range(1, min(entries, there) + 1):
        entry_rows.set_values(desk.station, Act(ledger, who), str(number), None, birth(number))
    return ledger


def another_day(desk: OpenedStation, ago: timedelta) -> None:
    """Let everything that was keyed have been keyed so long ago."""
    for table, column in (("entry_row", "completed_at"), ("second_keying", "done_at")):
        for number, moment in desk.rows(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL"):
            before = (datetime.fromisoformat(moment) - ago).isoformat(timespec="microseconds")
            desk.by_hand(f"UPDATE {table} SET {column} = ? WHERE id = ?", before, number)
