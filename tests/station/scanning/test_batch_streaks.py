"""Dirt on a feeder's glass strikes through each sheet: it is told once, and of the sheet that proves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from drivers.drawn import draw_page
from station.imaging.image_facts import Analysis, DecodedFile
from station.scanning.batch_streaks import BatchStreaks
from tests.station.covered_parts import streaked
from tests.stations import Command

DIRT, CREASE = (0.30, 0.0, 0.32, 1.0), (0.70, 0.0, 0.72, 1.0)


def sheet(*streaks: tuple[float, float, float, float]) -> Analysis:
    return Analysis(Path("0001.jpg"), DecodedFile(1, 1, "", 1), (), "", streaks=streaks)


def codes(batch: BatchStreaks, *sheets: Analysis) -> list[list[str]]:
    return [[defect.code for defect in batch.judge(one).defects] for one in sheets]


def test_same_column_on_two_sheets_is_told_once() -> None:
    almost = (0.303, 0.0, 0.323, 1.0)
    assert codes(BatchStreaks(), sheet(DIRT), sheet(), sheet(almost), sheet(DIRT), sheet(DIRT)) == [
        [],
        [],
        ["streaks"],
        [],
        [],
    ]


def test_line_on_one_sheet_only_is_that_sheets_own() -> None:
    assert codes(BatchStreaks(), sheet(CREASE), sheet(DIRT), sheet((0.5, 0.0, 0.52, 1.0))) == [[], [], []]


def test_batch_through_a_dirty_feeder_is_asked_about_once(
    tmp_path: Path, write_settings: Callable[..., Command]
) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    for number in range(1, 5):
        drawn = np.array(draw_page(number, seed=3, dpi=150, type_code="KH"))
        picture = Image.fromarray(streaked(drawn, 61.0, 0.3, 0.4))
        picture.save(folder / f"{number:04}.png", dpi=(150, 150))
    station = write_settings(folder)
    station.run("ledger", "add", "KH", "2007", "1", "--place", "19429")
    assert len(station.scan("scan", "KH.2007.01")) == 4
    asked = [page["findings"] for page in station.json("pages", "KH.2007.01")]
    assert [("streaks" in codes) for codes in asked] == [False, True, False, False]
