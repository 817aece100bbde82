"""The codes that names are built of: ledgers' names, entry numbers, places and types.

Every code has one valid spelling. The functions that read one take what people write ("1" for book 01) and give that
spelling back, or refuse.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache, total_ordering
from typing import Self

from station.domain.naming.partial_dates import check_year
from station.errors import Refused

_TYPE = re.compile(r"[A-Z]{2,5}")
_PLACE = re.compile(r"[0-9A-Za-z]{1,16}")
_YEAR = re.compile(r"[0-9]{4}")
_BOOK = re.compile(r"([0-9]{1,4})([A-Z]?)")
#: Begins the book of a practice ledger ("luyện tập"): no register has such a number, and no person can type it as one.
PRACTICE = "LUYENTAP"
_PRACTICE_BOOK = re.compile(rf"{PRACTICE}[1-9][0-9]{{0,3}}")
_NUMBER = re.compile(r"([0-9]{1,6})([a-z]{0,3})")
HIGHEST_NUMBER = 999_999

#: Windows cannot hold a file or folder of these names, whatever its suffix; USB sticks travel to Windows PCs.
_WINDOWS_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}

#: Three of these, the ledger's name and a suffix stay below the 255 bytes of a file name.
_LONGEST_WORD = 48


def type_code(text: str) -> str:
    """A ledger type such as ``KH``: two to five capital letters."""
    if not _TYPE.fullmatch(text) or text in _WINDOWS_DEVICES:
        raise Refused("type-code-malformed", text=text)
    return text


def place_code(text: str) -> str:
    """The code of a place: one to sixteen ASCII letters and digits, taken as they are (a leading zero counts)."""
    if not _PLACE.fullmatch(text) or text.upper() in _WINDOWS_DEVICES:
        raise Refused("place-code-malformed", text=text)
    return text


def year_code(text: str) -> str:
    """A year of four digits, 1850-2100."""
    if not _YEAR.fullmatch(text):
        raise Refused("year-malformed", text=text)
    check_year(int(text))
    return text


def book_code(text: str) -> str:
    """A book number of at least two digits, perhaps with a capital letter: "1", "01" and "001" are all ``01``."""
    if not (match := _BOOK.fullmatch(text.upper())):
        raise Refused("book-malformed", text=text)
    return f"{int(match[1]):02d}{match[2]}"


def ledger_book(text: str) -> str:
    """The book of a ledger as its name holds it: a book number, or that of a practice ledger, ``LUYENTAP1``."""
    return text if _PRACTICE_BOOK.fullmatch(text) else book_code(text)


def is_practice_book(book: str) -> bool:
    """Whether a ledger with this book is a practice ledger."""
    return book.startswith(PRACTICE)


@lru_cache
def file_word(text: str) -> str:
    """A name as one word that is safe in file names: "Xã Thử Nghiệm" is ``XaThuNghiem``.

    Only ASCII letters and digits are left, so "../../x" is ``x``; what leaves nothing, or over 48 characters, is
    refused.
    """
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    word = "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
    if not 0 < len(word) <= _LONGEST_WORD:
        raise Refused("word-not-for-files", text=text, longest=_LONGEST_WORD)
    return word


def small_word(text: str) -> str:
    """A name as one word of small letters, as the ministry writes a commune: "Phường Hải Châu 2" is ``phuonghaichau2``.

    Refused as :func:`file_word` does.
    """
    return file_word(text).lower()


@lru_cache
def first_letters(text: str) -> str:
    """The first letter of each word, as the ministry writes district and province: "Quận Hải Châu" is ``qhc``.

    A number is kept whole: "Quận 12" is ``q12``.
    """
    words = map(small_word, re.findall(r"[^\W_]+", text))
    return "".join(word if word.isdecimal() else word[0] for word in words) or small_word(text)


@dataclass(frozen=True)
class LedgerKey:
    """What tells a ledger from the others of its place: type code, year opened, book number, each in valid spelling."""

    type: str
    year: int
    book: str

    def __post_init__(self) -> None:
        type_code(self.type)
        check_year(self.year)
        if ledger_book(self.book) != self.book:
            raise Refused("book-malformed", text=self.book)

    @classmethod
    def of(cls, kind: str, year: int | str, book: str) -> Self:
        """A key from what a person wrote: ``KH``, ``2007``, ``1``."""
        return cls(type_code(kind), int(year_code(str(year))), ledger_book(book))

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read ``KH.2007.01``."""
        parts = name.split(".")
        if len(parts) != 3:
            raise Refused("ledger-name-malformed", text=name)
        return cls.of(*parts)

    @property
    def is_practice(self) -> bool:
        """Whether it is a practice ledger's, which never leaves the station: see :mod:`station.ledger.practice`."""
        return is_practice_book(self.book)

    @property
    def name(self) -> str:
        """``KH.2007.01``."""
        return f"{self.type}.{self.year}.{self.book}"

    def __str__(self) -> str:
        return self.name


def parse_reference(text: str) -> tuple[str | None, LedgerKey]:
    """Read LEDGER as people write it: ``KH.2007.01`` (place None) or ``19429:KH.2007.01``."""
    place, colon, name = text.rpartition(":")
    return (place_code(place) if colon else None), LedgerKey.parse(name)


@total_ordering
@dataclass(frozen=True)
class EntryNumber:
    """An entry's registration number, with letters where it stands twice on paper; 2 sorts before 2a before 10."""

    number: int
    suffix: str = ""

    def __post_init__(self) -> None:
        if self.number < 1 or not _NUMBER.fullmatch(str(self)):
            raise Refused("number-malformed", text=str(self))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "1", "001" or "001a"; capitals are taken as small letters."""
        if not (match := _NUMBER.fullmatch(text.lower())):
            raise Refused("number-malformed", text=text)
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.number:03d}{self.suffix}"

    def __lt__(self, other: EntryNumber) -> bool:
        return (self.number, len(self.suffix), self.suffix) < (other.number, len(other.suffix), other.suffix)
