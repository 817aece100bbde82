"""The program that makes upload copies: ``python -m station.copies.worker``, JSON lines in and out.

It is niced and its memory limited like the workers of :mod:`station.imaging`, and never outlives who started it. The
reader is loaded with the first page that has something to read again; without it the ink is the proof.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.process.child_startup import begin, imports, limit_memory
from drivers.process.json_lines import commands, tell

if TYPE_CHECKING:
    from station.copies.page_copy import UploadCopy
    from station.reading.fields import Field
    from station.reading.page_image import PageImage
    from station.reading.recogniser import Recogniser

#: Memory of its own (bytes): a lossless A2 page at 600 dpi takes 1.2 GB.
MEMORY = 3 * 1024**3


def serve() -> None:
    """Read one command a line from stdin and answer each on stdout, until stdin ends or says close."""
    # Only now, with the death signal set and the limits in force: these imports take their time.
    with imports():
        import cv2

        from station.errors import Refused

    cv2.setNumThreads(1)  # one core is the scanner's
    recogniser = cache(_recogniser)
    for command in commands():
        try:
            tell("made", copy=_make_copy(command, recogniser() if command["fields"] else None).as_dict())
        except FileNotFoundError:
            tell("missing")
        except Refused as refused:  # no whole image any more
            tell("damaged", detail=str(refused.facts.get("detail", refused.code)))
        except OSError as error:
            tell("failed", errno=error.errno, detail=error.strerror or str(error))
        except MemoryError:
            tell("damaged", detail="memory")


def _recogniser() -> Recogniser | None:
    """The network that reads lines; None where its weights are missing or damaged."""
    from station.errors import ReaderFailed
    from station.reading.recogniser import Recogniser

    try:
        return Recogniser()
    except ReaderFailed:
        return None


def _make_copy(command: dict[str, Any], recogniser: Recogniser | None) -> UploadCopy:
    from dataclasses import replace

    from station.copies import upload_copy
    from station.copies.page_copy import Budget
    from station.imaging import page_codecs
    from station.reading import page_image
    from station.reading.fields import Field
    from station.storage.checkpoints import Checkpoint, reach

    file = Path(command["file"])
    reach(Checkpoint.COPYING, file.name)
    file.stat()  # the reader calls a file that is not there damaged
    page = page_image.load(file, sys.maxsize)
    if command["crop"]:
        left, top, right, bottom = command["crop"]
        page = page.part((left, top, right, bottom))
    if (profile := _profile(file)) is not None:
        page = replace(page, pixels=page_codecs.in_usual_colours(page.pixels, profile))
    across, down = command["dpi"]
    fields = [Field.of(each) for each in command["fields"]]
    if command["kept"]:
        page, fields = _kept(page, command["kept"], fields)
    return upload_copy.make(page, (across, down), Budget(**command["budget"]), fields, recogniser, command["turn"])


def _kept(page: PageImage, kept: list[list[list[int]]], fields: list[Field]) -> tuple[PageImage, list[Field]]:
    """The page with all else white, and what was read in the parts that are kept."""
    from dataclasses import replace

    import numpy as np

    from station.imaging import kept_parts

    polygons = [tuple((x, y) for x, y in polygon) for polygon in kept]
    shown = np.asarray(kept_parts.mask((page.width, page.height), (page.left, page.top), polygons)) > 0
    pixels = np.where(shown[..., np.newaxis], page.pixels, np.uint8(kept_parts.WHITE))
    boxes = ((field, page.box_of_file(field.box).middle) for field in fields)
    there = [field for field, (x, y) in boxes if 0 <= x < page.width and 0 <= y < page.height and shown[int(y), int(x)]]
    return replace(page, pixels=pixels), there


def _profile(file: Path) -> bytes | None:
    """The profile that says what the colours of a master mean, if it has one."""
    from PIL import Image

    from drivers.images.colour_profiles import matching_profile

    with Image.open(file) as image:
        return matching_profile(image.info.get("icc_profile"), 3) if image.mode == "RGB" else None


def main() -> None:
    """Run the program."""
    begin("station.copies.worker", "Makes upload copies of pages.")
    limit_memory(MEMORY)
    serve()


if __name__ == "__main__":
    main()
