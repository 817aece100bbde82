"""Paper sizes, upright, in mm: by name (ISO 216) or as width x height; and how captures and pages lie to each other.

Registers were bound in sizes of their own, so ``252x341`` is as good a name of a size as ``A3``.
"""

from __future__ import annotations

import re
from enum import StrEnum

from station.errors import Refused

SIZES: dict[str, tuple[int, int]] = {
    "A0": (841, 1189),
    "A1": (594, 841),
    "A2": (420, 594),
    "A3": (297, 420),
    "A4": (210, 297),
    "A5": (148, 210),
}

#: No page of a register is smaller or larger (mm along a side).
SMALLEST, LARGEST = 50, 1200
#: What a name says as long as nobody knows the paper; the size of most ledgers' pages.
USUAL = "A4"

#: How much larger than an ISO size a page may be and still count as one of that size, as a share of each side.
_OVERSIZE = 0.03

#: Each part of a page is asked more than half a page (mm): the glass of an A4 flatbed is 216 mm wide, so two parts
#: of 215 mm show 10 mm of an A3 page (420 mm) twice. That is all the overlap there can be.
_PART_MORE = 5

#: So much more (mm) is scanned of paper that no norm made, where the device has room: its pages differ by some mm.
SLACK = 6

#: ``252x341``, ``252 x 341 mm``, ``25,2 x 34,1 cm``.
_EXTENT = re.compile(
    r"([0-9]{1,6}(?:[.,][0-9]{1,2})?) *(mm|cm)? *[xX\u00d7*] *([0-9]{1,6}(?:[.,][0-9]{1,2})?) *(mm|cm)?", re.IGNORECASE
)


class Layout(StrEnum):
    """What a capture shows: one page, an open book's two, or a half of a page that is too large for the glass."""

    PAGE = "page"
    SPREAD = "spread"
    PARTS = "parts"


#: How many captures show a page whole.
PARTS_OF_A_PAGE = {Layout.PAGE: 1, Layout.SPREAD: 1, Layout.PARTS: 2}


def paper_name(text: str) -> str:
    """The one spelling of a paper size: ``a4`` is A4, ``25,2 x 34,1 cm`` is 252x341, and 210x297 is A4.

    Refused are a size that cannot be read, one that no page has, and one that lies on its side.
    """
    plain = text.strip()
    if plain.upper() in SIZES:
        return plain.upper()
    match = _EXTENT.fullmatch(plain)
    if match is None:
        raise Refused("paper-unknown", text=text, known=", ".join(SIZES))
    unit = (match[4] or match[2] or "mm").lower()
    if match[2] and match[2].lower() != unit:
        raise Refused("paper-unknown", text=text, known=", ".join(SIZES))
    width, height = (round(float(side.replace(",", ".")) * (10 if unit == "cm" else 1)) for side in match.group(1, 3))
    if not all(SMALLEST <= side <= LARGEST for side in (width, height)):
        raise Refused("paper-extent", text=text, smallest=SMALLEST, largest=LARGEST)
    if width > height:
        raise Refused("paper-on-its-side", text=text, upright=f"{height}x{width}")
    return name_of_size(width, height)


def iso_name(text: str) -> str:
    """The name of an ISO size as it stands in :data:`SIZES`; anything else is refused."""
    name = text.upper()
    if name not in SIZES:
        raise Refused("paper-unknown", text=text, known=", ".join(SIZES))
    return name


def name_of_size(width: int, height: int) -> str:
    """The name of a size: ISO's where it is one."""
    return next((name for name, size in SIZES.items() if size == (width, height)), f"{width}x{height}")


def size(paper: str) -> tuple[int, int]:
    """Width and height (mm) of the paper that :func:`paper_name` gave."""
    if paper in SIZES:
        return SIZES[paper]
    width, _, height = paper.partition("x")
    return int(width), int(height)


def iso_size(paper: str) -> str:
    """The smallest ISO size that holds such a page: 252x341 needs what A3 does, and an open book of it what A2 does."""
    width, height = size(paper)
    for name in sorted(SIZES, reverse=True):
        room = [side * (1 + _OVERSIZE) for side in SIZES[name]]
        if width <= room[0] and height <= room[1]:
            return name
    return "A0"


def a4_equivalents(paper: str) -> float:
    """How many A4 sheets a page of this size counts as: A3 two, A2 four, A5 a half; one where nobody knows it."""
    return float(2.0 ** (4 - int(iso_size(paper or USUAL)[1:])))


def slack(paper: str) -> int:
    """How much more than this paper's size is scanned where the device has room (mm)."""
    return 0 if paper in SIZES else SLACK


def area(paper: str, layout: Layout, turn: int) -> tuple[int, int]:
    """What to scan, in mm as it lies on the glass: width and height.

    ``paper`` is a page's size, of a spread that of the open book. ``turn`` is how far the image will be turned
    clockwise to be upright (degrees): a page that lies on its side is scanned on its side.
    """
    short, long = size(paper)
    match layout:
        case Layout.PAGE:
            upright = (short, long)
        case Layout.SPREAD:
            upright = (long, short)
        case Layout.PARTS:
            upright = (short, long // 2 + _PART_MORE)
    return upright if turn % 180 == 0 else (upright[1], upright[0])
