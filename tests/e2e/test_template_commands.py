"""``tramquet template``: the office's own blank workbook is taken, told of, and filled; a bad one is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.station.rows.blank_workbooks import BIRTHS, blank, with_leading_position
from tests.stations import Command, new_station


@pytest.fixture
def station(tmp_path: Path) -> Command:
    (tmp_path / "station").mkdir()
    return new_station(tmp_path / "station", None)


def test_added_workbook_is_used_and_told_what_is_not_known(station: Command, tmp_path: Path) -> None:
    done = station.run("template", "add", with_leading_position(tmp_path / "b.xlsx"))
    assert "b.xlsx is filled for ledgers of the type KS" in done.stdout
    assert "left empty: maHoSo." in done.stdout
    listed = station.json("template", "list")
    assert [(one["version"], one["in_use"]) for one in listed if one["type"] == "KS"] == [
        ("2022", False),
        ("office-1", True),
    ]


def test_columns_of_a_type_are_shown_with_their_codes(station: Command) -> None:
    columns = station.json("template", "show", "KH")
    assert len(columns) == 44
    kinds = {one["column"]: (one["kind"], one["codes"]) for one in columns}
    assert kinds["loaiDangKy"] == ("code", {"1": "First registration", "2": "Registered again"})
    station.run("template", "show", "GH", exit_status=1)


def test_workbook_of_something_else_is_one_sentence(station: Command, tmp_path: Path) -> None:
    done = station.run("template", "add", blank(tmp_path / "b.xlsx", ["Số", "Họ tên"]), exit_status=1)
    assert len(done.stderr.strip().splitlines()) == 1
    assert [one["version"] for one in station.json("template", "list") if one["in_use"]] == ["2022"] * 5


def test_type_may_be_said(station: Command, tmp_path: Path) -> None:
    station.run("template", "add", blank(tmp_path / "b.xlsx", BIRTHS[:10], sheet="Trang 1"), "--type", "KT")
    assert [one["type"] for one in station.json("template", "list") if one["file"]] == ["KT"]
