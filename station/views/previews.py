"""Previews of masters: made from a reduced decode, one at a time, and target in the spool under the master's hash.

Two at once would take a small PC from the scanner (scanservjs#187, #709). A preview is derived: it can be removed at
any time and is made again when somebody looks.
"""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import select

from station.catalogue.models import Capture, Reading, ReadValue, Region
from station.context import Station
from station.imaging import preview_files
from station.imaging.preview_files import Box

#: How much paper is shown beside, above and below a value that was read (of its height), also where rows of values are
#: compared with the paper; and how large (pixels).
_AROUND, _CLOSE, _VALUE = (5.0, 1.0), (1.5, 0.3), 480

_one_at_a_time = threading.Lock()


def of_capture(
    station: Station, capture_id: int, longest: int, rotation: int = 0, crop: Box | None = None
) -> Path | None:
    """The preview's file, made where missing; None for an unknown capture, or a ``crop`` that is no page's part of it.

    ``rotation`` is clockwise, by 90 degrees, after cropping.
    """
    with station.catalogue.reading() as session:
        capture = session.get(Capture, capture_id)
        if capture is None or rotation % 90:
            return None
        shown = select(Region).where(Region.capture_id == capture_id)
        if crop is not None and crop not in [region.crop for region in session.scalars(shown)]:
            return None
        master = station.folders.data / capture.file
        target = preview_files.name_of(station.folders.previews, capture.sha256, longest, rotation % 360, crop)
    _make_once(master, target, longest, rotation, crop)
    return target


def of_value(station: Station, value_id: int, *, close: bool = False) -> Path | None:
    """The preview of a value that was read, with some paper around it, ``close`` with little, upright.

    None where there is no such value.
    """
    with station.catalogue.reading() as session:
        value = session.get(ReadValue, value_id)
        if value is None:
            return None
        reading = session.get_one(Reading, value.reading_id)
        capture = session.get_one(Capture, reading.capture_id)
        rotation = (reading.turn + (180 if reading.upside_down else 0)) % 360
        width, height = value.right - value.left, value.bottom - value.top
        line = width if rotation % 180 else height
        around = _CLOSE if close else _AROUND
        across, down = (round(line * share) for share in (around[::-1] if rotation % 180 else around))
        left, top = max(0, value.left - across), max(0, value.top - down)
        crop = left, top, min(capture.width, value.right + across), min(capture.height, value.bottom + down)
        master = station.folders.data / capture.file
        target = preview_files.name_of(station.folders.previews, capture.sha256, _VALUE, rotation, crop)
    _make_once(master, target, _VALUE, rotation, crop)
    return target


def _make_once(master: Path, target: Path, longest: int, rotation: int, crop: Box | None) -> None:
    if not preview_files.is_kept(target):
        with _one_at_a_time:
            if not preview_files.is_kept(target):
                from station.imaging import thumbnails  # with OpenCV; most previews were made by a worker

                thumbnails.make(master, target, longest, rotation, crop)
