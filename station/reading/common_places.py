"""Whether values stand at the same place on several pages, and where that is."""

from __future__ import annotations

from collections.abc import Sequence

from station.domain.image_places import ImagePlace

#: Values stand at the same place whose middles are no further apart, across and down (shares of the paper): people
#: begin to write here and there on a line.
_ACROSS, _DOWN = 0.045, 0.016
#: A place is known from so many pages on, if at least this share of all pages that were looked at has it.
LEAST_PAGES, _SHARE = 3, 0.6


def common_place(pages: Sequence[Sequence[ImagePlace]]) -> ImagePlace | None:
    """The place that most of these pages have among theirs, as the box around them all; None where there is none.

    The numbers of three entries differ: what else on a page happens to be the same number stands elsewhere each time.
    """
    best: list[ImagePlace] = []
    for middle in (place for places in pages for place in places):
        near = [
            min(same, key=lambda one: distance(one, middle))
            for places in pages
            if (same := same_places(places, middle))
        ]
        best = max(best, near, key=len)
    if len(best) < max(LEAST_PAGES, _SHARE * len(pages)):
        return None
    lefts, tops, rights, bottoms = zip(*best, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def same_places(places: Sequence[ImagePlace], place: ImagePlace) -> list[ImagePlace]:
    """Those that are where ``place`` is."""
    across, down = _ACROSS + (place[2] - place[0]) / 2, _DOWN + (place[3] - place[1]) / 2
    (x, y), middles = _middle(place), zip(places, map(_middle, places), strict=True)
    return [one for one, middle in middles if abs(middle[0] - x) <= across and abs(middle[1] - y) <= down]


def distance(one: ImagePlace, other: ImagePlace) -> float:
    """How far two places are from each other, across and down together (shares of the paper)."""
    return sum(abs(mine - theirs) for mine, theirs in zip(_middle(one), _middle(other), strict=True))


def _middle(place: ImagePlace) -> tuple[float, float]:
    return (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
