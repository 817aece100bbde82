"""The capture target as a scanner would give it: printed from its drawing, then damaged as optics and light do."""

from __future__ import annotations

import math
import re
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from station.imaging import capture_target

#: Samples of a pixel in each direction while the sheet is drawn.
_FINE = 4
#: How much of the light black ink and white paper give back.
_INK, _PAPER = 0.04, 0.82


def scanned(
    dpi: tuple[float, float] = (150.0, 150.0),
    *,
    skew: float = 0.0,
    sigma: float = 0.7,
    falloff: float = 0.0,
    gain: float = 1.0,
    black: float = 0.0,
    dust: tuple[int, ...] = (),
    noise: float = 0.004,
) -> NDArray[np.uint8]:
    """A grey scan at ``dpi``: the sheet turned by ``skew`` degrees, blurred by a Gaussian of ``sigma`` pixels.

    Light falls by ``falloff`` (share) from the top to the bottom, ``gain`` and ``black`` (taken away) make it clip, and
    ``dust`` are columns that are darker by a tenth.
    """
    light = cv2.GaussianBlur(_sheet(dpi, skew), (0, 0), sigma) if sigma else _sheet(dpi, skew)
    light = light * np.linspace(1.0, 1.0 - falloff, len(light), dtype=np.float32)[:, np.newaxis]
    for column in dust:
        light[:, column : column + 2] *= 0.85
    light = light + np.random.default_rng(1).normal(0.0, noise, light.shape).astype(np.float32)
    light = np.clip(light * gain - black, 0.0, 1.0)
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.rint(srgb * 255).astype(np.uint8)


@lru_cache(4)
def _sheet(dpi: tuple[float, float], skew: float) -> NDArray[np.float32]:
    """The light that the sheet gives back, pixel by pixel, as it is drawn for the printer."""
    across, down = (each / 25.4 for each in dpi)
    width, height = round(210 * across), round(297 * down)
    fine = np.full((height * _FINE, width * _FINE), 255, np.uint8)
    turn = math.radians(skew)
    drawing = capture_target.svg("Tờ kiểm tra", "máy quét")
    for points, grey in re.findall(r'<polygon points="([^"]+)" fill="#(..)', drawing):
        corners = np.array([[float(number) for number in point.split(",")] for point in points.split()])
        x, y = (corners - (105.0, 148.5)).T
        turned = np.stack([x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)], axis=1)
        pixels = (turned + np.array((105.0, 148.5))) * (across, down) * _FINE - 0.5
        cv2.fillPoly(fine, [np.rint(pixels * 16).astype(np.int32)], int(grey, 16), shift=4)
    printed = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(_INK + (_PAPER - _INK) * printed, np.float32)
