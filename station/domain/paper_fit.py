"""Whether a page that was seen has the size of a paper, and which size several pages agree on. All in mm."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from station.domain.paper import LARGEST, SIZES, SMALLEST, name_of_size

Extent = tuple[float, float]

#: How far a page may be from a size where the limit for sizes is off, as a share of a side.
LOOSE = 0.12
#: Pages agree that differ by less than this from one of them: the extents seen in one volume on film, which show more
#: or less of the facing page, lie up to 8 % apart.
_ALIKE = 0.1
#: So many pages must agree, and be more than the others, before a size is believed.
_ENOUGH = 3
#: What is as near to an ISO size as this is meant to be one.
_ISO = 0.03


class Fit(Enum):
    """How a page lies to a size: it has it, has it lying on its side, is two of it side by side, or none of these."""

    EXACT = auto()
    ON_ITS_SIDE = auto()
    DOUBLED = auto()
    OFF = auto()


def fit(page: Extent, paper: Extent, tolerance: float) -> Fit:
    """How a page of the size ``page`` (width, height) lies to ``paper``, each side within a share of ``tolerance``."""
    candidates = {
        Fit.EXACT: paper,
        Fit.ON_ITS_SIDE: paper[::-1],
        Fit.DOUBLED: (2 * paper[0], paper[1]),
    }
    return next((how for how, size in candidates.items() if _off_by(page, size) <= tolerance), Fit.OFF)


def extent_detail(page: Extent, paper: Extent) -> str:
    """What a technician reads of a page that does not fit."""
    off = min(_off_by(page, size) for size in (paper, paper[::-1]))
    return f"{page[0]:.0f} x {page[1]:.0f} mm, {off:.0%} off"


def common_size(extents: Sequence[Extent]) -> str:
    """The name of the size that most of these pages have, whichever way each lies; "" where they do not agree."""
    upright = [(min(extent), max(extent)) for extent in extents]
    alike = max(([one for one in upright if _off_by(one, middle) <= _ALIKE] for middle in upright), key=len, default=[])
    if len(alike) < _ENOUGH or 2 * len(alike) <= len(upright):
        return ""
    width, height = (_middle(sides) for sides in zip(*alike, strict=True))
    for name, iso in SIZES.items():
        if _off_by((width, height), iso) <= _ISO:
            return name
    if width < SMALLEST or height > LARGEST:
        return ""
    return name_of_size(round(width), round(height))


def differing_sizes(extents: Sequence[Extent]) -> list[str]:
    """The names of the sizes that these pages have, where they are more than one; the first page's first."""
    sizes: list[Extent] = []
    for extent in ((min(one), max(one)) for one in extents):
        if all(_off_by(extent, other) > LOOSE for other in sizes):
            sizes.append(extent)
    return [name_of_size(round(width), round(height)) for width, height in sizes] if len(sizes) > 1 else []


def _middle(values: Sequence[float]) -> float:
    """The median; importing statistics for it takes longer than a small command's other work."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _off_by(measured: Extent, target: Extent) -> float:
    """By which share the width or the height, whichever is worse, is off ``wanted``."""
    return max(abs(side / other - 1) for side, other in zip(measured, target, strict=True))
