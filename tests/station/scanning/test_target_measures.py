"""The capture target scanned: for itself, or into a ledger, where it is no page; and a scanner that drifts is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from station.imaging.image_facts import TargetMeasures
from station.scanning import target_measures
from station.settings.tables import TargetTable
from tests.station.scanned_target import scanned
from tests.stations import Command, new_station

WELL = TargetMeasures(150.0, 150.1, 0.1, 2.0, 2.4, 2.3, 0.0, 0.0, 8, ())


def drift(now: TargetMeasures, *earlier: TargetMeasures) -> list[str]:
    return [message.code for message in target_measures.drift(now, 150, earlier, TargetTable())]


def test_scanner_that_is_as_it_was_is_not_told() -> None:
    assert drift(WELL) == []
    assert drift(replace(WELL, skew=0.6, light_spread=6.0, mtf50_y=2.0), WELL) == []


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (replace(WELL, dpi_x=152.0), "target-drift-dpi"),
        (replace(WELL, dpi_y=148.0), "target-drift-dpi"),
        (replace(WELL, skew=-1.2), "target-drift-skew"),
        (replace(WELL, light_spread=13.0), "target-drift-light"),
        (replace(WELL, mtf50_x=1.7), "target-drift-sharpness"),
        (replace(WELL, white_clipped=3.0), "target-drift-clipped"),
        (replace(WELL, black_clipped=3.0), "target-drift-clipped"),
        (replace(WELL, dust_mm=(67.9,)), "target-drift-dust"),
    ],
)
def test_each_drift_is_told_by_what_it_is(now: TargetMeasures, code: str) -> None:
    assert drift(now, WELL) == [code]


def test_scanner_that_was_always_so_is_not_told_and_one_odd_measure_is_no_habit() -> None:
    printed_small = replace(WELL, dpi_x=145.0, dpi_y=145.0)
    assert drift(printed_small) == ["target-drift-dpi", "target-drift-dpi"]
    assert drift(printed_small, printed_small, printed_small, WELL) == []


def station_with(folder: Path, *pictures: NDArray[np.uint8]) -> Command:
    """A station whose scanner gives these pictures one after the other."""
    (folder / "pages").mkdir()
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).convert("RGB").save(folder / f"pages/{number:03d}.png", dpi=(150, 150))
    return new_station(folder, folder / "pages")


def test_target_is_measured_for_itself_and_told_by_doctor_and_in_a_list(tmp_path: Path) -> None:
    command = station_with(tmp_path, scanned(skew=1.3))
    [measured] = command.json("target", "measure", "--scanner", "sim")
    assert measured["scanner"] == "sim"
    assert measured["dpi_x"] == pytest.approx(150, abs=0.1)
    assert measured["skew"] == pytest.approx(1.3, abs=0.02)
    assert len(measured["drift"]) >= 1
    assert command.json("target", "list") == [measured]
    command.run("ledger", "add", "KH", "2007", "01")
    assert command.json("pages", "KH.2007.01") == []
    line = next(line for line in command.json("doctor", "--here") if line["subject"] == "target sim")
    assert line["verdict"] == "warning"
    assert "1.3" in line["said"]


def test_glass_without_the_target_is_refused_and_nothing_kept(tmp_path: Path) -> None:
    command = station_with(tmp_path, scanned()[:900])
    assert "[target-not-seen]" in command.refused("target", "measure")
    assert command.json("target", "list") == []


def test_target_scanned_into_a_ledger_is_measured_and_is_none_of_its_pages(tmp_path: Path) -> None:
    whole = scanned()
    command = station_with(tmp_path, whole, whole)
    command.run("ledger", "add", "KH", "2007", "01", "--paper", "A5")
    assert len(command.scan("scan", "KH.2007.01")) == 2
    assert [page["state"] for page in command.json("pages", "KH.2007.01")] == ["cover", "cover"]
    assert command.json("asks", "KH.2007.01") == [], "neither its size nor that it came twice is a question"
    assert [one["scanner"] for one in command.json("target", "list")] == ["sim"]
    command.run("verify")
