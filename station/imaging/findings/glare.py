"""Whether a lamp or window shines back from the page: a patch within the paper that is burned to white."""

from __future__ import annotations

import cv2
import numpy as np

from station.domain.image_places import ImagePlace, of_box
from station.imaging.findings.prepared import PreparedPicture

#: On paper that is itself as bright as this nothing stands out; the patch is as bright as that at least.
_PAPER, _WHITE = 236.0, 249


def glare(sight: PreparedPicture) -> tuple[float, ImagePlace] | None:
    """The area in square millimetres of the largest patch burned to white within the paper, and where it lies.

    None where there is none. What reaches to the paper's edge is the lid, or another sheet.
    """
    paper = sight.paper
    if paper.level > _PAPER:
        return None
    white = np.asarray(cv2.bitwise_and(cv2.inRange(paper.ground, _WHITE, 255), paper.mask), np.uint8)
    outside = cv2.dilate(cv2.bitwise_not(paper.inside), np.ones((3, 3), np.uint8))
    outside[[0, -1]] = outside[:, [0, -1]] = 255
    _, parts, sizes, _ = cv2.connectedComponentsWithStats(white, connectivity=4)
    at_edge = np.unique(parts[outside > 0])
    areas = sizes[:, cv2.CC_STAT_AREA].copy()
    areas[[0, *at_edge]] = 0
    largest = int(np.argmax(areas))
    if not areas[largest]:
        return None
    left, top, width, height, _ = (int(each) for each in sizes[largest])
    high, wide = paper.ground.shape
    place = of_box(left, top, width, height, wide=wide, high=high)
    return float(areas[largest]) * (25.4 / paper.dpi) ** 2, place
