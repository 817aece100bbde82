"""The province's tables by the command line, in every form."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import openpyxl
import pytest

from tests.station.province.received import HERE, Received, manifest
from tests.stations import Command
from tests.waiting import PATIENCE


@pytest.fixture
def received(tmp_path: Path) -> Received:
    received = Received(tmp_path / "province")
    received.package(manifest(place="1") | {"place": {"code": "1", "commune": "=cmd|' /C calc'!A0"}})
    received.package(manifest())
    return received


def show(received: Received, *words: str) -> str:
    return Command(received.folder).run("province", "--settings", received.settings(), "show", *words).stdout


def test_table_is_shown_as_json_and_csv(received: Received) -> None:
    told = {one["place"]: one for one in json.loads(show(received, "communes", "--json"))}
    assert (told[HERE]["done"], told[HERE]["total"], told[HERE]["percent"]) == (3, 3, 100)
    header, *rows = csv.reader(io.StringIO(show(received, "communes", "--format", "csv").removeprefix("\ufeff")))
    assert header[:2] == ["Code", "Commune"]
    assert "'=cmd|' /C calc'!A0" in [row[1] for row in rows], "a name is no formula"


def test_name_is_no_formula_in_a_workbook(received: Received) -> None:
    file = received.folder / "out.xlsx"
    words = Command(received.folder).line("province", "--settings", received.settings(), "show", "--format", "xlsx")
    file.write_bytes(subprocess.run(words, capture_output=True, check=True, timeout=PATIENCE).stdout)
    sheet = openpyxl.load_workbook(file).active
    assert {cell.data_type for row in sheet.iter_rows(min_row=2, max_col=2) for cell in row} <= {"s", "n"}


def test_table_that_is_not_there_is_refused_with_those_that_are(received: Received) -> None:
    said = Command(received.folder).refused("province", "--settings", received.settings(), "show", "people")
    assert "communes" in said


def test_settings_that_are_not_there_are_told(tmp_path: Path) -> None:
    said = Command(tmp_path).refused("province", "--settings", tmp_path / "none.toml", "show")
    assert "[province-settings-unreadable]" in said
