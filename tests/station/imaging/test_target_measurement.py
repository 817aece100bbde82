"""The capture target measured: scans of it with known faults tell those faults, and what is no target tells nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from station.imaging import target_measurement
from station.imaging.image_facts import TargetMeasures
from tests.station.scanned_target import scanned


def measured(scan: NDArray[np.uint8]) -> TargetMeasures:
    measures = target_measurement.measure(scan)
    assert measures is not None
    return measures


def test_scanner_that_is_well_has_nothing_told_of_it() -> None:
    measures = measured(scanned())
    assert (measures.dpi_x, measures.dpi_y) == pytest.approx((150, 150), abs=0.1)
    assert measures.skew == pytest.approx(0, abs=0.02)
    assert measures.light_spread < 1
    assert (measures.white_clipped, measures.black_clipped) == (0, 0)
    assert measures.grey_steps == 8
    assert measures.dust_mm == ()


def test_resolution_is_true_in_both_directions_whatever_was_asked_for() -> None:
    measures = measured(scanned((151.5, 148.0)))
    assert (measures.dpi_x, measures.dpi_y) == pytest.approx((151.5, 148.0), abs=0.1)


@pytest.mark.parametrize("skew", [1.3, -2.0])
def test_crooked_sheet_tells_by_how_much_and_nothing_else(skew: float) -> None:
    measures = measured(scanned(skew=skew))
    assert measures.skew == pytest.approx(skew, abs=0.02)
    assert (measures.dpi_x, measures.dpi_y) == pytest.approx((150, 150), abs=0.1)
    assert measures.dust_mm == ()


@pytest.mark.parametrize("sigma", [0.7, 1.0, 1.5, 2.5])
def test_sharpness_is_what_theory_says_of_a_blur(sigma: float) -> None:
    """A Gaussian blur and the pixel's own square: exp(-2 (pi sigma f)^2) sinc f."""
    frequencies = np.linspace(0.001, 1, 10_000)
    transfer = np.exp(-2 * (np.pi * sigma * frequencies) ** 2) * np.sinc(frequencies)
    theory = frequencies[np.argmax(transfer < 0.5)] * 150 / 25.4
    measures = measured(scanned(sigma=sigma))
    assert (measures.mtf50_x, measures.mtf50_y) == pytest.approx((theory, theory), rel=0.04)


def test_blur_in_one_direction_is_told_in_that_direction() -> None:
    measures = measured(np.asarray(cv2.blur(scanned(), (1, 5)), np.uint8))
    assert measures.mtf50_y < 0.8 * measures.mtf50_x


def test_light_that_falls_is_told_by_as_much_as_it_falls_between_the_outer_bands() -> None:
    falls = 0.2 * (256 - 40) / 297 / (1 - 0.2 * 40 / 297)
    assert measured(scanned(falloff=0.2)).light_spread == pytest.approx(falls * 100, abs=0.7)


def test_white_and_black_that_are_cut_off_are_told_apart() -> None:
    bright, dark = measured(scanned(gain=1.4)), measured(scanned(black=0.06))
    assert bright.white_clipped > 95
    assert bright.black_clipped == 0
    assert bright.grey_steps < 8
    assert dark.black_clipped > 95
    assert dark.white_clipped == 0


@pytest.mark.parametrize("skew", [0.0, 1.3])
def test_dust_on_the_glass_is_told_with_its_place(skew: float) -> None:
    assert measured(scanned(skew=skew, dust=(400, 800))).dust_mm == pytest.approx((67.9, 135.6), abs=0.3)


def test_what_stands_on_some_of_the_bands_alone_is_no_dust() -> None:
    scan = scanned().copy()
    scan[: len(scan) // 2, 400:402] //= 2
    assert measured(scan).dust_mm == ()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_sheet_may_lie_on_its_side_or_its_head(turns: int) -> None:
    measures = measured(np.ascontiguousarray(np.rot90(scanned((152.0, 149.0), skew=1.3), turns)))
    sides = (152.0, 149.0) if turns == 2 else (149.0, 152.0)
    assert (measures.dpi_x, measures.dpi_y) == pytest.approx(sides, abs=0.1)
    assert abs(measures.skew) == pytest.approx(1.3, abs=0.1)
    assert (measures.dust_mm is None) == (turns != 2)


def others() -> dict[str, NDArray[np.uint8]]:
    """What is no capture target, or only a piece of one."""
    whole = scanned()
    random = np.random.default_rng(2)
    soft = cv2.resize(random.integers(0, 256, (22, 15), np.uint8), (1240, 1754), interpolation=cv2.INTER_CUBIC)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    foreign = np.full((1754, 1240), 255, np.uint8)
    for number, (top, left) in enumerate(((60, 60), (60, 1000), (1500, 60), (1500, 1000))):
        foreign[top : top + 120, left : left + 120] = cv2.aruco.generateImageMarker(dictionary, number, 120)
    crumpled = np.where(np.arange(1754)[:, np.newaxis] < 877, whole, np.roll(whole, 40, axis=1))
    return {
        "black": np.zeros((1754, 1240), np.uint8),
        "white": np.full((1754, 1240), 255, np.uint8),
        "noise": random.integers(0, 256, (1754, 1240), np.uint8),
        "photograph": soft,
        "half": whole[:877],
        "quarter": whole[:877, :620],
        "mirrored": np.ascontiguousarray(whole[:, ::-1]),
        "sliver": np.ascontiguousarray(whole[:, :40]),
        "point": whole[:1, :1],
        "other markers": foreign,
        "torn": crumpled.astype(np.uint8),
        "tiny": cv2.resize(whole, (210, 297), interpolation=cv2.INTER_AREA),
        "markers alone": np.where(
            np.add.outer(abs(np.arange(1754) - 877) < 640, np.zeros(1240, bool)), 255, whole
        ).astype(np.uint8),
    }


def test_what_is_no_whole_target_tells_nothing_and_raises_nothing() -> None:
    assert {name for name, picture in others().items() if target_measurement.measure(picture) is not None} == set()


def test_glance_sees_the_target_and_takes_no_page_for_it() -> None:
    assert target_measurement.holds_target(np.dstack([scanned(skew=-2.0)] * 3))
    apart = ("black", "white", "noise", "photograph", "sliver", "point", "other markers")
    pages = [np.dstack([picture] * 3) for name, picture in others().items() if name in apart]
    assert not any(map(target_measurement.holds_target, pages))
