"""Rows against another keying of the same ledger, in a workbook or text file: what differs, column by column.

Both are read by the kind of their column first, so that 15/1/2007 is 15.01.2007; capitals, and over which vowel the
tone of a word stands (hoà, hòa), make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from station.context import Station
from station.domain.naming.keys import EntryNumber
from station.errors import Refused
from station.ledger import ledgers
from station.rows import entry_rows, values
from station.rows.columns import Column, Fill, Template, normal_name
from station.rows.entry_rows import KeyedRow
from station.spreadsheets.headed_tables import HeadedTable, headed_tables

_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


class DifferenceKind(StrEnum):
    """How two keyings differ: in a value, in signs over and under its letters alone, or in having the row at all."""

    VALUE = "value"
    SIGNS = "signs"
    ONLY_HERE = "only-here"
    ONLY_THERE = "only-there"


@dataclass(frozen=True)
class RowDifference:
    """One difference: the entry's number and year, the column ("" for a whole row), and both texts."""

    number: str
    year: int
    column: str
    here: str
    there: str
    kind: DifferenceKind


def differences(station: Station, ledger_text: str, path: Path) -> list[RowDifference]:
    """Every difference between the ledger's rows and the file's, in the order of the ledger.

    Rows are the same by number and year of registration. Columns that the file does not have, and those of the entry
    itself, are not compared. ``Refused`` where the file cannot be read or has no column that is known.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        template = entry_rows.import_template(session, ledger.type)
        rows = entry_rows.of_ledger(session, ledger)
        there = dict(_foreign_rows(template, path, ledger.year))
        return list(_compare(rows, there))


def same(column: Column, one: str, other: str) -> bool:
    """Whether two texts say the same in this column."""
    return _plain(_as_stored(column, one)) == _plain(_as_stored(column, other))


def _compare(rows: Sequence[KeyedRow], there: dict[tuple[int, str], Mapping[str, str]]) -> Iterator[RowDifference]:
    for row in rows:
        number, year = row.entry.number, row.entry.year
        texts = there.pop((year, number), None)
        if texts is None:
            yield RowDifference(number, year, "", "", "", DifferenceKind.ONLY_HERE)
            continue
        for name, text in texts.items():
            column, here = row.template.columns[name], row.cells[name]
            if column.is_keyed and not same(column, here, text):
                yield RowDifference(number, year, name, here, text, _kind(here, text))
    for year, number in sorted(there):
        yield RowDifference(number, year, "", "", "", DifferenceKind.ONLY_THERE)


def _foreign_rows(template: Template, path: Path, year: int) -> Iterator[tuple[tuple[int, str], Mapping[str, str]]]:
    """Each row of the file by year and number; the ledger's first year where the row does not say one."""
    filled = {column.fill: name for name, column in template.columns.items()}
    table = _best_table(template, filled[Fill.NUMBER], path)
    for _, cells in table.rows:
        texts = table.texts(cells)
        if not (number := texts[filled[Fill.NUMBER]]):
            continue
        date = values.date_of(_as_stored(template.columns[filled[Fill.DATE]], texts.get(filled[Fill.DATE], "")))
        try:
            yield (date.year or year, str(EntryNumber.parse(number))), texts
        except Refused:
            continue  # a sum or a signature below the rows


def _best_table(template: Template, number: str, path: Path) -> HeadedTable[str]:
    """The table with most known headings; refused where none has the column of the entry's ``number``."""
    names = {normal_name(name): name for name in template.columns}
    best = max(headed_tables(path, names, normal_name), key=lambda table: len(table.columns), default=None)
    if best is None or number not in best.columns:
        raise Refused("row-compare-no-number", file=path.name, column=number)
    return best


def _as_stored(column: Column, text: str) -> str:
    try:
        return values.cell(values.read(column, text))
    except Refused:
        return text


def _kind(here: str, there: str) -> DifferenceKind:
    if here and there and normal_name(here) == normal_name(there):
        return DifferenceKind.SIGNS
    return DifferenceKind.VALUE


def _plain(text: str) -> str:
    """A text without capitals, with each word's tone behind the word instead of over a vowel."""
    words = (unicodedata.normalize("NFD", word) for word in text.casefold().split())
    return " ".join(_TONE.sub("", word) + "".join(_TONE.findall(word)) for word in words)
