"""The program that reads pages: ``python -m station.reading.worker``, JSON lines in and out.

It is niced, its memory is limited, and it never outlives the process that started it. An image that ends it costs its
own reading and nothing else.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from drivers.process.child_startup import begin, bound
from station.errors import ReaderFailed, Refused
from station.storage.checkpoints import Checkpoint, reach

#: Memory of its own (bytes): both networks take 0.35 GB, decoding a lossless A2 page at 600 dpi twice 0.42 GB.
MEMORY = 3 * 1024**3 // 2


def serve() -> None:
    """Read one command a line from stdin and answer each on stdout, until stdin ends or says close."""
    # Only now, with the death signal set and the limits in force: these imports take their time.
    import cv2

    from station.reading import page_image
    from station.reading.page_reader import PageReader

    cv2.setNumThreads(1)
    try:
        reader = PageReader()
    except ReaderFailed as failure:
        _tell(event="useless", code=failure.code, facts={key: str(fact) for key, fact in failure.facts.items()})
        return
    _tell(event="ready")
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "close":
            return
        began = time.monotonic()
        file = Path(command["file"])
        try:
            reach(Checkpoint.RECOGNISING, file.name)
            image = page_image.load(file)
            part = image.part(tuple(command["crop"])) if command["crop"] else image
            reading = reader.read(part.turned(command["turn"]))
        except Refused as refused:
            _tell(event="refused", detail=str(refused))
        except MemoryError:
            _tell(event="refused", detail="memory")
        else:
            _tell(event="read", reading=reading.as_dict(), ms=round((time.monotonic() - began) * 1000))


def _tell(**event: Any) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the program."""
    begin("station.reading.worker", "Reads numbers and dates off pages.")
    bound(MEMORY)
    serve()


if __name__ == "__main__":
    main()
