"""The province's settings and its list of communes: every mistake is told, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from station.errors import Refused, SettingsRefused
from station.packaging import workbook
from station.province import communes, settings
from station.spreadsheets.row_mistakes import RowMistakes
from tests.station.hidden_sheets import hide, is_told
from tests.station.province.received import Received

HEAD = "Mã xã,Xã,Huyện cũ,Tỉnh,Số trường hợp,Mã trạm"


def told(received: Received, **more: Any) -> str:
    with pytest.raises(SettingsRefused) as refusal:
        settings.load(received.settings(**more))
    return refusal.value.sentence("en")


def test_smallest_settings_are_whole(received: Received) -> None:
    loaded = settings.load(received.settings())
    assert loaded.province.store == str(received.store)
    assert (loaded.province.port, loaded.province.classes, loaded.listed) == (8160, (10, 50), ())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"stroe": "x"}, 'did you mean "store"'),
        ({"silent_hours": 0}, "[province] silent_hours"),
        ({"classes": [50, 10]}, "[province] classes"),
        ({"done": "soon"}, "delivered"),
        ({"host": "0.0.0.0"}, "[province] host"),
    ],
)
def test_mistake_is_told_with_its_key(received: Received, more: dict[str, Any], said: str) -> None:
    assert said in told(received, **more)


def test_file_that_is_not_there_or_of_another_kind_is_told(received: Received) -> None:
    with pytest.raises(SettingsRefused, match=r"province\.toml"):
        settings.load(received.folder / "province.toml")
    file = received.settings()
    file.write_text("[station]\n")
    with pytest.raises(SettingsRefused, match="station"):
        settings.load(file)


def test_list_is_read_from_a_workbook_below_its_title(tmp_path: Path) -> None:
    rows = [
        ["Danh sách xã", "", ""],
        ["Mã xã", "Tên xã", "Trạm"],
        ["00001", "Xã Một", "qt-01; qt-02"],
        ["", "Cộng", ""],
    ]
    workbook.write_table(tmp_path / "list.xlsx", "x", ["", "", ""], rows)
    (one,) = communes.read(tmp_path / "list.xlsx")
    assert (one.place, one.commune, one.entries, one.stations) == ("00001", "Xã Một", None, ("qt-01", "qt-02"))


@pytest.mark.parametrize(
    ("rows", "mistakes"),
    [
        ("1 2,Xã Một,,,5,", [(2, "place-code-malformed")]),
        ("1,,,,5,", [(2, "communes-value")]),
        ("1,Xã Một,,,nhiều,", [(2, "communes-value")]),
        ("1,Xã Một,,,5,<b>", [(2, "communes-value")]),
        ("1,Xã Một,,,5,\n1,Xã Hai,,,5,", [(3, "communes-twice")]),
        ("1,,,,5,\n2,Xã Hai,,,5,\n3,Xã Ba,,,x,", [(2, "communes-value"), (4, "communes-value")]),
    ],
)
def test_rows_that_cannot_be_meant_are_refused_by_their_numbers_all_at_once(
    tmp_path: Path, rows: str, mistakes: list[tuple[int, str]]
) -> None:
    (tmp_path / "list.csv").write_text(f"{HEAD}\n{rows}\n", encoding="utf-8")
    with pytest.raises(Refused) as refusal:
        communes.read(tmp_path / "list.csv")
    assert refusal.value.code == "communes-refused"
    listed = refusal.value.facts["mistakes"]
    assert isinstance(listed, RowMistakes)
    assert [(mistake.row, mistake.reason.code) for mistake in listed] == mistakes
    assert f"Row {mistakes[0][0]}:" in refusal.value.sentence("en")


def test_list_without_its_headings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(Refused, match="headings"):
        communes.read(tmp_path / "list.csv")


def test_list_in_a_hidden_sheet_alone_is_refused_by_its_name(tmp_path: Path) -> None:
    workbook.write_table(tmp_path / "list.xlsx", "Xã", ["Mã xã", "Tên xã"], [["00001", "Xã Một"]])
    sheet = hide(tmp_path / "list.xlsx")
    with pytest.raises(Refused) as refused:
        communes.read(tmp_path / "list.xlsx")
    assert is_told(refused.value, sheet)
