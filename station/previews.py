"""Previews of masters: made from a reduced decode, one at a time, and kept in the spool under the master's hash.

Two at once would take a small PC from the scanner (scanservjs#187, #709). A preview is derived: it can be removed at
any time and is made again when somebody looks.
"""

from __future__ import annotations

import threading
from pathlib import Path

from PIL import Image

from station import durable, images
from station.errors import Refused
from station.models import Capture
from station.opening import Station

#: Longest side in pixels: a thumbnail in a strip, and a page to read at 1366x768.
SIZES = {"small": 220, "large": 1500}
_QUALITY = 78
#: A JPEG decodes at a half, a quarter, an eighth for nearly nothing; making it exact costs more than it shows.
_NEAR_ENOUGH = 1.3
_one_at_a_time = threading.Lock()


def of_capture(station: Station, capture_id: int, longest: int, rotation: int = 0) -> Path | None:
    """The preview's file, made where missing; None for an unknown capture. ``rotation`` is clockwise, by 90 degrees."""
    with station.catalogue.reading() as session:
        capture = session.get(Capture, capture_id)
        if capture is None or rotation % 90:
            return None
        master = station.folders.data / capture.file
        name = f"{capture.sha256}-{longest}-{rotation % 360}.jpg"
    kept = station.folders.previews / name[:2] / name
    if not kept.exists():
        with _one_at_a_time:
            if not kept.exists():
                _make(master, kept, longest, rotation)
    return kept


def _make(master: Path, kept: Path, longest: int, rotation: int) -> None:
    durable.make_folders(kept.parent)
    new = kept.with_suffix(durable.TEMPORARY_SUFFIX)
    try:
        with Image.open(master) as image:
            share = longest / max(image.size)
            image.draft(image.mode, (int(image.width * share), int(image.height * share)))
            if max(image.size) > longest * _NEAR_ENOUGH:
                image.thumbnail((longest, longest))
            upright = image.rotate(-rotation, expand=True) if rotation else image
            upright.save(new, "JPEG", quality=_QUALITY)
    except images.DAMAGE as error:
        new.unlink(missing_ok=True)
        raise Refused("image-damaged", file=master.name, detail=error) from error
    new.rename(kept)  # not synced: a preview lost in a power cut is made again
