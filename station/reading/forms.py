"""Printed forms: what stands beside their labels, and what their titles say; ``forms.toml`` has their places."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import numpy as np

from station.reading.candidates import Scores, likeliest, numbers
from station.reading.detector import USUAL_SIDE, Box, Detector
from station.reading.fields import Field, FieldKind, Grade
from station.reading.grading import grade_of, posterior
from station.reading.page_image import PageImage, paper_of
from station.reading.recogniser import RecognisedLine, Recogniser
from station.reading.regions import USUAL

#: From the smallest to the largest of what may stand there.
RANGES = {
    "book": (1, 99),
    "year": (1900, 2099),
    "number": (1, 9999),
    "page": (1, 999),
    "total_pages": (1, 999),
    "total_entries": (0, 9999),
    "day": (1, 31),
    "month": (1, 12),
    "dated": (1900, 2099),
}
DATE = ("day", "month", "dated")
#: How much more probable a title is that is so much more alike; and how alike one must be to none at all.
_ALIKE, _STRANGE = 25.0, 0.6


@dataclass(frozen=True)
class Look:
    """One thing to look for: in which zone, behind which printed words, and how it is written."""

    zone: str
    label: re.Pattern[str]
    value: re.Pattern[str]


@dataclass(frozen=True)
class Places:
    """Where to look on forms, see ``forms.toml``."""

    zones: Mapping[str, Box]
    before: str
    titles: Mapping[str, str]
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Sentence:
    """A line of a page as it was read, with its text without marks, letter for letter."""

    box: Box
    line: RecognisedLine
    plain: str

    def box_of(self, start: int, end: int) -> Box:
        """Where the letters from ``start`` to before ``end`` stand (pixels of the page)."""
        left, right = self.line.across(start, end)
        box = self.box
        return Box(box.left + round(left), box.top, min(box.right, box.left + round(right)), box.bottom)


@dataclass(frozen=True)
class FormReading:
    """What was read on a form, of whatever grade; of the ``labels`` that were found so many (``empty``) have nothing
    beside them.
    """

    fields: tuple[Field, ...]
    labels: int
    empty: int

    @property
    def titled(self) -> bool:
        """Whether its title says what it registers."""
        return _has(self.fields, FieldKind.TYPE)


def read(page: PageImage, detector: Detector, recogniser: Recogniser, most_lines: int = USUAL.lines) -> FormReading:
    """What stands beside the labels of a form's page, and its title."""
    paper = paper_of(page)
    fields: list[Field] = []
    labels = empty = 0
    for name in _places().zones:
        if name == "totals" and (
            not _has(fields, FieldKind.TYPE) or _has(fields, FieldKind.NUMBER, FieldKind.DATE) or empty
        ):
            continue
        sentences = sentences_in(page, paper, _places().zones[name], detector, recogniser, most_lines)
        if name == "head":
            fields += _title(page, sentences)
        for look in _places().looks:
            for sentence in sentences if look.zone == name else ():
                if not (label := look.label.match(sentence.plain)):
                    continue
                labels += 1
                rest = sentence.plain[label.end() :]
                empty += not re.search(r"\w", rest)
                if value := look.value.match(rest):
                    spans = {group: value.span(group) for group in value.groupdict()}
                    fields += _values(page, sentence, label.end(), spans)
    return FormReading(tuple(fields), labels, empty)


def date_of(line: RecognisedLine) -> tuple[date, float] | None:
    """The date that a line says as forms write it ("23 tháng 08 năm 2007"), and how probable it is."""
    look = next(look for look in _places().looks if set(DATE) <= look.value.groupindex.keys())
    if not (value := look.value.search(_plain(line.text))):
        return None
    agreement = {group: numbers(RANGES[group][1]).log_likelihoods(line.part(*value.span(group))) for group in DATE}
    return calendar_date({group: best_value(scores, RANGES[group][0]) for group, scores in agreement.items()})


def _has(fields: Iterable[Field], *kinds: FieldKind) -> bool:
    return any(field.kind in kinds and field.grade is not Grade.NONE for field in fields)


@cache
def _places() -> Places:
    told = tomllib.loads(Path(__file__).with_name("forms.toml").read_text(encoding="utf-8"))
    return Places(
        {name: Box(*per_mille) for name, per_mille in told["zones"].items()},
        told["titles"]["before"],
        told["titles"]["words"],
        tuple(Look(one["zone"], re.compile(one["label"]), re.compile(one["value"])) for one in told["field"]),
    )


