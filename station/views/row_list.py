"""Rows of a ledger and of one entry, as the command line and the page list them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from station.catalogue.models import EntryRow, RowRevision
from station.context import Station
from station.domain.naming.keys import EntryNumber
from station.ledger import entry_queries, ledgers
from station.messages import BilingualLabel
from station.rows import entry_rows, office_templates, values
from station.rows.columns import Column
from station.rows.entry_rows import KeyedRow


@dataclass(frozen=True)
class ListedRow:
    """An entry's row: ``columns`` are the texts of the workbook, ``marks`` the columns that have a mark instead.

    ``checked_by`` is None while nobody has looked at it a second time, ``checked_alone`` whether they keyed it, too.
    """

    number: str
    date: str
    columns: Mapping[str, str]
    state: str
    keyed_by: str | None
    checked_by: str | None
    checked_alone: bool
    marks: Mapping[str, str]
    revision: int

    @classmethod
    def of(cls, row: KeyedRow) -> ListedRow:
        """The listed row."""
        return ListedRow(
            number=row.entry.number,
            date=row.entry.date,
            columns=row.cells,
            state=row.state,
            keyed_by=row.keyed_by,
            checked_by=row.check.who if row.check is not None and row.is_right else None,
            checked_alone=row.check is not None and row.is_right and row.check.alone,
            marks={name: _MARKS[value] for name, value in row.values.items() if value in _MARKS},
            revision=row.revision,
        )


_MARKS = {values.ILLEGIBLE: "illegible", values.NOTHING_WRITTEN: "nothing-written"}


@dataclass(frozen=True)
class ListedValue:
    """One column of one row: ``source`` is keyed, known (the station's own), proposed, or "" where nothing stands."""

    column: str
    label: BilingualLabel
    value: str
    source: str


@dataclass(frozen=True)
class ListedChange:
    """One revision of a row: what was typed into which columns, "" where a value was taken back."""

    revision: int
    who: str
    at: str
    why: str
    changes: Mapping[str, str]


@dataclass(frozen=True)
class ListedColumn:
    """A column of the import file in use, and the group that it is keyed in."""

    column: Column
    group: BilingualLabel

    def in_words(self, language: str) -> dict[str, object]:
        """The listed row in that language; ``codes`` are the values it takes, with what each means."""
        column = self.column
        codes = {code: label.sentence(language) for code, label in (column.codes or {}).items()}
        return {
            "column": column.name,
            "label": column.label.sentence(language),
            "group": self.group.sentence(language),
            "kind": str(column.kind),
            "filled": str(column.fill) if column.fill else None,
            "required": column.required,
            "usually_empty": column.usually_empty,
            "codes": codes,
        }


def columns(station: Station, ledger_type: str) -> list[ListedColumn]:
    """The columns of the import file in use for a type; ``Refused`` for one that goes without."""
    with station.catalogue.reading() as session:
        template = office_templates.import_template(session, ledger_type)
    return [ListedColumn(column, group.label) for group in template.groups for column in group.columns]


def rows(station: Station, ledger_text: str) -> list[ListedRow]:
    """The rows of all entries of a ledger, by year and number."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        office_templates.import_template(session, ledger.type)
        return [ListedRow.of(row) for row in entry_rows.of_ledger(station, session, ledger)]


def row_values(station: Station, ledger_text: str, number: str, year: int | None) -> list[ListedValue]:
    """Every column of an entry's row, in the order of the template."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        office_templates.import_template(session, ledger.type)
        entry = entry_queries.find_entry(session, ledger, EntryNumber.parse(number), year)
        row = entry_rows.of_entry(station, session, ledger, entry)
        return [
            ListedValue(name, column.title, row.value(column) or row.proposed.get(name, ""), _source(row, name))
            for name, column in row.template.columns.items()
        ]


def row_changes(station: Station, ledger_text: str, number: str, year: int | None) -> list[ListedChange]:
    """Every revision of an entry's row, the first one first."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        entry = entry_queries.find_entry(session, ledger, EntryNumber.parse(number), year)
        revisions = select(RowRevision).join(EntryRow, EntryRow.id == RowRevision.entry_row_id)
        of_entry = revisions.where(EntryRow.entry_id == entry.id).order_by(RowRevision.revision)
        return [
            ListedChange(one.revision, one.who, one.at.isoformat(), one.why, one.changes)
            for one in session.scalars(of_entry)
        ]


def _source(row: KeyedRow, name: str) -> str:
    places = (("keyed", row.keyed), ("known", row.known), ("proposed", row.proposed))
    return next((source for source, texts in places if texts.get(name)), "")
