"""Keying rows, one entry after the other: all that a person sees of one entry at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryRow, Ledger
from station.context import Station
from station.domain.naming.keys import EntryNumber
from station.domain.states import RowState
from station.ledger import completeness, entry_queries, ledgers
from station.messages import BilingualLabel
from station.rows import earlier_values, entry_rows, office_templates, values
from station.rows.columns import Column, ColumnGroup
from station.rows.entry_rows import KeyedRow
from station.rows.plausibility import RowDoubt
from station.rows.row_checks import RowCheck
from station.views.entry_form import EntryDetails
from station.views.listed_rows import RowPicture


@dataclass(frozen=True)
class RowField:
    """A column as it is shown: ``value`` as it is typed, ``stored`` what of it is stored or known ("" if proposed)."""

    column: Column
    value: str
    stored: str


@dataclass(frozen=True)
class RowGroup:
    """The keyed fields of a group; ``folded`` where it is usually empty, and empty."""

    label: BilingualLabel
    fields: list[RowField]
    folded: bool


@dataclass(frozen=True)
class RowForm:
    """One entry's row with what surrounds it.

    ``known`` is what the station fills in and nobody keys, ``ditto`` the nearest row before, ``earlier`` what was typed
    before by family of columns. ``left`` counts the entries of ``total`` whose rows are not complete. ``returned`` is
    what somebody said who looked at the row, as it is, and found it not right.
    """

    entry: EntryDetails
    pictures: list[RowPicture]
    known: list[RowField]
    groups: list[RowGroup]
    revision: int
    state: RowState
    keyed_by: str | None
    doubts: list[RowDoubt]
    ditto: Mapping[str, str]
    earlier: Mapping[str, list[str]]
    previous: int | None
    following: int | None
    left: int
    total: int
    returned: RowCheck | None = None


def row_form(station: Station, ledger_text: str, entry_id: int | None) -> RowForm | None:
    """The row of the entry with this id, or the first that is not complete, or the first; None without entries.

    ``Refused`` for a ledger whose type goes without rows.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        office_templates.import_template(session, ledger.type)
        if entry_id is None:
            entry_id = _next_open(session, ledger, None) or _first(session, ledger)
        if entry_id is None:
            return None
        entry = entry_queries.living_entry(session, ledger, entry_id)
        row = entry_rows.of_entry(station, session, ledger, entry)
        before, behind = _neighbour(session, ledger, entry, -1), _neighbour(session, ledger, entry, 1)
        fields = [(group, [_field(row, one) for one in group.columns]) for group in row.template.groups]
        return RowForm(
            entry=EntryDetails.to_correct(station, ledger, entry),
            pictures=[RowPicture.of(region) for one in entry.placements for region in one.page.regions],
            known=[one for _, group in fields for one in group if not one.column.is_keyed],
            groups=[_group(group, keyed) for group, all_ in fields if (keyed := _keyed(all_))],
            revision=row.revision,
            state=row.state,
            keyed_by=row.keyed_by,
            doubts=row.doubts,
            ditto=_ditto(session, before),
            earlier=earlier_values.by_family(session, ledger, row.template),
            previous=before.id if before else None,
            following=behind.id if behind else None,
            left=left_of(session, ledger),
            total=completeness.counts(session, ledger).entries_named,
            returned=None if row.is_right else row.check,
        )


def next_open(station: Station, ledger_text: str, after: int | None, elsewhere: Collection[int] = ()) -> int | None:
    """The id of the next entry whose row is not complete, from the ledger's start where there is none behind.

    Rows of the entries ``elsewhere`` are with other people.
    """
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        entry = entry_queries.living_entry(session, ledger, after) if after is not None else None
        return _next_open(session, ledger, entry, elsewhere)


def left(station: Station, ledger_text: str, among: Collection[int] | None = None) -> int:
    """How many entries, of all or ``among`` some, have a row that is not complete."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        if among is None:
            return left_of(session, ledger)
        these = _ids(ledger, ~_complete(), Entry.id.in_(among))
        return session.scalar(select(func.count()).select_from(these.subquery())) or 0


def left_of(session: Session, ledger: Ledger) -> int:
    """The same of all entries, inside the caller's session."""
    complete = session.scalar(_complete_rows(), {"ledger_id": ledger.id}) or 0
    return completeness.counts(session, ledger).entries_named - complete


def entry_of(station: Station, ledger_text: str, number: str, year: int | None) -> int:
    """The id of the entry with this number; ``Refused`` where there is none."""
    with station.catalogue.reading() as session:
        ledger = ledgers.find(session, ledger_text)
        return entry_queries.find_entry(session, ledger, EntryNumber.parse(number), year).id


def _field(row: KeyedRow, column: Column) -> RowField:
    stored = row.value(column)
    return RowField(column, stored or row.proposed.get(column.name, ""), stored)


def _keyed(fields: list[RowField]) -> list[RowField]:
    return [one for one in fields if one.column.is_keyed]


def _group(group: ColumnGroup, fields: list[RowField]) -> RowGroup:
    return RowGroup(group.label, fields, group.usually_empty and not any(one.value for one in fields))


def _ditto(session: Session, before: Entry | None) -> dict[str, str]:
    """What the entry before holds, without marks: what cannot be read there may be read here."""
    if before is None:
        return {}
    keyed = session.scalars(select(EntryRow.values).where(EntryRow.entry_id == before.id)).one_or_none() or {}
    return {name: text for name, value in keyed.items() if (text := values.cell(value))}


def _next_open(session: Session, ledger: Ledger, after: Entry | None, elsewhere: Collection[int] = ()) -> int | None:
    query = _ids(ledger, ~_complete(), Entry.id.not_in(elsewhere)).order_by(*entry_queries.ORDER).limit(1)
    if after is not None:
        behind = query.where(tuple_(*entry_queries.ORDER) > entry_queries.order_key(after))
        if (entry_id := session.scalars(behind).first()) is not None:
            return entry_id
        query = query.where(Entry.id != after.id)
    return session.scalars(query).first()


def _first(session: Session, ledger: Ledger) -> int | None:
    return session.scalars(_ids(ledger).order_by(*entry_queries.ORDER).limit(1)).first()


def _neighbour(session: Session, ledger: Ledger, entry: Entry, step: int) -> Entry | None:
    parameters = entry_queries.key_parameters(ledger, entry_queries.order_key(entry))
    entry_id = session.scalars(entry_queries.nearest(step > 0), parameters).first()
    return None if entry_id is None else session.get_one(Entry, entry_id)


@cache
def _complete_rows() -> Select[int]:
    rows = select(func.count()).select_from(EntryRow).join(Entry, Entry.id == EntryRow.entry_id)
    return rows.where(Entry.ledger_id == bindparam("ledger_id"), Entry.living, EntryRow.complete)


def _ids(ledger: Ledger, *those: ColumnElement[bool]) -> Select[int]:
    """The ids of the ledger's living entries of that kind."""
    return select(Entry.id).where(Entry.ledger_id == ledger.id, Entry.living, *those)


def _complete() -> ColumnElement[bool]:
    return select(EntryRow.id).where(EntryRow.entry_id == Entry.id, EntryRow.complete).exists()