def zone_of(paper: Box, zone: Box) -> Box:
    """A zone in thousandths of the paper, as pixels."""
    left, right = (paper.left + round(paper.width * edge / 1000) for edge in (zone.left, zone.right))
    top, bottom = (paper.top + round(paper.height * edge / 1000) for edge in (zone.top, zone.bottom))
    return Box(left, top, right, bottom)


def sentences_in(
    page: PageImage, paper: Box, part: Box, detector: Detector, recogniser: Recogniser, most: int
) -> list[Sentence]:
    """The lines in a part of the page's paper (thousandths of it), the uppermost."""
    zone = zone_of(paper, part)
    # In a narrow part letters are looked at as large as in one as wide as the paper: more of the network's time tells
    # nothing more.
    side = round(USUAL_SIDE * zone.width / max(1, paper.width))
    # Upright letters of a line are lower than it is long; what stands on end is a stamp's or the next page's.
    boxes = [box for box in detector.boxes(zone.of(page.pixels), side) if box.width > box.height][:most]
    boxes = [box.offset(zone.left, zone.top) for box in boxes]
    lines = recogniser.read([box.of(page.pixels) for box in boxes])
    return [Sentence(box, line, _plain(line.text)) for box, line in zip(boxes, lines, strict=True)]


def _plain(text: str) -> str:
    """Small letters without marks, as many as before: "Ngày" is "ngay"."""
    return "".join(unicodedata.normalize("NFD", letter.lower())[0].replace("đ", "d") for letter in text)


def _values(page: PageImage, sentence: Sentence, start: int, spans: Mapping[str, tuple[int, int]]) -> list[Field]:
    agreement: dict[str, Scores] = {}
    boxes: dict[str, Box] = {}
    for group, (first, last) in spans.items():
        agreement[group] = numbers(RANGES[group][1]).log_likelihoods(sentence.line.part(start + first, start + last))
        boxes[group] = sentence.box_of(start + first, start + last)
    read = {group: best_value(scores, RANGES[group][0]) for group, scores in agreement.items()}
    if not read.keys() >= set(DATE):
        return [
            _field(page, FieldKind(group), str(value), probability, boxes[group], likeliest(agreement[group]))
            for group, (value, probability) in read.items()
        ]
    if (dated := calendar_date(read)) is None:
        return []
    return [_field(page, FieldKind.DATE, dated[0].isoformat(), dated[1], boxes["day"].around(boxes["dated"]))]


def calendar_date(read: Mapping[str, tuple[int, float]]) -> tuple[date, float] | None:
    """Day, month and year as a date, and how probable it is; None outside the calendar."""
    try:
        day = date(*(read[group][0] for group in reversed(DATE)))
    except ValueError:
        return None
    return day, float(np.prod([read[group][1] for group in DATE]))


def best_value(scores: Scores, least: int) -> tuple[int, float]:
    """The most probable value from ``least`` on, and how probable it is."""
    prior = np.zeros(len(scores))
    prior[least:] = 1
    probable = posterior(scores, prior)
    return int(probable.argmax()), float(probable.max())


def _field(
    page: PageImage,
    kind: FieldKind,
    value: str,
    probability: float,
    box: Box,
    candidates: Mapping[str, float] | None = None,
) -> Field:
    return Field(kind, value, probability, grade_of(probability), page.box_in_file(box), candidates or {})


def _title(page: PageImage, sentences: list[Sentence]) -> list[Field]:
    """What the form registers, from the words of its title."""
    best: tuple[float, str, Box] | None = None
    for sentence in sentences:
        letters = re.sub(r"\W", "", sentence.plain)
        alike = {code: _likeness(letters, words) for code, words in _places().titles.items()}
        weights = {code: np.exp(_ALIKE * share) for code, share in alike.items()}
        code = max(alike, key=alike.__getitem__)
        probability = float(weights[code] / (sum(weights.values()) + np.exp(_ALIKE * _STRANGE)))
        if best is None or probability > best[0]:
            best = probability, code, sentence.box
    return [] if best is None else [_field(page, FieldKind.TYPE, best[1], best[0], best[2])]


def _likeness(letters: str, words: str) -> float:
    """How alike a line is to the title that ends with these ``words``; 0 is not at all, 1 the same."""
    before, behind = _places().before.replace(" ", ""), words.replace(" ", "")
    begun, ended = letters[: len(before)], letters[-len(behind) :]
    if len(letters) < len(behind) or SequenceMatcher(None, begun, before).ratio() < _STRANGE:
        return 0.0
    return SequenceMatcher(None, ended, behind).ratio()
