"""Whether two people who keyed the same column say the same.

Both values are read by the kind of their column first, so that 15/1/2007 is 15.01.2007; capitals, and over which vowel
the tone of a word stands (hoà, hòa), make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from station.errors import Refused
from station.rows import values
from station.rows.columns import Column, ColumnKind
from station.spreadsheets.footers import plain

_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
#: Columns of words, in which a slip of a sign is told softly: in a date, a code or a number every sign counts.
_WORDS = frozenset({ColumnKind.NAME, ColumnKind.TEXT})


class DifferenceKind(StrEnum):
    """How two keyings differ: in a value, in signs over and under its letters alone, or in having the row at all."""

    VALUE = "value"
    SIGNS = "signs"
    ONLY_HERE = "only-here"
    ONLY_THERE = "only-there"


def difference(column: Column, one: str, other: str) -> DifferenceKind | None:
    """How two texts differ in this column; None where they say the same, as two marks do."""
    if one == other or same(column, one, other):
        return None
    words = column.kind in _WORDS and plain(one)
    return DifferenceKind.SIGNS if words and words == plain(other) else DifferenceKind.VALUE


def same(column: Column, one: str, other: str) -> bool:
    """Whether two texts say the same in this column."""
    return _plain(as_cell(column, one)) == _plain(as_cell(column, other))


def as_cell(column: Column, text: str) -> str:
    """What of a text stands in the workbook; the text itself where it cannot be read as what the column takes."""
    try:
        return values.cell(values.read(column, text))
    except Refused:
        return text


def _plain(text: str) -> str:
    """A text without capitals, with each word's tone behind the word instead of over a vowel."""
    words = (unicodedata.normalize("NFD", word) for word in text.casefold().split())
    return " ".join(_TONE.sub("", word) + "".join(_TONE.findall(word)) for word in words)
