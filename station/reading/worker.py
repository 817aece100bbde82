"""The program that reads pages: ``python -m station.reading.worker``, JSON lines in and out.

It is niced, its memory is limited, and it never outlives the process that started it. An image that ends it costs its
own reading and nothing else.
"""

from __future__ import annotations

import time
from pathlib import Path

from drivers.process.child_startup import begin, bound, imports
from drivers.process.json_lines import commands, tell
from station.errors import ReaderFailed, Refused
from station.storage.checkpoints import Checkpoint, reach

#: Memory of its own (bytes): both networks take 0.35 GB, decoding a lossless A2 page at 600 dpi twice 0.42 GB.
MEMORY = 3 * 1024**3 // 2


def serve() -> None:
    """Read one command a line from stdin and answer each on stdout, until stdin ends or says close."""
    # Only now, with the death signal set and the limits in force: these imports take their time.
    with imports():
        import cv2

        from station.reading import page_image
        from station.reading.page_reader import PageReader
        from station.reading.regions import FEW, USUAL

    cv2.setNumThreads(1)
    try:
        reader = PageReader()
    except ReaderFailed as failure:
        tell("useless", code=failure.code, facts={key: str(fact) for key, fact in failure.facts.items()})
        return
    tell("ready")
    for command in commands():
        began = time.monotonic()
        file = Path(command["file"])
        try:
            reach(Checkpoint.RECOGNISING, file.name)
            image = page_image.load(file)
            part = image.part(tuple(command["crop"])) if command["crop"] else image
            reading = reader.read(part.turned(command["turn"]), FEW if command["few"] else USUAL)
        except Refused as refused:
            tell("refused", detail=str(refused))
        except MemoryError:
            tell("refused", detail="memory")
        else:
            tell("read", reading=reading.as_dict(), ms=round((time.monotonic() - began) * 1000))


def main() -> None:
    """Run the program."""
    begin("station.reading.worker", "Reads numbers and dates off pages.")
    bound(MEMORY)
    serve()


if __name__ == "__main__":
    main()
