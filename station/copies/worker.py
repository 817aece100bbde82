"""The program that makes upload copies: ``python -m station.copies.worker``, JSON lines in and out.

It is niced and its memory limited like the workers of :mod:`station.imaging`, and never outlives who started it. The
reader is loaded with the first page that has something to read again; without it the ink is the proof.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.process.child_startup import begin, bound

if TYPE_CHECKING:
    from station.reading.recogniser import Recogniser

#: Memory of its own (bytes): a lossless A2 page at 600 dpi takes 1.2 GB.
MEMORY = 3 * 1024**3


def serve() -> None:
    """Read one command a line from stdin and answer each on stdout, until stdin ends or says close."""
    # Only now, with the death signal set and the limits in force: these imports take their time.
    import cv2

    from station.errors import ReaderFailed, Refused

    cv2.setNumThreads(1)  # one core is the scanner's
    recogniser: Recogniser | None = None
    is_reader_missing = False
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "close":
            return
        fields = command["fields"] if not is_reader_missing else []
        if fields and recogniser is None:
            try:
                recogniser = _recogniser()
            except ReaderFailed:
                is_reader_missing, fields = True, []
        try:
            _tell(event="made", **_made(command, fields, recogniser))
        except FileNotFoundError:
            _tell(event="missing")
        except Refused as refused:  # no whole image any more
            _tell(event="damaged", detail=str(refused.facts.get("detail", refused.code)))
        except OSError as error:
            _tell(event="failed", errno=error.errno, detail=error.strerror or str(error))
        except MemoryError:
            _tell(event="damaged", detail="memory")


def _recogniser() -> Recogniser:
    from station.reading.recogniser import Recogniser

    return Recogniser()


def _made(command: dict[str, Any], fields: Sequence[dict[str, Any]], recogniser: Recogniser | None) -> dict[str, Any]:
    from station.copies import upload_copy
    from station.copies.page_copy import Budget
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
    across, down = command["dpi"]
    budget = Budget(**command["budget"])
    copy = upload_copy.make(
        page, (across, down), budget, [Field.of(each) for each in fields], recogniser, command["turn"]
    )
    return {
        "data": base64.b64encode(copy.data).decode("ascii"),
        "codec": copy.codec,
        "width": copy.width,
        "height": copy.height,
        "grey": copy.grey,
        "dpi": copy.dpi,
        "ink": copy.ink,
        "read": copy.read,
        "differing": copy.differing,
    }


def _tell(**event: Any) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the program."""
    begin("station.copies.worker", "Makes upload copies of pages.")
    bound(MEMORY)
    serve()


if __name__ == "__main__":
    main()
