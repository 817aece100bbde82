"""The program that makes masters and looks at images: ``python -m station.imaging.worker``, JSON lines in and out.

A bad image, however bad, ends this process and not the station: it is niced, its memory is limited, and Pillow's and
our own limits of pixels hold. It never outlives the process that started it.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from pathlib import Path

from drivers.process.child_startup import begin, imports, limit_memory
from drivers.process.json_lines import commands, tell

#: Memory of its own (bytes): a lossless A2 page at 600 dpi takes 1.2 GB.
MEMORY = 3 * 1024**3


def serve() -> None:
    """Read one command a line from stdin until it ends or says close; whatever is to be looked at is answered."""
    # Only now, with the death signal set and the limits in force: these imports take their time.
    with imports():
        import cv2

        from drivers.images.raw_sheet import storing_of
        from station.errors import Refused
        from station.imaging import analysis
        from station.imaging.image_facts import AnalysisRequest
        from station.imaging.sheet_follower import SheetFollower

    cv2.setNumThreads(1)  # one core is the scanner's
    tell("ready")
    follower: SheetFollower | None = None
    for command in commands():
        file = Path(command["file"])
        try:
            if command["do"] == "look":
                on_preview = _picture if command["pictured"] else None
                result = analysis.analyse(file, AnalysisRequest.of(command["wanted"]), on_preview, follower)
                tell("looked", **result.as_dict())
        except Refused as refused:
            tell("refused", code=refused.code, facts={key: str(fact) for key, fact in refused.facts.items()})
        except OSError as error:
            tell("failed", errno=error.errno, detail=error.strerror or str(error))
        except MemoryError:
            tell("refused", code="image-damaged", facts={"file": file.name, "detail": "memory"})
        if follower is not None:
            follower.stop()
            follower = None
        if command["do"] == "follow":
            # What is not read any more, or not by a scanner, is whole when it is looked at.
            with suppress(OSError):
                follower = SheetFollower(file, storing_of(command["storing"]))


def _picture(preview: bytes) -> None:
    tell("pictured", preview=base64.b64encode(preview).decode("ascii"))


def main() -> None:
    """Run the program."""
    begin("station.imaging.worker", "Makes masters, looks at images.")
    limit_memory(MEMORY)
    serve()


if __name__ == "__main__":
    main()
