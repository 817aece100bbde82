"""A list of ledgers from a workbook (.xlsx) or a text file (.csv): looked at, then registered whole or not at all.

Columns are found by their headings, Vietnamese or English, in any order; other columns are left alone. How cells are
read as their author saw them is in :mod:`station.spreadsheets.tables`. A list may also say which ledgers were digitised
in phase 1, before this station (:mod:`station.ledger.earlier_phase`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import list_maps
from station.catalogue.models import Ledger
from station.context import Station
from station.domain.naming.keys import LedgerKey
from station.errors import Refused
from station.ledger import earlier_phase, inventory_columns, ledgers
from station.ledger.inventory_columns import InventoryChoice, InventoryTable
from station.ledger.inventory_rows import InventoryRow, read_rows
from station.ledger.ledgers import Registration
from station.spreadsheets.footers import plain
from station.spreadsheets.row_mistakes import RowMistake, RowMistakes


@dataclass(frozen=True)
class Inventory:
    """A list as it would be taken: the ledgers to register, those that are registered already, every mistake.

    ``digitised_before`` is whether it lists ledgers of phase 1: those that are registered are marked then.
    """

    file: str
    table: InventoryTable
    rows: list[InventoryRow]
    known: list[InventoryRow]
    mistakes: RowMistakes
    digitised_before: bool

    def check(self) -> None:
        """Raise Refused where anything keeps the list from being taken: ``inventory-refused`` names all mistakes."""
        if trouble := self.trouble:
            raise trouble
        if self.mistakes:
            raise Refused("inventory-refused", file=self.file, count=len(self.mistakes), mistakes=self.mistakes)
        if not self.rows and not self.known:
            raise Refused("inventory-empty", file=self.file)

    @property
    def trouble(self) -> Refused | None:
        """Why its columns tell no ledger: one is missing, or two mean the same."""
        trouble = self.table.trouble
        return Refused(trouble[0], file=self.file, **trouble[1]) if trouble else None


@dataclass(frozen=True)
class _List:
    """A list as it was read, whatever the station knows of its ledgers."""

    file: str
    table: InventoryTable
    rows: list[InventoryRow]
    mistakes: list[RowMistake]


def look(
    station: Station, path: Path, choice: InventoryChoice | None = None, *, digitised_before: bool = False
) -> Inventory:
    """What the list holds and what keeps it from being taken; stores nothing.

    Raises Refused as :func:`station.ledger.inventory_columns.table_of` does.
    """
    listed = _read(station, path, choice)
    with station.catalogue.reading() as session:
        return _inventory(station, session, listed, _ledgers(session), digitised_before)


def register(
    station: Station,
    path: Path,
    *,
    who: str,
    choice: InventoryChoice | None = None,
    digitised_before: bool = False,
    leave_known: bool = False,
) -> Inventory:
    """Register all ledgers of the list, or none; gives it as it was taken. Raises Refused as :meth:`Inventory.check`.

    Ledgers that are registered already are mistakes, unless they are to be left (``leave_known``); in a list of those
    that were ``digitised_before`` they are marked so. What ``choice`` says of columns is kept for such headings.
    """
    listed = _read(station, path, choice)
    with station.catalogue.writing() as session:
        registered = _ledgers(session)
        inventory = _inventory(station, session, listed, registered, digitised_before)
        if not (leave_known or digitised_before):
            inventory = replace(inventory, mistakes=_with_known(station, inventory))
        inventory.check()
        for row in inventory.rows:
            ledgers.register(station, session, _registration(row, digitised_before), who)
        for row in inventory.known if digitised_before else ():
            earlier_phase.mark(session, registered[_place(station, row), row.key], who=who)
        if choice is not None and choice.columns not in (None, listed.table.by_headings):
            columns = {column.value: str(at) for column, at in listed.table.headed.columns.items()}
            headings = inventory_columns.digest(listed.table.headed.headings)
            list_maps.keep(session, headings, columns, who=who, file=path.name)
        return inventory


def read(path: Path) -> list[InventoryRow]:
    """The ledgers in the file, in its order; whether places and types are known is for the station to say.

    Raises Refused as :meth:`Inventory.check` does.
    """
    table = inventory_columns.table_of(path)
    rows, mistakes = ([], []) if table.trouble else read_rows(table.headed, {})
    Inventory(path.name, table, rows, [], RowMistakes(mistakes), digitised_before=False).check()
    return rows


def _read(station: Station, path: Path, choice: InventoryChoice | None) -> _List:
    with station.catalogue.reading() as session:
        maps = list_maps.by_headings(session)
    table = inventory_columns.table_of(path, choice, maps)
    names = {plain(name): kind.code for kind in station.settings.types for name in (kind.vi, kind.en)}
    rows, mistakes = ([], []) if table.trouble else read_rows(table.headed, names)
    return _List(path.name, table, rows, mistakes)


def _ledgers(session: Session) -> dict[tuple[str, LedgerKey], Ledger]:
    """All ledgers by place and name."""
    every = session.scalars(select(Ledger))
    return {(one.place.code, LedgerKey(one.type, one.year, one.book)): one for one in every}


def _inventory(
    station: Station,
    session: Session,
    listed: _List,
    registered: Mapping[tuple[str, LedgerKey], Ledger],
    digitised_before: bool,
) -> Inventory:
    mistakes = list(listed.mistakes)
    first_row: dict[tuple[str, LedgerKey], int] = {}
    twice = {mistake.row for mistake in mistakes}
    new: list[InventoryRow] = []
    known: list[InventoryRow] = []
    for row in listed.rows:
        try:
            station.settings.ledger_type(row.key.type)
            ledgers.check_years(row.key, row.last_year)
            ledger = registered.get(named := (_place(station, row), row.key))
            # The list may leave out the place in one row and tell it in another.
            if (earlier := first_row.setdefault(named, row.row)) != row.row and row.row not in twice:
                raise Refused("inventory-ledger-twice", ledger=row.key, row=earlier)
            if ledger is not None and digitised_before and not ledger.digitised_before:
                earlier_phase.check_markable(session, ledger)
        except Refused as reason:
            mistakes.append(RowMistake.of_row(row.row, reason, row.sheet))
        else:
            (new if ledger is None else known).append(row)
    return Inventory(listed.file, listed.table, new, known, _in_order(mistakes), digitised_before)


def _with_known(station: Station, inventory: Inventory) -> RowMistakes:
    """Its mistakes, with those ledgers that are registered already."""
    known = [
        RowMistake.of_row(row.row, Refused("ledger-exists", ledger=row.key.name, place=_place(station, row)), row.sheet)
        for row in inventory.known
    ]
    return _in_order([*inventory.mistakes, *known])


def _in_order(mistakes: Iterable[RowMistake]) -> RowMistakes:
    return RowMistakes(sorted(mistakes, key=lambda mistake: mistake.row))


def _place(station: Station, row: InventoryRow) -> str:
    return station.settings.place(row.place).code


def _registration(row: InventoryRow, digitised_before: bool) -> Registration:
    stated = (row.last_year, row.paper, row.closing_pages, row.closing_entries)
    return Registration(row.key, row.place, *stated, digitised_before=digitised_before)
