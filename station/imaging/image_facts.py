"""What is asked of an image and what is told of it: both ends of the talk with a worker know this, and no pixels.

The daemon and the commands must not wait for image libraries that only their workers need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from station.domain.finding_codes import FindingCode
from station.domain.finding_limits import Limits
from station.domain.image_places import ImagePlace


@dataclass(frozen=True)
class DecodedFile:
    """What was found in a file: pixels, bytes, and the SHA-256 of the whole file in hex; of a JPEG its quality."""

    width: int
    height: int
    sha256: str
    bytes: int
    jpeg_quality: int | None = None


@dataclass(frozen=True)
class Defect:
    """One defect: its code, for technicians what was measured, with units, and where, if it has a place."""

    code: FindingCode
    detail: str
    place: ImagePlace | None = None


@dataclass(frozen=True)
class RuledLines:
    """The ruled lines of a page's form: how long they are in each strip of 2 mm, from left to right (``columns``) and
    from top to bottom (``rows``), a byte each: see :mod:`station.imaging.findings.ruled_lines`.
    """

    columns: bytes
    rows: bytes

    #: A strip's byte is so many times the root of its length (mm) beyond the least one, which counts for nothing.
    STEPS: ClassVar[float] = 13.0
    LEAST_MM: ClassVar[float] = 8.0

    @property
    def lengths_mm(self) -> tuple[float, float]:
        """How long all lines are together, those that stand upright and those that lie level."""
        upright, level = (
            sum((step / self.STEPS) ** 2 + self.LEAST_MM for step in strips if step)
            for strips in (self.columns, self.rows)
        )
        return upright, level


@dataclass(frozen=True)
class Appearance:
    """What a page is held against the other pages of its ledger by.

    ``ink`` is the share of the paper's light that writing takes; ``sharpness`` how steep its strokes are where they are
    steepest, 1 at best, None where there is too little writing; ``lines`` the printed form's.
    """

    ink: float
    sharpness: float | None
    lines: RuledLines

    def as_dict(self) -> dict[str, Any]:
        """As JSON; :meth:`of` reads it."""
        lines = {"columns": self.lines.columns.hex(), "rows": self.lines.rows.hex()}
        return {"ink": self.ink, "sharpness": self.sharpness, "lines": lines}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Appearance:
        """What :meth:`as_dict` described."""
        lines = {direction: bytes.fromhex(strips) for direction, strips in facts["lines"].items()}
        return cls(facts["ink"], facts["sharpness"], RuledLines(**lines))


@dataclass(frozen=True)
class TargetMeasures:
    """What a scan of the capture target tells of its scanner.

    ``dpi_x`` and ``dpi_y`` are true; ``skew`` is how far the sheet lay crooked (degrees, clockwise); ``light_spread``
    how much darker the darkest place is than the brightest (per cent of the light); ``mtf50_x`` and ``mtf50_y`` how
    sharp it is (cycles/mm, across and down); ``white_clipped`` and ``black_clipped`` how much of white paper and black
    ink lies beyond what the scanner can tell (per cent); ``grey_steps`` how many of eight greys can be told apart;
    ``dust_mm`` where lines of dust run (from the left edge), None where the sheet lay across and none was looked for.
    """

    dpi_x: float
    dpi_y: float
    skew: float
    light_spread: float
    mtf50_x: float
    mtf50_y: float
    white_clipped: float
    black_clipped: float
    grey_steps: int
    dust_mm: tuple[float, ...] | None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> TargetMeasures:
        """What ``asdict`` described, also by way of JSON."""
        dust = facts["dust_mm"]
        return cls(**{**facts, "dust_mm": None if dust is None else tuple(dust)})


@dataclass(frozen=True)
class AnalysisRequest:
    """What is to be known of an image, and where its previews go; ``paper_mm`` is what lies on the glass, upright.

    ``turn`` makes the image upright (clockwise degrees). Of an open book (``spread``) the fold is looked for.
    """

    previews: Path
    limits: Limits
    paper_mm: tuple[float, float] | None = None
    turn: int = 0
    spread: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As JSON; :meth:`of` reads it."""
        return {
            "previews": str(self.previews),
            "limits": asdict(self.limits),
            "paper_mm": list(self.paper_mm) if self.paper_mm else None,
            "turn": self.turn,
            "spread": self.spread,
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> AnalysisRequest:
        """What :meth:`as_dict` described."""
        paper = facts["paper_mm"]
        size = (paper[0], paper[1]) if paper else None
        return cls(Path(facts["previews"]), Limits(**facts["limits"]), size, facts["turn"], facts["spread"])


@dataclass(frozen=True)
class Analysis:
    """An image that is whole, in ``file``, not synced yet; ``fingerprint`` is what its likes are known by.

    Defects have their places on the image as it is stored.
    ``fold`` is where an open book's pages part (see :mod:`station.ledger.spreads`), None where nothing told or none was
    asked. ``paper_mm`` is the size of the paper in the upright image, None where its resolution is not known.
    ``streaks`` is where lines run along the whole sheet, on the image as it is stored. ``target`` is what the capture
    target tells, None of every other sheet. ``appearance`` is what the page is held against its ledger by, None of a
    blank one.
    """

    file: Path
    examined: DecodedFile
    defects: tuple[Defect, ...]
    fingerprint: str
    fold: float | None = None
    paper_mm: tuple[float, float] | None = None
    streaks: tuple[ImagePlace, ...] = ()
    target: TargetMeasures | None = None
    appearance: Appearance | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON; :meth:`of` reads it."""
        return {
            "file": str(self.file),
            "examined": asdict(self.examined),
            "found": [asdict(defect) for defect in self.defects],
            "fingerprint": self.fingerprint,
            "fold": self.fold,
            "paper_mm": self.paper_mm,
            "streaks": [list(place) for place in self.streaks],
            "target": asdict(self.target) if self.target else None,
            "appearance": self.appearance.as_dict() if self.appearance else None,
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Analysis:
        """What :meth:`as_dict` described."""
        defects = tuple(
            Defect(FindingCode(item["code"]), item["detail"], tuple(item["place"]) if item["place"] else None)
            for item in facts["found"]
        )
        paper = tuple(facts["paper_mm"]) if facts["paper_mm"] else None
        examined = DecodedFile(**facts["examined"])
        streaks = tuple((left, top, right, bottom) for left, top, right, bottom in facts["streaks"])
        target = TargetMeasures.of(facts["target"]) if facts["target"] else None
        appearance = Appearance.of(facts["appearance"]) if facts["appearance"] else None
        file, fingerprint, fold = Path(facts["file"]), facts["fingerprint"], facts["fold"]
        return cls(file, examined, defects, fingerprint, fold, paper, streaks, target, appearance)
