"""Labels (SEQ): the running number of a capture in its ledger, with letters where a page was inserted later.

Where one capture shows two pages, the left one is called ``012.1`` and the right one ``012.2``.

A label is identity, not order: the order of pages is a column of the catalogue. In the catalogue, on the page and in
JSON a label is its text; :class:`Label` is that text taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, product
from string import ascii_lowercase
from typing import Self

from station.errors import Refused

#: Given to :func:`insert_label` for a page that comes before 001. No page ever bears it.
FRONT = "000"

_LABEL = re.compile(r"([0-9]{3}|[1-9][0-9]{3,5})([a-z]{0,3})")
_SIDE = re.compile(r"([^.]+)\.([12])")


@dataclass(frozen=True)
class Label:
    """A label taken apart: 12 and "a" for ``012a``."""

    number: int
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a label in its one valid form: three digits or more, no other leading zeros, lower-case letters."""
        match = _LABEL.fullmatch(text)
        if not match or text == FRONT:
            raise Refused("label-malformed", text=text)
        return cls(int(match[1]), match[2])

    @property
    def key(self) -> tuple[int, int, str]:
        """Sorts labels as they are given: 012, 012a, 012z, 012aa, 013."""
        return self.number, len(self.suffix), self.suffix

    def __str__(self) -> str:
        return f"{self.number:03d}{self.suffix}"


def next_label(labels: Collection[str]) -> str:
    """The label for a page appended to the ledger: the highest number in ``labels`` plus one."""
    return str(Label(1 + max((Label.parse(text).number for text in labels), default=0)))


def insert_label(after: str, labels: Collection[str]) -> str:
    """The label for a page inserted after ``after`` (:data:`FRONT`: before 001): its number's first free suffix.

    After 012 and after 012a comes the same: the first of 012a, 012b .. 012z, 012aa .. that is not in ``labels``.
    """
    number = 0 if after == FRONT else Label.parse(after).number
    return next(label for label in (str(Label(number, suffix)) for suffix in _suffixes()) if label not in labels)


def _suffixes() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def page_label(label: str, side: int | None) -> str:
    """What a page is called by: its capture's label, with a side where that shows two pages: 012, or 012.1."""
    return label if side is None else f"{label}.{side}"


def spoken_page(label: str, number: str | None) -> str:
    """A page as people are spoken to of it: by its printed number with the label behind, by its label without one."""
    return f"{number} [{label}]" if number else label


def split_label(page: str) -> tuple[str, int | None]:
    """The capture's label and the side out of what :func:`page_label` gave: ("012", 1) for 012.1."""
    match = _SIDE.fullmatch(page)
    return (match[1], int(match[2])) if match else (page, None)


def parse_ends(text: str) -> set[str]:
    """The labels of captures that PAGES names as single pages and as ends of ranges, whether they exist or not."""
    return {split_label(end)[0] for item in text.split(",") for end in _ends(item)}


def parse_pages(text: str, ordered_labels: Sequence[str]) -> list[str]:
    """The labels that PAGES means, such as ``001,003-005,012a``, in the order written.

    ``ordered_labels`` are the ledger's pages in their order, which is what a range follows: 012-013 takes 012a along.
    Where 012 shows two pages, it means both of them.
    Refused are items that are empty, labels that do not exist, ranges that run backwards, and pages named twice.
    """
    first, last = _positions(reversed(ordered_labels)), _positions(ordered_labels)
    labels: dict[str, None] = {}
    for item in (part.strip() for part in text.split(",")):
        ends = _ends(item)
        if not all(ends):
            raise Refused("pages-empty-item", part=item, text=text)
        for end in ends:
            if end not in last:
                raise Refused("pages-unknown", part=item, label=end)
        start, stop = len(ordered_labels) - 1 - first[ends[0]], last[ends[-1]]
        if start > stop:
            raise Refused("pages-reversed", part=item)
        for label in ordered_labels[start : stop + 1]:
            if label in labels:
                raise Refused("pages-twice", part=item, label=label)
            labels[label] = None
    return list(labels)


def _ends(item: str) -> list[str]:
    return [end.strip() for end in item.split("-", maxsplit=1)]


def _positions(ordered_labels: Iterable[str]) -> dict[str, int]:
    """Where each page stands last, and the pages of a spread under the label they share."""
    positions = {}
    for position, label in enumerate(ordered_labels):
        positions[split_label(label)[0]] = positions[label] = position
    return positions
