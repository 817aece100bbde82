"""Has upload copies made: a child program, started with the first page that needs one and ended with the block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from drivers.process.child_process import Process
from station.copies.page_copy import A4, UploadCopy, area
from station.domain.bands import Polygon
from station.errors import Refused, StorageFailed
from station.storage import durable

#: How long one page may take (s): a lossless A2 page on an old PC, in all steps of its budget.
LONGEST = 180.0
_CLOSE = 5.0
#: A page that ends the program twice is not tried again.
_TRIES = 2


class CopyMaker:
    """Makes one copy after the other; a context manager that ends the child."""

    def __init__(self, bytes_per_a4: int, limit_per_a4: int, dpi: int) -> None:
        self._budget = {"bytes_per_a4": bytes_per_a4, "limit_per_a4": limit_per_a4, "dpi": dpi}
        self._child: Process | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.close(_CLOSE)

    def is_small_enough(self, size: int, pixels: tuple[int, int], dpi: tuple[float, float]) -> bool:
        """Whether a master of so many bytes, ``pixels`` (width, height) and ``dpi`` keeps the budget as it is."""
        return size <= self._budget["bytes_per_a4"] * area(*pixels, dpi) / A4

    def make(
        self,
        file: Path,
        crop: tuple[int, int, int, int] | None,
        dpi: tuple[float, float],
        fields: Sequence[dict[str, Any]] = (),
        turn: int = 0,
        kept: Sequence[Polygon] = (),
    ) -> UploadCopy:
        """The copy of a master or the part of it within ``crop`` (pixels as stored).

        ``fields`` is what was read there, as JSON, ``turn`` how far it is turned when it stands upright (clockwise
        degrees). With ``kept`` (polygons in pixels as stored) all else is white. Raises ``StorageFailed`` where the
        master is missing or damaged, and ``Refused`` where the program ended over it.
        """
        for _ in range(_TRIES):
            child = self._child = self._child or Process("station.copies.worker", {})
            image = {"file": str(file), "crop": crop, "dpi": dpi, "kept": list(kept)}
            child.send("copy", **image, budget=self._budget, fields=list(fields), turn=turn)
            event = child.next(LONGEST)
            if event is not None and event["event"] != "ended":
                return _result(event, file)
            detail = f"no answer for {LONGEST:g} s" if event is None else event["detail"]
            child.kill()
            self._child = None
        raise Refused("copy-not-made", file=file.name, detail=detail)


def _result(event: dict[str, Any], file: Path) -> UploadCopy:
    if event["event"] == "missing":
        raise StorageFailed("master-missing", file=file.name)
    if event["event"] == "damaged":
        raise StorageFailed("master-damaged", file=file.name, detail=event["detail"])
    if event["event"] == "failed":
        with durable.storage_failures(file):
            raise OSError(event["errno"], event["detail"])
    return UploadCopy.of(event["copy"])
