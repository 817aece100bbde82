"""A QR code as a drawing for paper: OpenCV makes it, and any telephone reads it."""

from __future__ import annotations

from functools import lru_cache
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

Modules = NDArray[np.uint8]

#: White around the code (modules), as ISO/IEC 18004 asks for; OpenCV gives two of them.
_QUIET = 4
_GIVEN = 2


#: How much of a code may be lost, in the order in which it is tried.
_LEVELS = (
    cv2.QRCODE_ENCODER_CORRECT_LEVEL_M,
    cv2.QRCODE_ENCODER_CORRECT_LEVEL_L,
    cv2.QRCODE_ENCODER_CORRECT_LEVEL_Q,
    cv2.QRCODE_ENCODER_CORRECT_LEVEL_H,
)
#: Pixels of a module at which the code is read for trial.
_TRIALS = (4, 8)
#: So many codes are kept: making one and reading it back costs more than all else on a paper.
_KEPT = 32


def svg(text: str, title: str) -> str:
    """The code of an ASCII text as an SVG drawing, with what it is called for those who cannot see it."""
    width, rows = _drawing(text)
    return (
        f'<svg class="document-code" viewBox="0 0 {width} {width}" role="img" aria-label="{escape(title)}" '
        f'shape-rendering="crispEdges"><rect width="{width}" height="{width}" fill="#fff"/><path d="{rows}"/></svg>'
    )


@lru_cache(_KEPT)
def _drawing(text: str) -> tuple[int, str]:
    """How wide the code is (modules), and its black modules as a path."""
    modules = _modules(text)
    return len(modules), "".join(f"M{x} {y}h1v1h-1z" for y, x in np.argwhere(modules == 0))


def _modules(text: str) -> Modules:
    """The code as its modules, white 255 and black 0: the first that is read back, for some in thirty are not."""
    usual = _encoded(text, _LEVELS[0])
    if _is_read_back(usual, text):
        return usual
    others = (_encoded(text, level) for level in _LEVELS[1:])
    return next((code for code in others if _is_read_back(code, text)), usual)


def _is_read_back(code: Modules, text: str) -> bool:
    return all(_read(code, size) == text for size in _TRIALS)


def _encoded(text: str, level: int) -> Modules:
    parameters = cv2.QRCodeEncoder.Params()
    parameters.correction_level = level
    return np.pad(cv2.QRCodeEncoder.create(parameters).encode(text), _QUIET - _GIVEN, constant_values=255)


def _read(code: Modules, size: int) -> str:
    return str(cv2.QRCodeDetector().detectAndDecode(np.kron(code, np.ones((size, size), np.uint8)))[0])
