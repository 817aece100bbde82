"""The province's plan: the station's own communes are set, whole or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from station.domain.plan_subjects import PlanSubject
from station.errors import Refused
from station.packaging.workbook import write_table
from station.reports import plan as plans
from station.reports import plan_file
from station.reports.targets import Target
from tests.station.hidden_sheets import hide, is_told
from tests.station.opened_station import BESIDE, HERE, WHO, OpenedStation

HEADER = ["TT", "Mã xã", "Tên xã", "Số trường hợp", "Số sổ", "Đến ngày"]
OTHER = ["3", "19431", "Xã Khác", "4.000", "", "20/12/2026"]


def taken(desk: OpenedStation, *rows: list[str], header: list[str] = HEADER) -> tuple[list[Target], int]:
    file: Path = desk.folder / "plan.xlsx"
    write_table(file, "Kế hoạch", header, rows)
    return plan_file.import_file(desk.station, file, who=WHO)


def targets_set(desk: OpenedStation) -> int:
    return int(desk.one_row("SELECT count(*) FROM plan_target"))


def test_own_communes_are_set_and_others_counted(desk: OpenedStation) -> None:
    first = ["1", HERE, "Xã Thử Nghiệm", "2.559", "12", "15/12/2026"]
    second = ["2", BESIDE, "Xã Bên Cạnh", "", "3", "2026-12-16"]
    total = ["", "", "Tổng cộng", "6.559", "15", ""]
    read, others = taken(desk, first, second, OTHER, total)
    assert others == 1
    assert read == [
        Target(HERE, PlanSubject.ENTRIES, 2559, date(2026, 12, 15)),
        Target(HERE, PlanSubject.LEDGERS, 12, date(2026, 12, 15)),
        Target(BESIDE, PlanSubject.LEDGERS, 3, date(2026, 12, 16)),
    ]
    assert targets_set(desk) == 3
    taken(desk, [*first[:3], "2.600", "12", "15/12/2026"])
    desk.ledger()
    courses = map(plans.facts, plans.of_station(desk.station).courses)
    assert (HERE, "entries", 2600) in [(one["place"], one["subject"], one["total"]) for one in courses]
    assert targets_set(desk) == 3, "what the file leaves out stays"


@pytest.mark.parametrize(
    "wrong",
    [
        ["2", BESIDE, "", "nhiều", "", "15/12/2026"],
        ["2", BESIDE, "", "0", "", "15/12/2026"],
        ["2", BESIDE, "", "12", "", "31/2/2026"],
        ["2", BESIDE, "", "12", "", ""],
        ["2", BESIDE, "", "", "", "15/12/2026"],
        ["2", "xã 1", "", "12", "", "15/12/2026"],
        ["2", HERE, "", "12", "", "15/12/2026"],
    ],
)
def test_one_wrong_row_is_named_and_nothing_is_set(desk: OpenedStation, wrong: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        taken(desk, ["1", HERE, "", "12", "", "15/12/2026"], wrong)
    assert refused.value.code == "plan-file-refused"
    assert "3" in refused.value.sentence("vi")
    assert 'trang tính "Kế hoạch"' in refused.value.sentence("vi")
    assert targets_set(desk) == 0


def test_plan_of_other_communes_or_another_list_is_refused(desk: OpenedStation) -> None:
    with pytest.raises(Refused) as refused:
        taken(desk, OTHER)
    assert refused.value.code == "plan-file-elsewhere"
    with pytest.raises(Refused) as refused:
        taken(desk, ["KH", "2007", "01"], header=["Loại", "Năm", "Quyển"])
    assert refused.value.code == "plan-file-columns"


def test_plan_in_a_hidden_sheet_alone_is_refused_by_its_name(desk: OpenedStation) -> None:
    file = desk.folder / "plan.xlsx"
    write_table(file, "Kế hoạch", HEADER, [["1", HERE, "", "2.559", "", "15/12/2026"]])
    sheet = hide(file)
    with pytest.raises(Refused) as refused:
        plan_file.import_file(desk.station, file, who=WHO)
    assert is_told(refused.value, sheet)
    assert targets_set(desk) == 0
