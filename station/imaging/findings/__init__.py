"""Defects of an image, looked for at the moment of capture: a finding never deletes, it asks a person.

:func:`find_defects` takes a reduced picture of a master and gives the codes of what it found, and a fingerprint by
which :mod:`station.imaging.findings.fingerprint` knows the same page when it comes again. How well each finding does on
real registers is in docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.domain.finding_codes import NOT_MEASURED, FindingCode
from station.domain.finding_limits import Limits
from station.domain.image_places import ImagePlace, meet
from station.domain.paper_fit import LOOSE, Fit, extent_detail, fit
from station.imaging.findings import (
    covered,
    cut_edges,
    double_page,
    exposure,
    glare,
    local_sharpness,
    repeated_lines,
    ruled_lines,
    sharpness,
    skew,
    streaks,
)
from station.imaging.findings import fingerprint as findings_fingerprint
from station.imaging.findings.blank import blank_or_pale
from station.imaging.findings.prepared import PreparedPicture
from station.imaging.image_facts import Appearance, Defect

#: All codes with a limit: those that :func:`find_defects` gives, what its caller reads off a file, and what is told
#: after comparing fingerprints and streaks.
CODES = tuple(code for code in FindingCode if code not in NOT_MEASURED)

#: A picture with fewer pixels along a side shows no page that could be judged.
SMALLEST = 72


@dataclass(frozen=True)
class PageDefects:
    """All that was found on one picture; the fingerprint is "" where there is too little ink to know it again.

    ``paper_mm`` is the size of the paper that was seen (width, height), None where the picture is too small to measure.
    ``streaks`` is where lines run along the whole sheet: a defect where the next sheet shows the same. ``appearance``
    is what its ledger's pages are compared by, None of a blank page.
    """

    defects: tuple[Defect, ...]
    fingerprint: str
    paper_mm: tuple[float, float] | None = None
    streaks: tuple[ImagePlace, ...] = ()
    appearance: Appearance | None = None


def find_defects(
    picture: NDArray[np.uint8],
    dpi: float,
    *,
    limits: Limits,
    paper_mm: tuple[float, float] | None = None,
    upright: bool = True,
) -> PageDefects:
    """Find the defects of ``picture`` (height, width, 3; RGB) that shows paper at ``dpi`` (100-200 are best).

    ``paper_mm`` is the size of the ledger's paper, upright (width, height), None where nobody knows it.
    ``upright`` says that the picture stands as it was scanned: the sensor's lines are its rows, else its columns.
    """
    if min(picture.shape[:2]) < SMALLEST:
        return PageDefects((), "")
    sight = PreparedPicture.of(picture, dpi)
    pale = blank_or_pale(sight, limits)
    is_blank = pale is not None and pale[0] is FindingCode.BLANK
    angle = skew.angle(sight)
    local = None if is_blank else local_sharpness.measured(sight)
    defects = [Defect(*pale)] if pale else []
    defects += [*_exposure(sight, limits), *_extent(sight, limits, paper_mm), *_lost(sight, limits, upright)]
    if not is_blank:
        defects += _lines(sight, limits, angle, local)
    return PageDefects(
        tuple(_without_what_is_covered(defects)),
        "" if is_blank else findings_fingerprint.fingerprint(sight, angle),
        sight.paper.size_mm,
        tuple(streaks.streaks(sight, limits.streaks, upright=upright)) if limits.streaks else (),
        None if is_blank else _appearance(sight, angle, local),
    )


def _appearance(sight: PreparedPicture, angle: float, local: local_sharpness.Sharpness | None) -> Appearance:
    lines = ruled_lines.ruled_lines(sight, angle)
    return Appearance(exposure.ink_strength(sight), local.sharpest if local else None, lines)


def _without_what_is_covered(defects: list[Defect]) -> Iterator[Defect]:
    """Skin is not sharp: where something lies over the page, that is the one thing to be said of the place."""
    covers = [defect.place for defect in defects if defect.code == FindingCode.COVERED and defect.place]
    for defect in defects:
        place = defect.place
        if defect.code != FindingCode.UNREADABLE_PART or not place or not any(meet(place, cover) for cover in covers):
            yield defect


def _exposure(sight: PreparedPicture, limits: Limits) -> Iterator[Defect]:
    if sight.paper.level < limits.dark:
        yield Defect(FindingCode.DARK, f"paper {sight.paper.level:.0f} of 255")
    if limits.clipped and (burned := exposure.burned_share(sight)) > limits.clipped:
        yield Defect(FindingCode.CLIPPED, f"full white {burned:.0%}")
    if limits.glare and (patch := glare.glare(sight)) and patch[0] > limits.glare:
        yield Defect(FindingCode.GLARE, f"{patch[0]:.0f} square mm full white", patch[1])


def _extent(sight: PreparedPicture, limits: Limits, paper_mm: tuple[float, float] | None) -> Iterator[Defect]:
    width, height = size_mm = sight.paper.size_mm
    how = fit(size_mm, paper_mm, limits.wrong_size or LOOSE) if paper_mm else None
    # An open book that was declared as such lies on its side and is one image on purpose.
    fold = double_page.middle_shadow(sight) if limits.two_pages and how is not Fit.ON_ITS_SIDE else 0.0
    if limits.two_pages and (how is Fit.DOUBLED or fold > limits.two_pages):
        yield Defect(FindingCode.TWO_PAGES, f"{width:.0f} x {height:.0f} mm, fold {fold:.0%}")
    elif paper_mm and limits.wrong_size and how in (Fit.DOUBLED, Fit.OFF):
        yield Defect(FindingCode.WRONG_SIZE, extent_detail(size_mm, paper_mm))


def _lost(sight: PreparedPicture, limits: Limits, upright: bool) -> Iterator[Defect]:
    repeated = repeated_lines.repeated_lines(sight, upright=upright) if limits.lines_lost else None
    if repeated and repeated[0] >= limits.lines_lost:
        yield Defect(FindingCode.LINES_LOST, f"{repeated[0]:.1f} mm of one line", repeated[1])
    part = covered.covered_part(sight) if limits.covered else None
    if part and part[0] >= limits.covered:
        yield Defect(FindingCode.COVERED, f"{part[0]:.0f} square mm are not paper", part[1])


def _lines(
    sight: PreparedPicture, limits: Limits, angle: float, local: local_sharpness.Sharpness | None
) -> Iterator[Defect]:
    if limits.blur and (edge := sharpness.edge_mm(sight)) > limits.blur:
        yield Defect(FindingCode.BLUR, f"edges {edge:.2f} mm")
    elif (
        local
        and limits.unreadable_part
        and (part := local_sharpness.blurred_part(sight, local, limits.unreadable_part))
    ):
        share, place = part
        yield Defect(FindingCode.UNREADABLE_PART, f"edges at {share:.0%} of the sharpest", place)
    if limits.skew and abs(angle) > limits.skew:
        yield Defect(FindingCode.SKEW, f"{angle:+.1f} degrees")
    if limits.cut_edge and (cut_edge := cut_edges.cut_side(sight)) and cut_edge.stretch_mm >= limits.cut_edge:
        yield Defect(
            FindingCode.CUT_EDGE, f"{cut_edge.side}, {cut_edge.strokes} strokes on {cut_edge.stretch_mm:.0f} mm"
        )
