"""Whether a picture shows two pages: it lies wide, and a fold or a gap stands in its middle."""

from __future__ import annotations

import numpy as np

from station.imaging.findings.prepared import PreparedPicture

#: How much wider than high the paper must be; in which part of its width the fold is sought.
_WIDE, _FROM, _TO = 1.1, 0.35, 0.65

#: How far beside the fold the paper's own light is taken, as a share of the width.
_BESIDE = 0.12


def middle_shadow(sight: PreparedPicture) -> float:
    """How much darker (or, between two sheets on a lid, otherwise) the middle is than the paper beside it, 0-1."""
    left, top, right, bottom = sight.paper.box
    width, height = right - left, bottom - top
    if width < _WIDE * height or not height:
        return 0.0
    ground = sight.paper.ground[top + height // 10 : bottom - height // 10, left:right]
    profile = np.median(ground, axis=0).astype(np.float32)
    deepest = 0.0
    reach = max(2, round(_BESIDE * width))
    for column in range(round(_FROM * width), round(_TO * width)):
        before, after = profile[max(0, column - reach) : column].max(), profile[column : column + reach].max()
        beside = float(min(before, after))
        deepest = max(deepest, 1 - float(profile[column]) / beside if beside else 0.0)
    return deepest
