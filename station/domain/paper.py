"""Paper sizes by name (ISO 216), upright: width and height in mm; and how captures and pages lie to each other."""

from __future__ import annotations

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

#: What each part of a page is asked more than half a page (mm): the glass of an A4 flatbed is 216 mm wide, so two parts
#: of 215 mm show 10 mm of an A3 page (420 mm) twice. That is all the overlap there can be.
_PART_MORE = 5


class Layout(StrEnum):
    """What a capture shows: one page, an open book's two, or a half of a page that is too large for the glass."""

    PAGE = "page"
    SPREAD = "spread"
    PARTS = "parts"


#: How many captures show a page whole.
PARTS_OF_A_PAGE = {Layout.PAGE: 1, Layout.SPREAD: 1, Layout.PARTS: 2}


def paper_name(text: str) -> str:
    """The name of a paper size as it stands in :data:`SIZES`; ``a4`` is A4, an unknown one is refused."""
    name = text.upper()
    if name not in SIZES:
        raise Refused("paper-unknown", text=text, known=", ".join(SIZES))
    return name


def area(paper: str, layout: Layout, turn: int) -> tuple[int, int]:
    """What to scan, in mm as it lies on the glass: width and height.

    ``paper`` is a page's size, of a spread that of the open book. ``turn`` is how far the image will be turned
    clockwise to be upright (degrees): a page that lies on its side is scanned on its side.
    """
    short, long = SIZES[paper]
    match layout:
        case Layout.PAGE:
            upright = (short, long)
        case Layout.SPREAD:
            upright = (long, short)
        case Layout.PARTS:
            upright = (short, long // 2 + _PART_MORE)
    return upright if turn % 180 == 0 else (upright[1], upright[0])
