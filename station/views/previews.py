"""Previews of masters: made from a reduced decode, one at a time, and kept in the spool under the master's hash.

Two at once would take a small PC from the scanner (scanservjs#187, #709). A preview is derived: it can be removed at
any time and is made again when somebody looks.
"""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import select

from station.catalogue.models import Capture, Region
from station.context import Station
from station.imaging import thumbnails
from station.imaging.thumbnails import Box

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
        kept = thumbnails.name_of(station.folders.previews, capture.sha256, longest, rotation % 360, crop)
    if not thumbnails.is_kept(kept):
        with _one_at_a_time:
            if not thumbnails.is_kept(kept):
                thumbnails.make(master, kept, longest, rotation, crop)
    return kept
