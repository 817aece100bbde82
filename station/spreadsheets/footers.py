"""Rows of a list that are no entries: repeated headings, counts, totals, signatures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from station.spreadsheets.rows import Cells, text_at

#: How a row begins that adds up or signs, as :func:`plain` leaves it.
_WORDS = re.compile(
    r"(tong|cong( cong)?|tong cong|cong chuc|tong so|ke toan|nguoi (lap|ky|kiem)|can bo|lap bieu|nguoi giao|nguoi nhan"
    r"|thu truong|truong phong|chu tich|pho chu tich|giam doc|tm|tm uy ban|kt chu tich|kt|uy ban nhan dan|ubnd"
    r"|xac nhan|ky ten|ky ghi ro|da ky|ghi chu|luu y|noi nhan|bang chu"
    r"|total|sum|grand total|prepared by|signature|signed|checked by|notes?)\b"
)
#: Words of that kind that are a ledger's type as well.
_AMBIGUOUS = frozenset({"kt", "tm", "sum"})
_DATED = re.compile(r"\bngay\b.*\bthang\b.*\bnam\b")
_COUNTED = re.compile(r"\(?([0-9]{1,2}|[a-z])\)?", re.IGNORECASE)


def plain(text: str) -> str:
    """A heading without case, diacritics and punctuation: "Khổ_giấy:" is "kho giay"."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(each for each in letters if not unicodedata.combining(each))))


class Footer:
    """Tells row by row what is no entry of the list.

    ``required`` are the columns that each entry fills, ``kind`` the one of them that says what it is.
    """

    def __init__(self, headings: Cells, kind: int, required: Sequence[int]) -> None:
        self._kind = kind
        self._headings = [plain(heading) for heading in headings]
        self._required = required
        self._first = True
        self._below = False

    def passes(self, cells: Cells) -> bool:
        """Whether the row is passed over. A row that may be an entry with mistakes never is."""
        first, self._first = self._first, False
        if self._is_heading(cells) or (first and _is_count(cells)):
            return True
        filled = [text for index in self._required if (text := text_at(cells, index))]
        ends = [cell for cell in cells if _is_end(cell)]
        if len(filled) == len(self._required) and not any(_is_end(cell) for cell in filled):
            self._below = False
            return False
        kind = text_at(cells, self._kind)
        if ends and (any(cell in ends for cell in filled) or (len(filled) <= 1 and not kind)):
            self._below = True
            return True
        # Names under "signed", a sum without a word.
        return self._below and len(filled) <= 1

    def _is_heading(self, cells: Cells) -> bool:
        """The headings once more, on the next printed page, or in the second of two merged rows."""
        same = [
            text for text, heading in zip(map(plain, cells), self._headings, strict=False) if text and text == heading
        ]
        return len(same) > 1


def _is_end(cell: str) -> bool:
    text = plain(cell)
    return bool((_WORDS.match(text) and text not in _AMBIGUOUS) or _DATED.search(text))


def _is_count(cells: Cells) -> bool:
    """The row under the headings that counts the columns: A, B, 1, 2, 3."""
    filled = [cell for cell in cells if cell]
    if len(filled) < 3 or not all(_COUNTED.fullmatch(cell) for cell in filled):
        return False
    numbers = [int(match[1]) for cell in filled if (match := _COUNTED.fullmatch(cell)) and match[1].isdigit()]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if len(numbers) > 1 else False
