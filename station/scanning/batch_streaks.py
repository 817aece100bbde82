"""Streaks on the sheets of one batch: the same column on two of them is dirt in the scanner, and is told once."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from station.domain.finding_codes import FindingCode
from station.domain.image_places import ImagePlace
from station.imaging.image_facts import Analysis, Defect

#: Two streaks are in the same column whose sides are no further apart than this share of the image (1 mm of A4).
_SAME = 0.005
#: Dirt is on each sheet until it is wiped off; so many sheets back a line counts, for it may be lost in a dark one. Of
#: hundreds, two would have their creases in one column by chance.
_SHEETS = 3


class BatchStreaks:
    """What the sheets of one session showed so far."""

    def __init__(self) -> None:
        self._earlier: deque[tuple[ImagePlace, ...]] = deque(maxlen=_SHEETS)
        self._is_told = False

    def judge(self, analysis: Analysis) -> Analysis:
        """The next sheet's analysis; with a finding where it shows a streak that an earlier sheet showed as well.

        Only once: who wipes the glass is not asked about each sheet that went through before.
        """
        if self._is_told:
            return analysis
        earlier = [place for places in self._earlier for place in places]
        repeated = next(
            (place for place in analysis.streaks if any(_are_same(place, other) for other in earlier)), None
        )
        self._earlier.append(analysis.streaks)
        if repeated is None:
            return analysis
        self._is_told = True
        return replace(
            analysis,
            defects=(*analysis.defects, Defect(FindingCode.STREAKS, f"the same at {repeated[0]:.1%}", repeated)),
        )


def _are_same(one: ImagePlace, other: ImagePlace) -> bool:
    """A streak is as long as the image: what lies across it are the sides that are not 0 and 1."""
    return all(abs(a - b) <= _SAME for a, b in zip(one, other, strict=True))
