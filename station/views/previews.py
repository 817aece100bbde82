"""Previews of masters: made from a reduced decode, one at a time, and kept in the spool under the master's hash.

Two at once would take a small PC from the scanner (scanservjs#187, #709). A preview is derived: it can be removed at
any time and is made again when somebody looks.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue.models import Capture, Document, Entry, EntryPage, Finding, Reading, ReadValue, Region
from station.context import Station
from station.domain import image_places
from station.domain.image_places import ImagePlace
from station.imaging import preview_files
from station.imaging.preview_files import Box
from station.ledger import entry_regions
from station.ledger.entry_regions import ShownPart

#: How much paper is shown beside, above and below a value that was read (of its height), also where rows of values are
#: compared with the paper; and how large (pixels).
_AROUND, _CLOSE, _VALUE = (5.0, 1.0), (1.5, 0.3), 480
#: A place that may be hard to read is shown with so much paper around it, across and down at least so much (inches),
#: and so large (pixels).
_MARGIN, _LEAST, _DOUBT = 0.4, (2.4, 1.2), 900
_USUAL_DPI = 300.0

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


def of_doubt(station: Station, finding_id: int, *, copy: bool) -> Path | None:
    """The preview of a place that may be hard to read, on the master, or on its ``copy`` in the entry's PDF, upright.

    None where there is no such place, or no PDF that shows it now.
    """
    with station.catalogue.reading() as session:
        finding = session.get(Finding, finding_id)
        if finding is None or not finding.place:
            return None
        capture = session.get_one(Capture, finding.capture_id)
        region = _region_at(session, capture, finding.place)
        if region is None:
            return None
        document, number, shown = _document_of(station, session, region, finding.place)
        place = _with_paper(capture, finding.place, region.rotation)
        place = max(place[0], shown[0]), max(place[1], shown[1]), min(place[2], shown[2]), min(place[3], shown[3])
        rotation = region.rotation
        if not copy:
            master = station.folders.data / capture.file
            target = preview_files.name_of(station.folders.previews, capture.sha256, _DOUBT, rotation, place)
            _make_once(master, target, _DOUBT, rotation, place)
            return target
        if document is None:
            return None
        file, sha256 = station.folders.data / document.file, document.sha256
    return _of_copy(station, file, number, sha256, (place, shown), rotation)


def _of_copy(station: Station, file: Path, number: int, sha256: str, boxes: tuple[Box, Box], rotation: int) -> Path:
    """The preview of a place on the page of a PDF; ``boxes`` are the place and all that the page shows, as stored."""
    from PIL import Image

    from station.imaging import pdf  # pikepdf takes 10 MB: not before somebody looks

    place, shown = boxes
    target = preview_files.name_of(station.folders.previews, f"{sha256}-{number}", _DOUBT, rotation, place)
    if preview_files.is_kept(target):
        return target
    with tempfile.NamedTemporaryFile(dir=station.folders.spool, prefix=".page-") as image:
        image.write(pdf.encoded_image(file, number))
        image.flush()
        with Image.open(image.name) as opened:
            share = opened.width / (shown[2] - shown[0]), opened.height / (shown[3] - shown[1])
        left, right = (round((edge - shown[0]) * share[0]) for edge in place[::2])
        top, bottom = (round((edge - shown[1]) * share[1]) for edge in place[1::2])
        _make_once(Path(image.name), target, _DOUBT, rotation, (left, top, right, bottom))
    return target


def _with_paper(capture: Capture, place: Sequence[float], rotation: int) -> Box:
    """A place in pixels of the stored image, with so much paper around it that a person sees what stands there."""
    least = _LEAST[::-1] if rotation % 180 else _LEAST

    def edges(first: float, last: float, pixels: int, dpi: float, inches: float) -> tuple[int, int]:
        half = max((last - first) * pixels + _MARGIN * dpi, inches * dpi) / 2
        middle = (first + last) * pixels / 2
        return max(0, round(middle - half)), min(pixels, round(middle + half))

    left, right = edges(place[0], place[2], capture.width, capture.dpi_x or _USUAL_DPI, least[0])
    top, bottom = edges(place[1], place[3], capture.height, capture.dpi_y or _USUAL_DPI, least[1])
    return left, top, right, bottom


def _region_at(session: Session, capture: Capture, place: Sequence[float]) -> Region | None:
    """The page that shows the middle of a place."""
    across = (place[0] + place[2]) / 2 * capture.width
    down = (place[1] + place[3]) / 2 * capture.height
    for region in session.scalars(select(Region).where(Region.capture_id == capture.id).order_by(Region.id)):
        left, top, right, bottom = region.crop or (0, 0, capture.width, capture.height)
        if left <= across <= right and top <= down <= bottom:
            return region
    return None


def _document_of(
    station: Station, session: Session, region: Region, place: Sequence[float]
) -> tuple[Document | None, int, Box]:
    """The PDF of the entry that shows a place of a page, which of its pages it is, and what of the image that shows."""
    capture = region.capture
    part = region.crop or (0, 0, capture.width, capture.height)
    entries = select(Entry).join(EntryPage).where(EntryPage.page_id == region.page_id, Entry.living)
    bands = entry_regions.for_documents(station, entry_regions.of_capture(session, region.capture_id))
    upright = image_places.turned(_of_part(place, capture, part), region.rotation)
    middle = (upright[0] + upright[2]) / 2, (upright[1] + upright[3]) / 2
    for entry in session.scalars(entries.order_by(Entry.id)):
        band = bands.get((entry.id, ShownPart.of(region)))
        shown = part if band is None else band.crop(part, region.rotation)
        if entry.document is None or (band is not None and not band.holds(*middle)):
            continue
        regions = [one.id for placement in entry.placements for one in placement.page.regions]
        return entry.document, regions.index(region.id), shown
    return None, 0, part


def _of_part(place: Sequence[float], capture: Capture, part: Box) -> ImagePlace:
    """A place of the whole image as shares of a part of it."""
    left, top, right, bottom = part
    wide, high = right - left, bottom - top
    across = ((edge * capture.width - left) / wide for edge in place[::2])
    down = ((edge * capture.height - top) / high for edge in place[1::2])
    (first, last), (upper, lower) = across, down
    return first, upper, last, lower


def _make_once(master: Path, target: Path, longest: int, rotation: int, crop: Box | None) -> None:
    if not preview_files.is_kept(target):
        with _one_at_a_time:
            if not preview_files.is_kept(target):
                from station.imaging import thumbnails  # with OpenCV; most previews were made by a worker

                thumbnails.make(master, target, longest, rotation, crop)
