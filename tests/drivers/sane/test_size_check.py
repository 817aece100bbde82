from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import Mode, ScanSettings
from drivers.errors import WrongImage
from drivers.images import raw_sheet
from drivers.sane import scanner as sane
from drivers.sane.size_check import check_filled, check_size
from tests.drivers.scanning import SMALL

A4 = ScanSettings(dpi=300, width_mm=210, height_mm=297)
DPI = (300.0, 300.0)


@pytest.mark.parametrize("size", [(2480, 3508), (2481, 3507), (2464, 3492), (2500, 3530), (2480, None)])
def test_size_of_the_paper_is_good_to_two_millimetres(size: tuple[int, int | None]) -> None:
    check_size(A4, DPI, *size)


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ((1240, 1754), "150 dpi"),
        ((4960, 7016), "600 dpi"),
        ((2480, 3300), "3300 pixels high instead of 3508"),
        ((2440, 3508), "2440 pixels wide instead of 2480"),
        ((2480, 1), "1 pixels high"),
    ],
)
def test_other_size_is_refused_with_the_reason(size: tuple[int, int], reason: str) -> None:
    with pytest.raises(WrongImage, match=reason):
        check_size(A4, DPI, *size, sheet=3)


def test_of_slack_any_part_may_have_come_and_no_more() -> None:
    roomy = ScanSettings(dpi=300, width_mm=210, height_mm=297, slack_mm=6)
    for mm in (0, 3, 6):
        check_size(roomy, DPI, 2480 + round(mm * 11.8), 3508 + round(mm * 11.8))
    for mm in (-4, 10):
        with pytest.raises(WrongImage):
            check_size(roomy, DPI, 2480 + round(mm * 11.8), 3508)


def test_what_was_not_asked_is_not_compared() -> None:
    check_size(ScanSettings(dpi=None, width_mm=210, height_mm=297), DPI, 7, 7)
    check_size(ScanSettings(dpi=300), DPI, 7, 7)


def test_both_resolutions_count() -> None:
    check_size(A4, (300.0, 150.0), 2480, 1754)


def page(file: Path, filled: tuple[int, int], samples: int) -> Path:
    """A raw sheet of 248 x 350 pixels with grey paper in the top left corner, pure white elsewhere."""
    width, height = 248, 350
    line = b"\x80" * filled[0] * samples + b"\xff" * (width - filled[0]) * samples
    pixels = line * filled[1] + b"\xff" * width * samples * (height - filled[1])
    file.write_bytes(raw_sheet.header(Mode.GREY if samples == 1 else Mode.COLOUR, width, height) + pixels)
    return file


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_half_the_resolution_blown_up_with_white_is_refused(tmp_path: Path, samples: int, off: int) -> None:
    with pytest.raises(WrongImage, match="150 dpi instead of 300"):
        check_filled(page(tmp_path / "0001.part", (124 + off, 175), samples), 248, 350, 300, samples)


@pytest.mark.parametrize("filled", [(248, 350), (248, 175), (124, 350), (124, 190), (243, 343), (0, 0), (60, 175)])
def test_white_on_one_side_or_unlike_on_both_is_a_page(tmp_path: Path, filled: tuple[int, int]) -> None:
    check_filled(page(tmp_path / "0001.part", filled, 3), 248, 350, 300, 3)


# The test backend's hand-scanner reads 11 x 17 cm, whatever was asked, and does not say beforehand how many lines come.
HAND = replace(SMALL, dpi=150, width_mm=110, height_mm=170)


def test_sheet_of_unknown_height_is_taken_when_it_is_as_large_as_the_paper(
    open_test_device: Callable[..., sane.SaneScanner], spool: Path
) -> None:
    scanner = open_test_device(hand_scanner=True)
    (sheet,) = scanner.scan(HAND, spool)
    assert abs(sheet.height - 170 / 25.4 * 150) < 5
    sheet.path.unlink()
    assert len(list(scanner.scan(HAND, spool))) == 1, "its area cannot be set any more, and need not be"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [(replace(HAND, height_mm=100), "170 mm at 150 dpi"), (replace(HAND, width_mm=50), "110 mm at 150 dpi")],
)
def test_sheet_of_unknown_height_that_is_not_as_large_as_the_paper_is_refused(
    open_test_device: Callable[..., sane.SaneScanner], spool: Path, settings: ScanSettings, reason: str
) -> None:
    with pytest.raises(WrongImage, match=reason):
        list(open_test_device(hand_scanner=True).scan(settings, spool))
    assert not list(spool.iterdir())
