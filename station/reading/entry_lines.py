"""Where one entry ends and the next begins on a page that holds several: lines across it, for a person to correct.

Lines go where the paper has a rule from side to side, or else where nothing is written. What tells most is where the
number of an entry stands: it begins there. Where none was read, entries are taken to be about as high as each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from station.reading.detector import Box
from station.reading.page_image import PageImage, paper_of

Grey = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float64]

#: A page is looked at so high (pixels), and lines are looked for in steps of one such pixel.
HEIGHT = 1200
#: Slants that are tried: to 3 % of the width, some two degrees, either way.
_SLANTS = tuple(share / 400 for share in range(-12, 13))
#: What is darker than the paper around it by so much (grey levels), across which the paper's shade is taken (pixels).
_DARKER, _PAPER = 18, 31
#: A rule goes on so far (shares of the width, of the height); one across the page covers so much of the paper's width.
_ACROSS, _DOWN, _WHOLE = 0.06, 0.04, 0.45
#: The head ends within so much of the page, and between its first and its last rule lies so much of it at most; what is
#: so near to the paper's edge is that edge.
_HEAD, _HEAD_HEIGHT, _EDGE = 0.35, 0.16, 0.015
#: A row of pixels is written on where so much of it is ink.
_WRITTEN = 0.012
#: A line through writing costs so much against one through paper, a rule gains so much.
_WRITING, _RULE = 1.0, 0.6
#: Above it all writing costs the same (times the usual).
_MOST_WRITING = 2.0
#: What lies elsewhere than a number allows costs so much, and is taken only where there is nothing else.
_FORBIDDEN = 10.0
#: What an entry costs that is twice as high, or half as high, as the others; less where numbers tell.
_UNEVEN, _UNEVEN_NUMBERED = 1.0, 0.1
#: The line above a number lies so far above its middle at most, and so far at least (heights of the number); each
#: height costs so much by which it lies off the number's upper edge. A number is so high at least (pixels).
_ABOVE, _LEAST_ABOVE, _OFF, _LOWEST = 1.0, 0.2, 0.8, 8


@dataclass(frozen=True)
class EntryLines:
    """Lines across an upright page, as shares of its height in the middle of its width, ``slant`` as of a
    :class:`station.domain.bands.Band`.

    ``head`` is where the heading rows end, ``edges`` where the entries begin, and at last where the last one ends.
    """

    head: float
    edges: tuple[float, ...]
    slant: float


def propose(page: PageImage, numbers: Sequence[Box | None]) -> EntryLines:
    """The lines of a page that stands upright, by where the number of each of its entries was read, from the top.

    None stands for an entry whose number was not read; there is one entry at least.
    """
    share = HEIGHT / page.height
    size = (max(1, round(page.width * share)), HEIGHT)
    small = replace(page, pixels=np.asarray(cv2.resize(page.pixels, size, interpolation=cv2.INTER_AREA), np.uint8))
    paper = paper_of(small)
    boxes = [None if box is None else _scaled(box, share) for box in numbers]
    rules, writing = _marks(small)
    across = slice(paper.left, paper.right)
    slant = _slant(rules[:, across])
    level = [_levelled(marks, slant * size[0])[:, across] for marks in (rules, writing)]
    rule_share, ink = (marks.mean(axis=1) for marks in level)
    moved = [None if box is None else _moved(box, slant * size[0], size[0]) for box in boxes]
    head = _head(rule_share, paper, moved[0])
    edges = _edges(ink, rule_share, head, _end(ink, paper, head), moved)
    return EntryLines(head / HEIGHT, tuple(edge / HEIGHT for edge in edges), slant * size[0] / HEIGHT)


def _scaled(box: Box, share: float) -> Box:
    return Box(*(round(edge * share) for edge in (box.left, box.top, box.right, box.bottom)))


def _moved(box: Box, slant: float, width: int) -> Box:
    """A box where it lies once the page's lines are level."""
    down = round(slant * (box.middle[0] / width - 0.5))
    return Box(box.left, box.top - down, box.right, box.bottom - down)


def _marks(page: PageImage) -> tuple[Grey, Grey]:
    """Rules across the page, and writing: what is dark and belongs to no rule."""
    grey = np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    dark = (cv2.medianBlur(grey, _PAPER).astype(np.int16) - grey > _DARKER).astype(np.uint8)
    thick = cv2.dilate(dark, np.ones((3, 3), np.uint8))
    across = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, round(page.width * _ACROSS)), np.uint8))
    down = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((round(page.height * _DOWN), 1), np.uint8))
    writing = cv2.bitwise_and(dark, 1 - cv2.bitwise_or(across, down))
    return np.asarray(across, np.uint8), np.asarray(writing, np.uint8)


