"""The parent's side of the program that reads pages (:mod:`station.reading.worker`), and its deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.process.child_process import Process
from station.domain.image_places import ImagePlace
from station.errors import NoWorker, ReaderFailed
from station.reading.fields import FieldKind, PageReading

#: How long the program may take to start, and over one page (s): niced, on an old and busy PC.
START, LONGEST = 120.0, 300.0
_CLOSE = 5.0


class NotRead(Exception):
    """Nothing was read: the image is none, or the program died or hung over it."""


@dataclass(frozen=True)
class PageToRead:
    """A page: the part ``crop`` of ``file`` (left, top, right, bottom; None is all), ``turn`` makes it upright.

    ``places`` are those that its ledger taught, see :mod:`station.reading.learned_places`.
    """

    file: Path
    crop: tuple[int, int, int, int] | None
    turn: int
    places: Mapping[FieldKind, ImagePlace] = field(default_factory=dict)


class ReadingWorker:
    """Reads pages, one at a time; the program is started when it is needed, and anew when it died."""

    def __init__(self, *, few_regions: bool = False) -> None:
        """With ``few_regions`` less of each page is read, see :data:`station.reading.regions.FEW`."""
        self._few_regions = few_regions
        self._process: Process | None = None

    def read(self, page: PageToRead) -> tuple[PageReading, int]:
        """What stands on a page, and how long that took (ms).

        :raises NotRead: nothing was; another page may be.
        :raises NoWorker: nothing is now; later it may be.
        :raises ReaderFailed: the weights are missing or damaged; nothing can be read.
        """
        answer = self._answer("read", page, places=dict(page.places))
        return PageReading.of(answer["reading"]), answer["ms"]

    def find(self, page: PageToRead, values: Mapping[FieldKind, str]) -> dict[FieldKind, list[ImagePlace]]:
        """Where on a page these values may stand, as shares of the paper; raises what :meth:`read` does."""
        answer = self._answer("find", page, values=dict(values))
        return {
            FieldKind(kind): [(left, top, right, bottom) for left, top, right, bottom in places]
            for kind, places in answer["places"].items()
        }

    def _answer(self, do: str, page: PageToRead, **facts: object) -> Mapping[str, Any]:
        process = self._running()
        process.send(do, file=str(page.file), crop=page.crop, turn=page.turn, few=self._few_regions, **facts)
        event = process.next(LONGEST)
        if event is not None and event["event"] == do:
            return event
        if event is not None and event["event"] == "refused":
            raise NotRead(event["detail"])
        self._process = None
        process.kill()
        raise NotRead(f"no answer for {LONGEST:g} s" if event is None else event["detail"])

    def close(self) -> None:
        """End the program, which then holds no memory."""
        process, self._process = self._process, None
        if process is not None:
            process.close(_CLOSE)

    def kill(self) -> None:
        """End the program at once, from another thread: what is being read is not read."""
        if (process := self._process) is not None:
            process.kill()

    def _running(self) -> Process:
        if self._process is None:
            process = Process("station.reading.worker", {})
            event = process.next(START)
            if event is not None and event["event"] == "useless":
                process.close(_CLOSE)
                raise ReaderFailed(event["code"], **event["facts"])
            if event is None or event["event"] != "ready":
                process.kill()
                detail = f"no sign of life for {START:g} s" if event is None else event["detail"]
                raise NoWorker("program-not-started", detail=detail)
            self._process = process
        return self._process
