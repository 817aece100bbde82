"""What an upload copy is: its bytes, how they are encoded, and the proof that it can be read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from station.domain.states import CopyCodec
from station.imaging.encoded_page import EncodedPage

#: Raised when a copy of the same master would come out otherwise.
VERSION = 2
#: An A4 page (mm²), by which bytes are counted.
A4 = 210.0 * 297.0
#: Below this a copy is not taken for readable, whatever the machine read.
LEAST_INK = 0.7
_MM = 25.4
#: What a PDF needs beside the image of a page (bytes).
_PDF = 1500
#: From the budget to the limit in so many steps.
_STEPS = 3


@dataclass(frozen=True)
class Budget:
    """How many bytes a page may take (per A4), in the usual case and at most, and its resolution (dpi)."""

    bytes_per_a4: int = 100_000
    limit_per_a4: int = 200_000
    dpi: int = 200

    def steps(self, area: float) -> list[int]:
        """Bytes to try for a page of so many mm², the fewest first."""
        share = area / A4
        more = max(0, self.limit_per_a4 - self.bytes_per_a4) / (_STEPS - 1)
        steps = dict.fromkeys(self.bytes_per_a4 + number * more for number in range(_STEPS))
        return [max(_PDF, round(each * share) - _PDF) for each in steps]


@dataclass(frozen=True)
class UploadCopy(EncodedPage):
    """A page's copy with its proof.

    ``ink`` is what :func:`station.imaging.ink.share_kept` tells, ``read`` how many values were read again and
    ``differing`` which of them came out otherwise. Of one that is not readable ``places`` are where a person has to
    look, in pixels of the stored master (left, top, right, bottom): those of the values, or where the ink is worst.
    """

    ink: float
    read: int
    differing: tuple[str, ...]
    places: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def is_readable(self) -> bool:
        """Whether it reads like its master, as far as a machine can tell."""
        return self.ink >= LEAST_INK and not self.differing

    def as_dict(self) -> dict[str, Any]:
        """All of it, for another process; see :meth:`of`."""
        return vars(self) | {"data": base64.b64encode(self.data).decode("ascii")}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """What :meth:`as_dict` gave, once more, also when it went as JSON."""
        across, down = facts["dpi"]
        typed = {"data": base64.b64decode(facts["data"]), "codec": CopyCodec(facts["codec"]), "dpi": (across, down)}
        lists = {"differing": tuple(facts["differing"]), "places": tuple(map(tuple, facts["places"]))}
        return cls(**{**facts, **typed, **lists})


def area(width: int, height: int, dpi: tuple[float, float]) -> float:
    """How much paper so many pixels show (mm²)."""
    return width / dpi[0] * _MM * height / dpi[1] * _MM
