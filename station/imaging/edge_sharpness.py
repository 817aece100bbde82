"""How sharp a slanted edge is: its MTF50 by the method of ISO 12233 (edge spread function, four samples a pixel)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: How far the edge is followed, as a share of its length, and how far it is looked at across (pixels).
_FOLLOWED, _ACROSS, _LEAST_ROWS = 0.66, 24, 20
#: Samples of the edge spread function in a pixel.
_SAMPLES = 4
#: An edge less strong than this says nothing (of 1, in light).
_LEAST_CONTRAST = 0.1
#: Edges that slant less than this (pixels across for one along) give no samples between the pixels; more, no edge.
_LEAST_SLANT, _MOST_SLANT = 0.01, 0.6

_LIGHT = np.where(
    np.arange(256) <= 0.04045 * 255,
    np.arange(256) / 255 / 12.92,
    ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4,
).astype(np.float32)


def linear(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Grey values of sRGB as light (0 to 1), as the standard asks for."""
    return _LIGHT[grey]


def mtf50(light: NDArray[np.float32], middle: NDArray[np.float64], along: NDArray[np.float64]) -> float | None:
    """The frequency (cycles per pixel, across the edge) at which half of the contrast is left.

    ``middle`` is the middle of the edge and ``along`` leads from one end of it to the other (pixels, x and y). None
    where there is no clear edge that slants a little.
    """
    if abs(along[1]) < abs(along[0]):
        light, middle, along = light.T, middle[::-1], along[::-1]
    half = int(abs(along[1]) * _FOLLOWED / 2)
    reach = int(_ACROSS + half * abs(along[0] / along[1]))
    x, y = round(float(middle[0])), round(float(middle[1]))
    if half * 2 < _LEAST_ROWS or x < reach or y < half:
        return None
    window = np.asarray(light[y - half : y + half, x - reach : x + reach], np.float64)
    if window.shape != (half * 2, reach * 2):
        return None
    return _of_window(window)


def _of_window(window: NDArray[np.float64]) -> float | None:
    """The same of a window whose edge runs from its top to its bottom."""
    left, right = (float(np.median(side)) for side in (window[:, :4], window[:, -4:]))
    if abs(right - left) < _LEAST_CONTRAST:
        return None
    if right < left:
        window = -window
    rows = np.arange(len(window), dtype=np.float64)
    columns = np.arange(window.shape[1] - 1) + 0.5
    steepness = np.clip(np.diff(window, axis=1), 0, None) * np.hamming(window.shape[1] - 1)
    weight = steepness.sum(axis=1)
    if not np.all(weight > 0):
        return None
    slant, start = np.polyfit(rows, (steepness * columns).sum(axis=1) / weight, 1)
    # Once more, looked at around the line alone: noise far from it pulls the middles towards the window's.
    near = np.abs(columns - (start + slant * rows)[:, np.newaxis]) < _ACROSS / 2
    weight = (steepness * near).sum(axis=1)
    if not np.all(weight > 0):
        return None
    slant, start = np.polyfit(rows, (steepness * near * columns).sum(axis=1) / weight, 1)
    if not _LEAST_SLANT < abs(slant) < _MOST_SLANT:
        return None
    away = (np.arange(window.shape[1]) - (start + slant * rows)[:, np.newaxis]) / np.hypot(1.0, slant)
    return _frequency(_spread(window, away))


def _spread(window: NDArray[np.float64], away: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The edge spread function: the mean of what lies equally far from the edge."""
    bins = np.floor(away * _SAMPLES).astype(np.intp).ravel() + _ACROSS * _SAMPLES
    inside = (bins >= 0) & (bins < 2 * _ACROSS * _SAMPLES)
    counts = np.bincount(bins[inside], minlength=2 * _ACROSS * _SAMPLES)
    if not np.all(counts[_SAMPLES:-_SAMPLES]):
        return None
    sums = np.bincount(bins[inside], window.ravel()[inside], minlength=2 * _ACROSS * _SAMPLES)
    return np.asarray((sums / np.maximum(counts, 1))[_SAMPLES:-_SAMPLES], np.float64)


def _frequency(spread: NDArray[np.float64] | None) -> float | None:
    """Where the transfer function, that of the sampling itself taken out, falls to a half."""
    if spread is None:
        return None
    line = np.diff(spread) * np.hamming(len(spread) - 1)
    transfer = np.abs(np.fft.rfft(line, 4096))
    if transfer[0] <= 0:
        return None
    frequencies = np.fft.rfftfreq(4096, 1 / _SAMPLES)
    # The difference of neighbours and the width of a bin each lower what is there by this.
    transfer = transfer / transfer[0] / np.maximum(np.sinc(frequencies / _SAMPLES) ** 2, 0.1)
    below = np.flatnonzero(transfer < 0.5)
    if not below.size or below[0] == 0:
        return None
    after = int(below[0])
    high, low = transfer[after - 1], transfer[after]
    step = frequencies[1]
    return float(frequencies[after - 1] + step * (high - 0.5) / (high - low))