def _slant(rules: Grey) -> float:
    """How much lower rules lie at the right than at the left, a share of the width; 0 where there are none."""
    profiles = {slant: _levelled(rules, slant * rules.shape[1]).sum(axis=1) for slant in _SLANTS}
    sharpness = {slant: float(np.square(profile.astype(np.float64)).sum()) for slant, profile in profiles.items()}
    return max(_SLANTS, key=lambda slant: (sharpness[slant], -abs(slant)))


def _levelled(marks: Grey, slant: float) -> Grey:
    """The image with lines level that are lower at the right by ``slant`` (pixels); the middle stays."""
    height, width = marks.shape
    step = -slant / width
    shear = np.array([[1, 0, 0], [step, 1, -step * width / 2]], np.float64)
    return np.asarray(cv2.warpAffine(marks, shear, (width, height), flags=cv2.INTER_NEAREST), np.uint8)


def _head(rules: Values, paper: Box, first: Box | None) -> int:
    """Where the heading rows end: the last rule above the first number, else the one that ends a short first row."""
    places = [place for place in _peaks(rules) if paper.top + _EDGE * HEIGHT < place < paper.top + _HEAD * HEIGHT]
    near = [place for place in places if place - places[0] <= _HEAD_HEIGHT * HEIGHT]
    if first is None:
        return near[min(1, len(near) - 1)] if near else paper.top
    above = [place for place in near if place <= first.middle[1]]
    return above[-1] if above else max(paper.top, round(first.middle[1] - _ABOVE * first.height))


def _peaks(rules: Values) -> list[int]:
    """Where rules cross the page, each once."""
    places: list[int] = []
    for place in np.flatnonzero(rules > _WHOLE).tolist():
        if places and place - places[-1] < HEIGHT * 0.012:
            places[-1] = place
        else:
            places.append(place)
    return places


def _end(ink: Values, paper: Box, head: int) -> int:
    """Where the last entry ends: below the last line that something is written in."""
    written = np.flatnonzero(ink[head : paper.bottom] > _WRITTEN)
    return min(paper.bottom, head + int(written[-1]) + HEIGHT // 100) if written.size else paper.bottom


def _edges(ink: Values, rules: Values, head: int, end: int, numbers: Sequence[Box | None]) -> list[int]:
    """The tops of the entries, and the end: those that cost least together."""
    count = len(numbers)
    end = min(max(end, head + count), HEIGHT - 1)
    numbered = sum(box is not None for box in numbers) > count / 2
    places = np.arange(head, end + 1)
    heights = places[:, None] - places[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        uneven = np.square(np.log2(heights * (count / (end - head))))
    step = np.where(heights > 0, uneven * (_UNEVEN_NUMBERED if numbered else _UNEVEN), np.inf)
    line = _line_costs(ink, rules, head, end)
    best = np.where(places == head, 0.0, np.inf)
    before: list[npt.NDArray[np.intp]] = []
    for box in [*numbers[1:], None]:
        total = step + best[None, :]
        before.append(total.argmin(axis=1))
        best = total.min(axis=1) + line + (0.0 if box is None else _number_costs(places, box))
    edges = [len(places) - 1]
    for back in reversed(before):
        edges.append(int(back[edges[-1]]))
    return [int(places[index]) for index in reversed(edges)]


def _line_costs(ink: Values, rules: Values, head: int, end: int) -> Values:
    """What a line costs at each place from the head to the end, by what it goes through."""
    smooth = cv2.GaussianBlur(ink.reshape(-1, 1), (1, 9), 0).ravel()
    usual = float(np.percentile(smooth[head : end + 1], 75)) or 1.0
    ruled = cv2.dilate(rules.reshape(-1, 1), np.ones((5, 1))).ravel() > _WHOLE
    costs = _WRITING * np.minimum(smooth / usual, _MOST_WRITING) - _RULE * ruled
    return np.asarray(costs[head : end + 1], np.float64)


def _number_costs(places: npt.NDArray[np.int_], box: Box) -> Values:
    """What the line above a number costs by where it lies against that."""
    middle, high = box.middle[1], max(_LOWEST, box.height)
    outside = (places < middle - _ABOVE * high) | (places > middle - _LEAST_ABOVE * high)
    return np.asarray(_OFF * np.abs(places - (middle - high / 2)) / high + _FORBIDDEN * outside, np.float64)
