"""The real pages of ``../shared/data/registers``, marked by hand: volume, print, paper, and what is truly amiss.

Positions were read off the pictures by eye, to about 2 mm. ``turn`` is how far the print stands off level, degrees,
clockwise. ``true`` are findings a person confirms on the untouched picture; ``either`` people may disagree on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.station.damaged import DPI, Frame, Picture

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "registers"
VOLUME_OF = {"0316": "FRAN 0316-0327", "0327": "FRAN 0316-0327"}

#: The half on which limits were chosen; all other volumes report.
CALIBRATION = ("MIC 1830", "FRAN 0073", "FRAN 0316-0327")


@dataclass(frozen=True)
class Real:
    """One real page; ``paper`` is its width and height in mm at the resolution the file states."""

    name: str
    volume: str
    frame: Frame
    paper: tuple[float, float]
    dark_ground: bool
    turn: float = 0.0
    true: tuple[str, ...] = ()
    either: tuple[str, ...] = ()

    def picture(self) -> Picture:
        """The page at the resolution at which findings are looked for."""
        pixels = cv2.imread(str(FOLDER / f"{self.name}.jpg"))
        assert pixels is not None
        share = DPI / (200 if self.dark_ground else 300)
        return np.ascontiguousarray(
            cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)[:, :, ::-1]
        )


def _film(
    number: str, frame: Frame, turn: float = 0.0, true: tuple[str, ...] = (), either: tuple[str, ...] = ()
) -> Real:
    volume, paper = ("MIC 1830", (252.0, 341.0)) if number < "07" else ("MIC 1850", (245.0, 347.0))
    return Real(f"DAFANCH96_048MIC{number}", volume, frame, paper, True, turn, true, either)


def _colour(number: str, frame: Frame, paper: tuple[float, float], turn: float = 0.0) -> Real:
    volume = VOLUME_OF.get(number[:4], f"FRAN {number[:4]}")
    return Real(f"FRAN_0025_{number}", volume, frame, paper, False, turn)


PAGES = (
    # The film's frame cut off the first column and half of the stamp.
    _film("06479_L-1", Frame(0.0, 0.090, 0.72, 0.955), -1.6, true=("skew", "cut-edge")),
    _film("06480_L-0", Frame(0.165, 0.115, 0.927, 0.975), -1.3, true=("skew",)),
    # The paper's left edge lies on the film's edge; the stamp touches it, the frame does not.
    _film("06480_L-1", Frame(0.075, 0.090, 0.845, 0.955), -1.3, true=("skew",), either=("cut-edge",)),
    _film("06481_L-0", Frame(0.16, 0.115, 0.935, 0.975), -1.5, true=("skew",)),
    # The film's frame cut off the column of numbers and half of the stamp.
    _film("07644_L-1", Frame(0.0, 0.090, 0.785, 0.955), -0.4, true=("cut-edge",)),
    _film("07645_L-0", Frame(0.16, 0.090, 0.975, 0.960)),
    # The frame's left line and the stamp's edge lie on the film's edge; no writing is lost.
    _film("07645_L-1", Frame(0.01, 0.090, 0.795, 0.955), -0.4, either=("cut-edge",)),
    _film("07646_L-0", Frame(0.16, 0.090, 0.98, 0.960)),
    _colour("0073_L-0", Frame(0.094, 0.058, 0.953, 0.972), (246, 352), 0.4),
    _colour("0149_L-0", Frame(0.110, 0.068, 0.962, 0.962), (248, 354)),
    _colour("0316_L-0", Frame(0.113, 0.077, 0.965, 0.960), (244, 356)),
    _colour("0316_L-1", Frame(0.037, 0.074, 0.897, 0.957), (245, 356)),
    _colour("0327_L-0", Frame(0.106, 0.070, 0.967, 0.953), (245, 360)),
    _colour("1289_L-1", Frame(0.038, 0.077, 0.903, 0.953), (252, 354)),
    _colour("1350_L-0", Frame(0.100, 0.060, 0.965, 0.950), (249, 355), 0.5),
    _colour("2352_L-0", Frame(0.105, 0.075, 0.969, 0.962), (243, 353), 0.1),
)

#: Pages that face each other in the open book, and so make a true spread again.
FACING = (
    ("DAFANCH96_048MIC06480_L-0", "DAFANCH96_048MIC06480_L-1"),
    ("DAFANCH96_048MIC07645_L-0", "DAFANCH96_048MIC07645_L-1"),
    ("FRAN_0025_0316_L-0", "FRAN_0025_0316_L-1"),
)
