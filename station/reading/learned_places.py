"""Places that a ledger's confirmed entries teach: where number, date and page number stand on forms nobody described.

:func:`places_of` looks for what people entered among all lines of a page; what pages have in common
(:mod:`station.reading.common_places`) is where :func:`read` reads on another page. Places are shares of the paper,
wherever it lies on the glass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from station.domain.image_places import ImagePlace, of_box
from station.reading.candidates import Scores, likeliest, numbers
from station.reading.common_places import distance, same_places
from station.reading.detector import Box, Detector
from station.reading.fields import Field, FieldKind, Grade
from station.reading.forms import DATE, RANGES, Sentence, best_value, calendar_date, sentences_in
from station.reading.grading import LIKELY
from station.reading.page_image import PageImage, paper_of
from station.reading.recogniser import Recogniser

#: The whole page is looked at in bands that overlap, each so high and so far below the one before (shares).
_BANDS = tuple((top / 100, min(1.0, (top + 26) / 100)) for top in range(0, 95, 21))
#: Above and below a learned place so much of the page is looked at, as wide as the paper is (a share).
_AROUND = 0.045
#: A word that may be a number as people write it, and a date in figures or as forms have it ("23 tháng 08 năm 2007").
_WORD = re.compile(r"(?<!\w)\w{1,5}(?!\w)")
_DATED = re.compile(
    r"(?<!\w)(?P<day>\w{1,2})\s*(?:[/.\-]|t.{1,3}n?g)\s*(?P<month>\w{1,2})\s*(?:[/.\-]|.{1,2}m)\s*(?P<dated>\w{4})(?!\w)"
)

#: From which to before which letter of a line something stands.
Span = tuple[int, int]


def places_of(
    page: PageImage, values: Mapping[FieldKind, str], detector: Detector, recogniser: Recogniser, most_lines: int
) -> dict[FieldKind, list[ImagePlace]]:
    """Where each of these values may stand on a page: a number, an ISO date, a page number. A few seconds of work."""
    paper = paper_of(page)
    places: dict[FieldKind, list[ImagePlace]] = {kind: [] for kind in values}
    for top, bottom in _BANDS:
        for sentence in sentences_in(page, paper, _band(top, bottom), detector, recogniser, most_lines):
            for kind, value in values.items():
                spans = (span for span, said, _ in _values(sentence, kind) if said == value)
                places[kind] += [_place(paper, sentence, span) for span in spans]
    return places


def read(
    page: PageImage,
    places: Mapping[FieldKind, ImagePlace],
    detector: Detector,
    recogniser: Recogniser,
    most_lines: int,
) -> Iterator[Field]:
    """What stands at these places of a page; *likely* at most, for another form may have something else there."""
    paper = paper_of(page)
    for kind, place in places.items():
        band = _band(max(0.0, place[1] - _AROUND), min(1.0, place[3] + _AROUND))
        here = [
            (distance(where, place), sentence, span, value, probability)
            for sentence in sentences_in(page, paper, band, detector, recogniser, most_lines)
            for span, value, probability in _values(sentence, kind)
            if same_places([where := _place(paper, sentence, span)], place)
        ]
        if here:
            _, sentence, span, value, probability = min(here, key=lambda one: one[0])
            candidates = {} if kind is FieldKind.DATE else likeliest(_agreement(sentence, kind.value, span))
            grade = Grade.LIKELY if probability >= LIKELY else Grade.NONE
            yield Field(kind, value, probability, grade, page.box_in_file(sentence.box_of(*span)), candidates)


def _values(sentence: Sentence, kind: FieldKind) -> Iterator[tuple[Span, str, float]]:
    """What of this kind a line may say: where, the value, and how probable it is."""
    if kind is FieldKind.DATE:
        for match in _DATED.finditer(sentence.plain):
            parts = {group: (_agreement(sentence, group, match.span(group)), RANGES[group][0]) for group in DATE}
            if dated := calendar_date({group: best_value(*part) for group, part in parts.items()}):
                yield match.span(), dated[0].isoformat(), dated[1]
        return
    for match in _WORD.finditer(sentence.plain):
        value, probability = best_value(_agreement(sentence, kind.value, match.span()), RANGES[kind.value][0])
        yield match.span(), str(value), probability


def _agreement(sentence: Sentence, group: str, span: Span) -> Scores:
    return numbers(RANGES[group][1]).log_likelihoods(sentence.line.part(*span))


def _band(top: float, bottom: float) -> Box:
    return Box(0, round(top * 1000), 1000, round(bottom * 1000))


def _place(paper: Box, sentence: Sentence, span: Span) -> ImagePlace:
    box = sentence.box_of(*span).offset(-paper.left, -paper.top)
    return of_box(box.left, box.top, box.width, box.height, wide=paper.width, high=paper.height)
