"""What a scan of the capture target tells of its scanner: resolution, skew, light, sharpness, clipping, dust."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging import capture_target as target
from station.imaging import edge_sharpness
from station.imaging.decoding import Pixels
from station.imaging.image_facts import TargetMeasures

Grey = NDArray[np.uint8]
_Affine = NDArray[np.float64]
_Numbers = NDArray[np.uint8] | NDArray[np.float32]

#: The longer side at which the markers are looked for (pixels): each has some 60 then; at a glance, some 30.
_SIDE, _GLANCE = 900, 450
#: By how much the corners may lie beside where the sheet has them, on average (mm): paper is not that crooked.
_CROOKED_MM = 0.7
#: By how much a scan may lean, as sheets do that slip in a feeder: the cosine between across and down.
_LEANING = 0.015
#: Resolutions that are a scanner's (dpi).
_LEAST_DPI, _MOST_DPI = 60.0, 1300.0
#: How large the place is where a light or a grey is measured: half its side (mm).
_HALF_MM = 2.0
#: Where in a white band the light is measured (mm).
_LIGHT_AT = (16.0, 60.0, 105.0, 150.0, 194.0)
#: Grey values (of 255) that say nothing more than "white" and "black"; two steps nearer than that look alike.
_WHITE, _BLACK, _ALIKE = 254, 1, 4.0
#: A dust line differs so much (of 255) from the paper within so many mm, on so many of the bands, the same way.
_DUST, _AROUND_MM, _BANDS_WITH_DUST = 5.0, 6.0, len(target.BANDS) - 1
#: So near to the paper's edges nothing is looked at, and lines nearer to each other than that are one (mm).
_RIM_MM, _APART_MM = 6.0, 0.7


def holds_target(picture: Pixels) -> bool:
    """Whether a picture (RGB) may show the capture target, at a glance: at least two of its markers are there."""
    step = max(1, round(max(picture.shape[:2]) / _GLANCE))
    return len(_markers(np.ascontiguousarray(picture[::step, ::step, 1]), windows=1)) > 1


def measure(grey: Grey) -> TargetMeasures | None:
    """What a scan (grey, in full) tells; None where it does not show the whole capture target. Never raises for it."""
    corners = _markers(grey)
    if len(corners) < len(target.MARKERS):
        return None
    place = _affine(grey, corners)
    across, down = (0.0, 0.0) if place is None else (float(np.hypot(*row[:2])) for row in place)
    if place is None or not all(_LEAST_DPI <= per_mm * 25.4 <= _MOST_DPI for per_mm in (across, down)):
        return None
    linear = edge_sharpness.linear(grey)
    turn = math.degrees(math.atan2(place[1, 0] / down, place[0, 0] / across))
    skew = (turn + 45) % 90 - 45
    light = [_mean(linear, place, point) for point in _white_places()]
    steps = [_mean(grey, place, target.step_middle(step)) for step in range(len(target.GREYS))]
    sharpness = _sharpness(linear, place, across, down)
    if sharpness is None or max(light) <= 0:
        return None
    return TargetMeasures(
        dpi_x=round(across * 25.4, 2),
        dpi_y=round(down * 25.4, 2),
        skew=round(skew, 2),
        light_spread=round((max(light) - min(light)) / max(light) * 100, 1),
        mtf50_x=round(sharpness[0], 2),
        mtf50_y=round(sharpness[1], 2),
        white_clipped=round(_share(grey, place, _white_places(), least=_WHITE), 1),
        black_clipped=round(_share(grey, place, [target.step_middle(0), *target.SQUARES], most=_BLACK), 1),
        grey_steps=1 + sum(after - before > _ALIKE for before, after in pairwise(steps)),
        dust_mm=_dust(grey, place, across) if abs((turn + 90) % 180 - 90) < 45 else None,
    )


def _markers(grey: Grey, *, windows: int = 3) -> dict[int, NDArray[np.float64]]:
    """The corners (4, 2) of the target's markers, by their number, in the picture's own pixels.

    ``windows`` is how many ways of telling black from white are tried.
    """
    height, width = grey.shape
    share = min(1.0, _SIDE / max(height, width))
    size = (round(width * share), round(height * share))
    if min(size) < 8:
        return {}
    small = grey if share == 1 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    parameters = cv2.aruco.DetectorParameters()
    parameters.minMarkerPerimeterRate = 0.1
    parameters.adaptiveThreshWinSizeMin = 23 - 10 * (windows - 1)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(target.DICTIONARY), parameters)
    corners, numbers, _ = detector.detectMarkers(small)
    if numbers is None:
        return {}
    return {
        int(number): (np.asarray(four, np.float64).reshape(4, 2) + 0.5) / share - 0.5
        for number, four in zip(np.ravel(numbers), corners, strict=True)
        if int(number) in target.MARKERS
    }


def _affine(grey: Grey, corners: dict[int, NDArray[np.float64]]) -> _Affine | None:
    """Where the sheet lies: a (2, 3) map from its millimetres to pixels; None where the corners fit no flat sheet."""
    side = float(np.mean([np.hypot(*(four[1] - four[0])) for four in corners.values()]))
    window = max(2, round(side / target.MARKER))  # 1 mm, a third of a module
    seen = np.concatenate(list(corners.values())).astype(np.float32).reshape(-1, 1, 2)
    until = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 30, 0.01)
    cv2.cornerSubPix(grey, seen, (window, window), (-1, -1), until)
    printed = np.array([(*corner, 1.0) for number in corners for corner in target.marker_corners(number)])
    pixels = seen.reshape(-1, 2).astype(np.float64)
    solution = np.linalg.lstsq(printed, pixels, rcond=None)[0]
    off = float(np.sqrt(np.mean(np.sum((printed @ solution - pixels) ** 2, axis=1))))
    place = np.asarray(solution.T, np.float64)
    per_mm = math.sqrt(abs(float(np.linalg.det(place[:, :2]))))
    if per_mm == 0 or off > _CROOKED_MM * per_mm:
        return None
    leaning = abs(float(place[0, :2] @ place[1, :2])) / float(np.prod(np.hypot(*place[:, :2].T)))
    return place if leaning <= _LEANING else None


def _at(place: _Affine, point: target.Point) -> NDArray[np.float64]:
    return np.asarray(place @ np.array([*point, 1.0]), np.float64)


def _patch(picture: _Numbers, place: _Affine, point: target.Point) -> _Numbers:
    """The pixels around a point of the sheet; none where it lies outside of the picture."""
    x, y = _at(place, point)
    half = _HALF_MM * np.hypot(*place[:, :2].T)
    left, right = (round(max(0.0, x + sign * half[0])) for sign in (-1, 1))
    top, bottom = (round(max(0.0, y + sign * half[1])) for sign in (-1, 1))
    return picture[top : bottom + 1, left : right + 1]


def _mean(picture: _Numbers, place: _Affine, point: target.Point) -> float:
    patch = _patch(picture, place, point)
    return float(np.mean(patch, dtype=np.float64)) if patch.size else 0.0


def _white_places() -> list[target.Point]:
    return [(x, y) for y in target.BANDS for x in _LIGHT_AT]


def _share(grey: Grey, place: _Affine, points: list[target.Point], *, least: int = 0, most: int = 255) -> float:
    """How many of the pixels around those points lie between ``least`` and ``most`` (per cent)."""
    pixels = np.concatenate([_patch(grey, place, point).ravel() for point in points])
    return float(np.mean((pixels >= least) & (pixels <= most)) * 100) if pixels.size else 0.0


def _sharpness(linear: NDArray[np.float32], place: _Affine, across: float, down: float) -> tuple[float, float] | None:
    """The MTF50 (cycles/mm) across the picture and down it: the middle of all edges; None without one that is clear."""
    by_direction: dict[bool, list[float]] = {True: [], False: []}
    for start, end in _edges():
        first, last = _at(place, start), _at(place, end)
        direction = last - first
        is_upright = bool(abs(direction[1]) > abs(direction[0]))
        frequency = edge_sharpness.mtf50(linear, (first + last) / 2, direction)
        if frequency is not None:
            by_direction[is_upright].append(frequency * (across if is_upright else down))
    if not all(by_direction.values()):
        return None
    return float(np.median(by_direction[True])), float(np.median(by_direction[False]))


def _edges() -> Iterator[tuple[target.Point, target.Point]]:
    for middle in target.SQUARES:
        corners = target.square_corners(middle)
        yield from zip(corners, [*corners[1:], corners[0]], strict=True)


def _dust(grey: Grey, place: _Affine, per_mm: float) -> tuple[float, ...]:
    """Where lines run along the whole picture (mm from its left edge)."""
    height, width = grey.shape
    half = int(target.BAND * 0.8 * float(np.hypot(*place[1, :2])))
    upwards, downwards = np.zeros(width, np.int16), np.zeros(width, np.int16)
    for band in target.BANDS:
        left, right = _at(place, (_RIM_MM, band)), _at(place, (target.WIDTH - _RIM_MM, band))
        first, last = sorted((left[0], right[0]))
        columns = np.arange(max(0, math.ceil(first)), min(width, math.floor(last)))
        middle = left[1] + (columns - left[0]) * (right[1] - left[1]) / (right[0] - left[0])
        rows = np.rint(middle).astype(np.intp) + np.arange(-half, half + 1)[:, np.newaxis]
        if not columns.size or rows.min() < 0 or rows.max() >= height:
            continue
        profile = np.mean(grey[rows, columns], axis=0, dtype=np.float32).reshape(1, -1)
        around = max(3, round(_AROUND_MM * per_mm))
        away = (profile - cv2.blur(profile, (around, 1), borderType=cv2.BORDER_REPLICATE)).ravel()
        upwards[columns] += away > _DUST
        downwards[columns] += away < -_DUST
    lines = np.flatnonzero(np.maximum(upwards, downwards) >= _BANDS_WITH_DUST)
    if not lines.size:
        return ()
    groups = np.split(lines, np.flatnonzero(np.diff(lines) > _APART_MM * per_mm) + 1)
    return tuple(round(float(np.mean(group) + 0.5) / per_mm, 1) for group in groups)
