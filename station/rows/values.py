"""What people type into a column, read into the one form that is stored and stands in the workbook.

Nothing is stored that the ministry's import would refuse or a spreadsheet would change; whatever is only odd is asked
about by :mod:`station.rows.plausibility`.
"""

from __future__ import annotations

import re
import unicodedata

from drivers.numbers_in_words import date_in_words
from station.domain.naming.partial_dates import PartialDate
from station.errors import Refused
from station.messages import BilingualLabel, Message
from station.rows.columns import Column, ColumnKind

#: Marks, stored as they are typed: what stands there cannot be read, and nothing stands there.
ILLEGIBLE, NOTHING_WRITTEN = "?", "-"
MARKS = frozenset({ILLEGIBLE, NOTHING_WRITTEN})

#: What a cell of a workbook holds at most, in UTF-16 units.
LONGEST = 32_767

_LINE_BREAK = re.compile(r"[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_DATE_WORDS = re.compile(r"\b(ngày|tháng|năm)\b", re.IGNORECASE)
_COMPACT_DATE = re.compile(r"([0-9]{2})?([0-9]{2})([0-9]{4})")
_PERSONAL_NUMBER = re.compile(r"[0-9]{12}")


def read(column: Column, typed: str) -> str:
    """The value of ``typed`` as it is stored: "" for none, or one of :data:`MARKS`.

    ``Refused`` says which column, and why.
    """
    try:
        return _read(column, typed)
    except Refused as refused:
        raise Refused(
            "row-value", name=column.name, column=column.title, why=Message(refused.code, refused.facts)
        ) from refused


def cell(value: str) -> str:
    """What stands in the workbook: marks leave the cell empty."""
    return "" if value in MARKS else value


def date_of(value: str) -> PartialDate:
    """The date that a stored value of a date column says; the unknown date for a mark or none."""
    return PartialDate.from_person(cell(value))


def words(typed: str) -> str:
    """A date as somebody types it, in Vietnamese words; "" where it says none."""
    try:
        date = date_of(_date(typed.strip()))
    except Refused:
        return ""
    return "" if date.year is None else date_in_words(date.year, date.month, date.day)


def _read(column: Column, typed: str) -> str:
    text = unicodedata.normalize("NFC", typed).strip()
    if _LINE_BREAK.search(text):
        raise Refused("row-line-break")
    text = " ".join(text.split())
    categories = [unicodedata.category(sign) for sign in text]
    if "Cc" in categories or "Cs" in categories:
        raise Refused("row-control-signs")
    text = "".join(sign for sign, category in zip(text, categories, strict=True) if category != "Cf")  # shows nothing
    if text.startswith("="):
        raise Refused("row-formula")
    if (length := len(text.encode("utf-16-le")) // 2) > LONGEST:
        raise Refused("row-value-long", length=length, longest=LONGEST)
    if not text or text in MARKS:
        return text
    match column.kind:
        case ColumnKind.DATE:
            return _date(text)
        case ColumnKind.CODE:
            return _code(column, text)
        case ColumnKind.PAPER_NUMBER:
            return re.sub(r"[ .]", "", text).upper()
        case ColumnKind.PERSONAL_NUMBER:
            return _personal_number(text)
        case ColumnKind.TEXT | ColumnKind.NAME:
            return text


def _date(text: str) -> str:
    """A date in the ministry's form: of 15/1/2007, 15012007, 15 1 2007, ngày 15 tháng 1 năm 2007, or a part of it."""
    parts = _DATE_WORDS.sub(" ", text).split()
    joined = "/".join(parts) if all(part.isdecimal() or part == "?" for part in parts) else "".join(parts)
    if match := _COMPACT_DATE.fullmatch(joined):
        joined = "/".join(part for part in match.groups() if part)
    try:
        return PartialDate.from_person(joined).ministry() or ILLEGIBLE
    except Refused as refused:
        if refused.code != "date-unreadable":
            raise
        raise Refused("date-unreadable", text=text) from refused


def _code(column: Column, text: str) -> str:
    codes = column.codes or {}
    if text not in codes:
        meanings = [BilingualLabel(f"{code} {meaning.vi}", f"{code} {meaning.en}") for code, meaning in codes.items()]
        raise Refused("row-code-unknown", text=text, codes=meanings)
    return text


def _personal_number(text: str) -> str:
    digits = re.sub(r"[ .]", "", text)
    if not _PERSONAL_NUMBER.fullmatch(digits):
        raise Refused("row-personal-number", text=text)
    return digits
