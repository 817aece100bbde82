"""What a worker does with one image: the master is made where it is not yet, synced, decoded, hashed and looked at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from drivers import masters, raw
from station import durable, findings, images, previews
from station.errors import Refused
from station.findings import Found, Limits
from station.images import Examined


@dataclass(frozen=True)
class Wanted:
    """What is to be known of an image, and where its previews go; ``paper_mm`` is the ledger's paper, upright."""

    previews: Path
    limits: Limits
    paper_mm: tuple[float, float] | None = None

    def told(self) -> dict[str, Any]:
        """As JSON; :meth:`of` reads it."""
        return {
            "previews": str(self.previews),
            "limits": self.limits.model_dump(mode="json"),
            "paper_mm": list(self.paper_mm) if self.paper_mm else None,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Wanted:
        """What :meth:`told` described."""
        paper = told["paper_mm"]
        return cls(Path(told["previews"]), Limits(**told["limits"]), (paper[0], paper[1]) if paper else None)


@dataclass(frozen=True)
class Looked:
    """An image that is whole and lies on the medium as ``file``; ``fingerprint`` is what its likes are known by."""

    file: Path
    examined: Examined
    found: tuple[Found, ...]
    fingerprint: str

    def told(self) -> dict[str, Any]:
        """As JSON; :meth:`of` reads it."""
        return {
            "file": str(self.file),
            "examined": asdict(self.examined),
            "found": [asdict(found) for found in self.found],
            "fingerprint": self.fingerprint,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Looked:
        """What :meth:`told` described."""
        found = tuple(Found(**item) for item in told["found"])
        return cls(Path(told["file"]), Examined(**told["examined"]), found, told["fingerprint"])


def look(file: Path, wanted: Wanted) -> Looked:
    """Look at ``file``, a master, or a raw sheet that becomes one: its raw file then goes when the master is whole.

    Raises ``Refused`` ("image-damaged", "image-too-large") when it is not the image it should be, OSError when the
    disk does not take it. The file stays where it was then.
    """
    if file.suffix == raw.SUFFIX:
        looked = _developed(file, wanted)
        raw.remove(file)
        return looked
    durable.sync_file(file)
    return _looked(file, wanted, _dpi(file), None)


def _developed(source: Path, wanted: Wanted) -> Looked:
    """Make the master of a raw sheet beside it, synced, and look at it."""
    try:
        sheet = raw.read(source)
        pixels = masters.pixels_of(sheet, source)
    except ValueError as error:
        raise Refused("image-damaged", file=source.name, detail=error) from error
    master = source.with_suffix(f".{sheet.encoding}")
    half = master.with_suffix(durable.TEMPORARY_SUFFIX)
    with half.open("wb") as into:
        masters.encode(pixels, into, sheet.origin, sheet.storing)
        into.flush()
        os.fsync(into.fileno())
    half.rename(master)
    return _looked(master, wanted, sheet.origin.dpi[0] or None, pixels)


def _looked(file: Path, wanted: Wanted, dpi: float | None, source: images.Pixels | None) -> Looked:
    examined, picture = images.examine(file, dpi, source)
    scale = picture.shape[1] / examined.width
    seen = findings.look(
        picture, (dpi or images.USUAL_DPI) * scale, limits=wanted.limits, paper_mm=wanted.paper_mm if dpi else None
    )
    previews.keep(picture, wanted.previews, examined.sha256)
    return Looked(file, examined, seen.found, seen.fingerprint)


def _dpi(file: Path) -> float | None:
    try:
        x, _y = masters.read_provenance(file)["dpi"]
    except (OSError, ValueError, KeyError):
        return None
    return float(x) or None
