"""What stands on the register pages, from the transcriptions (ALTO) beside the images."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

_ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
#: What a transcription has wrong, as anybody sees in the image: between 578 and 580 stands 579.
_SLIPS = {("FRAN_0025_0073_L-0", 589): 579}
#: Where no columns are marked, days are what stands so near to the numbers (pixels).
_BESIDE = 200
_FIRST_DAY = re.compile(r"1(er|r|e)?")


@dataclass(frozen=True)
class Cell:
    """One number or day: its value and its middle and height in the image (pixels)."""

    value: int
    across: float
    down: float
    height: float


@dataclass(frozen=True)
class Transcript:
    """Numbers and days of a page; where no columns are marked, three digits make a number."""

    numbers: tuple[Cell, ...]
    days: tuple[Cell, ...]


def transcript(file: Path) -> Transcript:
    """Read an ALTO file."""
    root = ElementTree.parse(file).getroot()
    labels = {tag.get("ID"): tag.get("LABEL") for tag in root.iter(f"{_ALTO}OtherTag")}
    columns: dict[str | None, list[Cell]] = {}
    counted_slips: set[tuple[str, int]] = set()
    for block in root.iter(f"{_ALTO}TextBlock"):
        for line in block.iter(f"{_ALTO}TextLine"):
            string = line.find(f"{_ALTO}String")
            text = "" if string is None else string.get("CONTENT", "").strip().rstrip(" .-")
            text = "1" if _FIRST_DAY.fullmatch(text) else text
            if re.fullmatch(r"\d{1,4}", text) and line.get("HPOS"):
                left, top, wide, high = (float(line.get(key, "0")) for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
                known, value = (file.stem, int(text)), int(text)
                if known in _SLIPS and known not in counted_slips:
                    value = _SLIPS[known]
                counted_slips.add(known)
                cell = Cell(value, left + wide / 2, top + high / 2, high)
                columns.setdefault(labels.get(block.get("TAGREFS")), []).append(cell)
    if "Col_1" in columns:
        return Transcript(tuple(columns["Col_1"]), tuple(columns.get("Col_2", ())))
    loose = columns.get(None, [])
    numbers = [cell for cell in loose if cell.value > 31]
    edge = max((cell.across for cell in numbers), default=0) + _BESIDE
    return Transcript(tuple(numbers), tuple(cell for cell in loose if cell.value <= 31 and cell.across < edge))


def nearest(cells: tuple[Cell, ...], box: tuple[int, int, int, int]) -> Cell | None:
    """The cell that a box is about."""
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    level = [cell for cell in cells if abs(cell.down - down) < cell.height and abs(cell.across - across) < 130]
    return min(level, key=lambda cell: abs(cell.down - down), default=None)
