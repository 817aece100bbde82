"""Whether an image is as large as the paper that was asked for: read-back proves an option, not the pixels.

Real devices confirm 600 dpi and send 300, cut a page at a default height, or do not know the height beforehand
(sane-airscan#221, #57, naps2#129); so what came is measured.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from drivers import ScanSettings
from drivers.errors import WrongImage
from drivers.images.raw_sheet import HEADER_BYTES

_MM_PER_INCH = 25.4
#: How far an edge may be off: each edge may be set a millimetre away from what was asked, and backends round a width to
#: whole bytes of a bitonal line (kvs1025: 16 pixels).
TOLERANCE_MM = 2.0
TOLERANCE_PIXELS = 16
# A white margin on two sides is no smaller image; a decoder may round a size up or down.
_WHOLE = 0.95
_SLACK_PIXELS = 2


def check_size(
    settings: ScanSettings, dpi: tuple[float, float], width: int, height: int | None, sheet: int | None = None
) -> None:
    """Compare an image of ``width`` x ``height`` pixels with the area and resolution asked.

    ``dpi`` is what the device confirmed. ``height`` is None before the read of a device that does not know it; ask
    again when the sheet was read, because only its height tells then that the sheet came whole. Where no area or no
    resolution was asked, nothing is compared; of ``slack_mm`` any part may have come.

    :raises WrongImage: a side is off by more than :data:`TOLERANCE_MM` and :data:`TOLERANCE_PIXELS`.
    """
    if settings.dpi is None:
        return
    sides = (("wide", settings.width_mm, dpi[0], width), ("high", settings.height_mm, dpi[1], height))
    for side, mm, resolution, pixels in sides:
        if mm is None or pixels is None:
            continue
        per_mm = resolution / _MM_PER_INCH
        expected = mm * per_mm
        tolerance = max(TOLERANCE_MM * per_mm, TOLERANCE_PIXELS)
        if not expected - tolerance <= pixels <= expected + settings.slack_mm * per_mm + tolerance:
            is_mm = pixels / per_mm
            raise WrongImage(
                f"{pixels} pixels {side} instead of {expected:.0f}:"
                f" {is_mm:.0f} mm at {resolution:g} dpi, or {pixels * _MM_PER_INCH / mm:.0f} dpi on {mm:g} mm",
                sheet,
            )


def check_filled(sheet_file: Path, width: int, height: int, dpi: float, samples: int, sheet: int | None = None) -> None:
    """Find the image in a lower resolution than asked that a backend enlarged with white to the size it had announced.

    sane-airscan does that (measured with 0.99.27: 75 dpi sent for 150 asked come as a quarter of paper and three of
    pure white). So an image is refused when what is not pure white ends, on the right and below, at one and the same
    share of both sides, to two pixels. What is larger than asked sane-airscan cuts without a trace. ``sheet_file`` is
    a raw sheet.

    :raises WrongImage: with the resolution that the image seems to have.
    """
    line = width * samples
    white = b"\xff" * line
    with sheet_file.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pixels:
        starts = range(HEADER_BYTES, HEADER_BYTES + height * line, line)
        filled = (row for row in range(height, 0, -1) if pixels[starts[row - 1] : starts[row - 1] + line] != white)
        rows = next(filled, 0)
        share = rows / height
        if not rows or share > _WHOLE:
            return
        edge = round(width * share)
        left, right = max(edge - _SLACK_PIXELS, 0) * samples, min(edge + _SLACK_PIXELS, width) * samples
        if any(pixels[start + right : start + line] != white[right:] for start in starts[:rows]):
            return
        if any(pixels[start + left : start + right] != white[left:right] for start in starts[:rows]):
            raise WrongImage(
                f"only {edge}x{rows} of {width}x{height} pixels are filled: the sheet is smaller than asked,"
                f" or came at {dpi * share:.0f} dpi instead of {dpi:g}",
                sheet,
            )
