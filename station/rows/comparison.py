"""Rows against another keying of the same ledger: what differs, column by column.

The other keying is a second person's at the station, or stands in a workbook or text file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from station.catalogue.models import SecondKeying
from station.context import Station
from station.domain.naming.keys import EntryNumber
from station.errors import Refused
from station.ledger import ledgers
from station.rows import entry_rows, office_templates, second_keying, values
from station.rows.columns import Fill, Template, normal_name
from station.rows.entry_rows import KeyedRow
from station.rows.value_differences import DifferenceKind, as_cell, difference
from station.spreadsheets.headed_tables import HeadedTable, headed_tables


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
        template = office_templates.import_template(session, ledger.type)
        rows = entry_rows.of_ledger(station, session, ledger)
        there = dict(_foreign_rows(template, path, ledger.year))
        return list(_compare(rows, there))


def between_keyings(station: Station, ledger_text: str) -> list[RowDifference]:
    """What the first and the second keying of a ledger say differently and nobody has decided, in its order.

    A row that was not keyed twice yet is only here.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        template = office_templates.import_template(session, ledger.type)
        twice = {one: second for one, second in second_keying.of_ledger(session, ledger).items() if second.done_at}
        return [
            line
            for row in entry_rows.of_ledger(station, session, ledger)
            for line in _undecided(template, row, twice.get(row.entry.id))
        ]


def _undecided(template: Template, row: KeyedRow, second: SecondKeying | None) -> Iterator[RowDifference]:
    number, year = row.entry.number, row.entry.year
    if second is None:
        yield RowDifference(number, year, "", "", "", DifferenceKind.ONLY_HERE)
        return
    for one in second_keying.differences(template, row.keyed, second):
        yield RowDifference(number, year, one.column.name, one.first, one.second, one.kind)


def _compare(rows: Sequence[KeyedRow], there: dict[tuple[int, str], Mapping[str, str]]) -> Iterator[RowDifference]:
    for row in rows:
        number, year = row.entry.number, row.entry.year
        texts = there.pop((year, number), None)
        if texts is None:
            yield RowDifference(number, year, "", "", "", DifferenceKind.ONLY_HERE)
            continue
        for name, text in texts.items():
            column, here = row.template.columns[name], row.cells[name]
            if column.is_keyed and (kind := difference(column, here, text)) is not None:
                yield RowDifference(number, year, name, here, text, kind)
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
        date = values.date_of(as_cell(template.columns[filled[Fill.DATE]], texts.get(filled[Fill.DATE], "")))
        try:
            yield (date.year or year, str(EntryNumber.parse(number))), texts
        except Refused:
            continue  # a sum or a signature below the rows


def _best_table(template: Template, number: str, path: Path) -> HeadedTable[str]:
    """The table with most known headings; refused where none has the column of the entry's ``number``.

    Nobody meant a hidden sheet to be read; where it alone would do, that is said.
    """
    names = {normal_name(name): name for name in template.columns}
    every = list(headed_tables(path, names, normal_name))
    shown = [one for one in every if not one.table.hidden]
    best = max(shown, key=lambda one: len(one.columns), default=None)
    if best is None or number not in best.columns:
        hidden = next((one for one in every if one.table.hidden and number in one.columns), None)
        if hidden is not None:
            raise Refused("list-hidden", file=path.name, sheet=hidden.table.sheet)
        raise Refused("row-compare-no-number", file=path.name, column=number)
    return best
