"""The program that reads pages: ``python -m station.reading.worker``, JSON lines in and out.

It is niced, its memory is limited, and it never outlives the process that started it. An image that ends it costs its
own reading and nothing else.
"""

from __future__ import annotations

import time
from pathlib import Path

from drivers.process.child_startup import begin, imports, limit_memory
from drivers.process.json_lines import commands, tell
from station.errors import ReaderFailed, Refused
from station.storage.checkpoints import Checkpoint, reach

#: Memory of its own (bytes): both networks take 0.35 GB, decoding a lossless A2 page at 600 dpi twice 0.42 GB.
MEMORY = 3 * 1024**3 // 2


def serve() -> None:
    """Do what stdin says, one ``read`` or ``find`` a line, and answer each on stdout, until it ends or says close."""
    # Only now, with the death signal set and the limits in force: these imports take their time.
    with imports():
        import cv2

        from station.reading import page_image
        from station.reading.fields import FieldKind
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
            page, regions = part.turned(command["turn"]), FEW if command["few"] else USUAL
            if command["do"] == "find":
                values = {FieldKind(kind): value for kind, value in command["values"].items()}
                answer: dict[str, object] = {"places": reader.find(page, values, regions)}
            else:
                places = {FieldKind(kind): tuple(place) for kind, place in command["places"].items()}
                answer = {"reading": reader.read(page, regions, places).as_dict()}
        except Refused as refused:
            tell("refused", detail=str(refused))
        except MemoryError:
            tell("refused", detail="memory")
        except cv2.error as error:  # an assertion of OpenCV's own about what it was given
            tell("refused", detail=str(error))
        else:
            tell(command["do"], ms=round((time.monotonic() - began) * 1000), **answer)


def main() -> None:
    """Run the program."""
    begin("station.reading.worker", "Reads numbers and dates off pages.")
    limit_memory(MEMORY)
    serve()


if __name__ == "__main__":
    main()
