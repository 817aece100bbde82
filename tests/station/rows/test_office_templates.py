"""The office's newest workbook of a type is used; what people keyed before stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from station.catalogue.models import Event, OfficeTemplate
from station.errors import Refused
from station.ledger.entries import Act
from station.rows import entry_rows, office_templates
from station.views import row_list
from tests.station.opened_station import WHO, OpenedStation
from tests.station.rows.blank_workbooks import BIRTHS, blank, of_2024


def in_use(desk: OpenedStation, ledger_type: str = "KS") -> list[str]:
    return [
        one.version for one in office_templates.listed_templates(desk.station) if one.in_use and one.type == ledger_type
    ]


def test_ministrys_files_are_in_use_until_the_office_brings_its_own(desk: OpenedStation, tmp_path: Path) -> None:
    assert in_use(desk) == ["2022"]
    office_templates.add(desk.station, of_2024(tmp_path / "b.xlsx"), who=WHO)
    assert (in_use(desk), in_use(desk, "KH")) == (["office-1"], ["2022"])
    office_templates.add(desk.station, blank(tmp_path / "c.xlsx", BIRTHS), who=WHO)
    assert in_use(desk) == ["office-2"]


def test_same_file_twice_is_one_version_and_each_version_stands_in_the_log(desk: OpenedStation, tmp_path: Path) -> None:
    file = of_2024(tmp_path / "b.xlsx")
    for _ in range(2):
        office_templates.add(desk.station, file, who=WHO)
    assert desk.all(select(OfficeTemplate.content)) == [file.read_bytes()]
    (facts,) = desk.all(select(Event.facts).where(Event.what == "template-added"))
    assert (facts["type"], facts["version"], facts["file"]) == ("KS", 1, "b.xlsx")


def test_rows_are_keyed_by_the_offices_columns_and_what_was_keyed_before_stays(
    desk: OpenedStation, tmp_path: Path
) -> None:
    ledger = desk.whole("KS.2007.01", 1)
    act = Act(ledger, WHO)
    with pytest.raises(Refused):
        entry_rows.set_values(desk.station, act, "1", None, {"nksSoDinhDanh": "001207012345"})
    entry_rows.set_values(desk.station, act, "1", None, {"nksMatTich": "Không", "nksHoTen": "Nguyễn Văn Thử"})
    office_templates.add(desk.station, of_2024(tmp_path / "b.xlsx"), who=WHO)
    entry_rows.set_values(desk.station, act, "1", None, {"nksSoDinhDanh": "001207012345"})
    (row,) = row_list.rows(desk.station, ledger)
    assert (row.columns["nksSoDinhDanh"], row.columns["nksHoTen"]) == ("001207012345", "Nguyễn Văn Thử")
    assert "nksMatTich" not in row.columns
    office_templates.add(desk.station, blank(tmp_path / "c.xlsx", BIRTHS), who=WHO)
    assert row_list.rows(desk.station, ledger)[0].columns["nksMatTich"] == "Không"


def test_refused_workbook_leaves_the_one_in_use(desk: OpenedStation, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        office_templates.add(desk.station, blank(tmp_path / "b.xlsx", ["Số", "Họ tên"]), who=WHO)
    with pytest.raises(Refused):
        office_templates.add(desk.station, tmp_path / "nowhere.xlsx", who=WHO)
    assert in_use(desk) == ["2022"]
