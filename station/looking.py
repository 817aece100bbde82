"""What a worker does with one image: the master is made where it is not yet, decoded, hashed and looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from drivers import masters, raw
from station import durable, findings, images, reductions
from station.errors import Refused
from station.findings import Found, Limits, fold
from station.images import Examined, Pixels
from station.points import Point, reach


@dataclass(frozen=True)
class Wanted:
    """What is to be known of an image, and where its previews go; ``paper_mm`` is what lies on the glass, upright.

    ``turn`` makes the image upright (clockwise degrees). Of an open book (``spread``) the fold is looked for.
    """

    previews: Path
    limits: Limits
    paper_mm: tuple[float, float] | None = None
    turn: int = 0
    spread: bool = False

    def told(self) -> dict[str, Any]:
        """As JSON; :meth:`of` reads it."""
        return {
            "previews": str(self.previews),
            "limits": asdict(self.limits),
            "paper_mm": list(self.paper_mm) if self.paper_mm else None,
            "turn": self.turn,
            "spread": self.spread,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Wanted:
        """What :meth:`told` described."""
        paper = told["paper_mm"]
        size = (paper[0], paper[1]) if paper else None
        return cls(Path(told["previews"]), Limits(**told["limits"]), size, told["turn"], told["spread"])


@dataclass(frozen=True)
class Looked:
    """An image that is whole, in ``file``, not synced yet; ``fingerprint`` is what its likes are known by.

    ``fold`` is where an open book's pages part (see :mod:`station.spreads`), None where nothing told or none was asked.
    """

    file: Path
    examined: Examined
    found: tuple[Found, ...]
    fingerprint: str
    fold: float | None = None

    def told(self) -> dict[str, Any]:
        """As JSON; :meth:`of` reads it."""
        return {
            "file": str(self.file),
            "examined": asdict(self.examined),
            "found": [asdict(found) for found in self.found],
            "fingerprint": self.fingerprint,
            "fold": self.fold,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Looked:
        """What :meth:`told` described."""
        found = tuple(Found(**item) for item in told["found"])
        return cls(Path(told["file"]), Examined(**told["examined"]), found, told["fingerprint"], told["fold"])


def look(file: Path, wanted: Wanted, pictured: Callable[[bytes], None] | None = None) -> Looked:
    """Look at ``file``, a master, or a raw sheet that becomes one: its raw file then goes when the master is whole.

    Of a raw sheet ``pictured`` is told the large preview, a JPEG, as soon as there is one: an operator sees the page
    while its master is still being made. Raises ``Refused`` ("image-damaged", "image-too-large") when it is not the
    image it should be, OSError when the disk does not take it. The file stays where it was then.
    """
    reach(Point.LOOKING, file.name)
    if file.suffix == raw.SUFFIX:
        looked = _developed(file, wanted, pictured)
        raw.remove(file)
        return looked
    dpi = _dpi(file)
    examined, picture = images.examine(file, dpi)
    upright = _upright(picture, wanted.turn)
    return _looked(file, wanted, dpi, examined, upright, reductions.made_of(upright))


def _developed(source: Path, wanted: Wanted, pictured: Callable[[bytes], None] | None) -> Looked:
    """Make the master of a raw sheet beside it, and look at it."""
    try:
        sheet = raw.read(source)
        pixels = masters.pixels_of(sheet, source)
    except ValueError as error:
        raise Refused("image-damaged", file=source.name, detail=error) from error
    dpi = sheet.origin.dpi[0] or None
    picture = images.at_a_glance(pixels, dpi)
    upright = _upright(picture, wanted.turn)
    previews = reductions.made_of(upright)
    if pictured is not None:
        pictured(previews[reductions.SIZES["large"]])
    master = source.with_suffix(f".{sheet.encoding}")
    half = master.with_suffix(durable.TEMPORARY_SUFFIX)
    with half.open("wb") as into:
        masters.encode(pixels, into, sheet.origin, sheet.storing)
    durable.sync_file(half)  # what has a master's name after a power cut is one
    half.rename(master)
    examined, _ = images.examine(master, dpi, picture)
    return _looked(master, wanted, dpi, examined, upright, previews)


def _upright(picture: Pixels, turn: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(picture, -turn // 90)) if turn else picture


def _looked(
    file: Path, wanted: Wanted, dpi: float | None, examined: Examined, upright: Pixels, previews: Mapping[int, bytes]
) -> Looked:
    scale = max(upright.shape[:2]) / max(examined.width, examined.height)
    seen = findings.look(
        upright, (dpi or images.USUAL_DPI) * scale, limits=wanted.limits, paper_mm=wanted.paper_mm if dpi else None
    )
    reductions.keep(previews, wanted.previews, examined.sha256, wanted.turn)
    grey = np.asarray(cv2.cvtColor(upright, cv2.COLOR_RGB2GRAY), dtype=np.uint8) if wanted.spread else None
    lies = None if grey is None else fold.find(grey)
    return Looked(file, examined, seen.found, seen.fingerprint, lies)


def _dpi(file: Path) -> float | None:
    try:
        x, _y = masters.read_provenance(file)["dpi"]
    except (OSError, ValueError, KeyError):
        return None
    return float(x) or None
