"""A raw sheet that a test writes as the scanner's program does: its header, its lines, its facts, its name."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from drivers import Mode, Storing
from drivers.images import raw_sheet
from drivers.images.jpeg_strips import STRIP
from drivers.images.raw_sheet import SAMPLES, Origin, Raw
from tests.station.opened_station import GLASS, MOMENT

STORING = Storing()
WIDTH, HEIGHT = 50, 3 * STRIP + 20


@dataclass
class GrowingSheet:
    """One sheet; ``pixels`` are all of its bytes, another ``seed`` gives others."""

    path: Path
    mode: Mode = Mode.COLOUR
    storing: Storing = STORING
    seed: int = 1
    pixels: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.pixels = random.Random(self.seed).randbytes(WIDTH * HEIGHT * SAMPLES[self.mode])
        self.part = self.path.with_suffix(raw_sheet.PART)
        self.part.write_bytes(raw_sheet.header(self.mode, WIDTH, HEIGHT))
        self._written = 0

    def grow(self, lines: int) -> None:
        count = lines * WIDTH * SAMPLES[self.mode]
        with self.part.open("ab") as file:
            file.write(self.pixels[self._written : self._written + count])
        self._written += count

    def finish(self) -> Path:
        self.grow(HEIGHT)
        origin = Origin(GLASS, MOMENT, (300.0, 300.0), 300)
        raw_sheet.finish(Raw(1, WIDTH, HEIGHT, self.mode, origin, self.storing), self.path)
        return self.path
