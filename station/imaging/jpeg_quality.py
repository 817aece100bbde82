"""How strongly a JPEG was compressed: read off its quantisation table for brightness (ITU-T T.81, B.2.4.1)."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

#: The table for brightness that T.81, K.1 gives as an example, and from which libjpeg makes its own.
_EXAMPLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


def jpeg_quality(content: bytes) -> int | None:
    """The quality, 1-100, at which libjpeg loses as much as this JPEG has lost; of another program's table the nearest.

    None where no table can be told. That is never a reason to refuse an image that was decoded.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            tables = image.quantization  # type: ignore[attr-defined]
        # Brightness comes first, and usually under number 0.
        steps = sum(tables[min(tables)])
    except (OSError, SyntaxError, TypeError, ValueError, AttributeError):
        return None
    sums = _sums()
    return min(range(1, 101), key=lambda quality: abs(sums[quality - 1] - steps))


@cache
def _sums() -> list[int]:
    """The sums of libjpeg's tables for the qualities from 1 to 100."""
    scales = [5000 // quality if quality < 50 else 200 - 2 * quality for quality in range(1, 101)]
    steps = [step for row in _EXAMPLE for step in row]
    return [sum(min(255, max(1, (step * scale + 50) // 100)) for step in steps) for scale in scales]
