"""The limits from which on a defect of an image is worth asking a person: ``[profile.limits]`` of a scan profile.

The defaults were chosen on half of the volumes of real registers that docs/quality.md names, and tried on the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Interval


class _Strict:
    """Tells pydantic to take a number only: no text that looks like one, no truth value."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(source), "strict": True}


_Share = Annotated[float, _Strict(), Interval(ge=0, le=1)]
_Millimetres = Annotated[float, _Strict(), Interval(ge=0, le=100)]


@dataclass(frozen=True)
class Limits:
    """Thresholds of the findings; 0 switches a finding off, whichever way its limit points.

    Pydantic checks them in the settings by these annotations; a worker is told them and does without it, which saves a
    fifth of the time that it takes to start.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    #: Ink on less than this share of the paper is a blank page.
    blank: _Share = 0.0045
    #: From light to dark in more than this many mm is blurred, at the worse of four directions.
    blur: _Millimetres = 0.85
    #: A part whose writing is less than this share as sharp as the page's sharpest quarter cannot be read.
    unreadable_part: _Share = 0.72
    #: The same line of the image on a stretch of this many mm or more: the feeder stopped, lines are lost.
    lines_lost: _Millimetres = 2.0
    #: So many square mm that begin at the page's side and are not its paper cover it, or are torn or folded away.
    covered: Annotated[float, _Strict(), Interval(ge=0, le=100_000)] = 210.0
    #: Lines along the whole sheet that differ by more than so many grey levels from the paper beside them are streaks.
    streaks: Annotated[float, _Strict(), Interval(ge=0, le=255)] = 4.0
    #: Paper darker than this grey level (0 black, 255 white) is too dark.
    dark: Annotated[float, _Strict(), Interval(ge=0, le=255)] = 125.0
    #: Ink that takes less than this share of the light from near-white paper is too light.
    light: _Share = 0.42
    #: More than this share of the paper at full white has lost its highlights.
    clipped: _Share = 0.3
    #: Writing that takes less than this share of the light from the paper is faded.
    faded: _Share = 0.28
    #: A patch within the paper that is burned to white over so many square mm is glare.
    glare: Annotated[float, _Strict(), Interval(ge=0, le=100_000)] = 20.0
    #: Lines that stand more than this many degrees off level are skewed.
    skew: Annotated[float, _Strict(), Interval(ge=0, le=45)] = 1.2
    #: Ink that is cut at the image's border on a stretch of this many mm or more is a cut edge.
    cut_edge: _Millimetres = 18.0
    #: A fold darker than the paper beside it by this share, in the middle of a wide image, makes it two pages.
    two_pages: _Share = 0.05
    #: Paper that differs by more than this share from the ledger's has the wrong size.
    wrong_size: _Share = 0.12
    #: A JPEG that came in with less than this quality (1-100, as libjpeg counts it) has lost fine strokes.
    over_compressed: Annotated[float, _Strict(), Interval(ge=0, le=100)] = 30.0
    #: Ink that takes less than this share of what it takes on its ledger's good pages is fainter there.
    fainter: _Share = 0.78
    #: Writing that is less than this share as sharp as on its ledger's good pages is less sharp.
    less_sharp: _Share = 0.82
    #: Ruled lines less alike than those of the ledger's pages among themselves, by so much, are of another form.
    other_form: _Share = 0.15
    #: Two images whose least similar parts agree by more than this (1 is the same) show the same page.
    near_duplicate: _Share = 0.72
