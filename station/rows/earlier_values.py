"""What was typed before in the rows of a commune: proposed again while a person types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from station.catalogue.models import Entry, EntryRow, Ledger
from station.rows import built_in, values
from station.rows.columns import Column, Template

#: So many rows are looked at, the newest of the commune among so many of all, and so many values of a family proposed.
_ROWS, _FAR, _VALUES = 300, 3000, 200


def by_family(session: Session, ledger: Ledger, template: Template) -> Mapping[str, list[str]]:
    """The values of each family of columns: those typed most often in the ledger's commune, then its list's names."""
    columns = [column for column in template.columns.values() if _is_proposed(column)]
    counts: dict[str, Counter[str]] = {column.family: Counter() for column in columns if column.family}
    families = {name: column.family for name, column in _every_column(template).items() if _is_proposed(column)}
    own = or_(~Ledger.practice, Ledger.id == ledger.id)  # what is practised in one ledger is not learned in another
    newest = select(EntryRow.values).join(Entry, Entry.id == EntryRow.entry_id).join(Ledger)
    far = select(func.max(EntryRow.id)).scalar_subquery() - _FAR
    same_commune = newest.where(EntryRow.id > far, Ledger.place_id == ledger.place_id, own)
    for row in session.scalars(same_commune.order_by(EntryRow.id.desc()).limit(_ROWS)):
        for name, value in row.items():
            if (family := families.get(name)) in counts and (text := values.cell(value)):
                counts[family][text] += 1
    lists = {column.family: column.names_list for column in columns if column.family and column.names_list}
    return {family: _merged(counts[family], lists.get(family)) for family in counts}


def _every_column(template: Template) -> Mapping[str, Column]:
    """By name, also those of other types: a place of death may be a place of birth."""
    of_types = (built_in.template(code).columns for code in built_in.TYPES)
    return {name: column for columns in (*of_types, template.columns) for name, column in columns.items()}


def _is_proposed(column: Column) -> bool:
    return column.is_keyed and not column.is_of_one_person and not column.words_of


def _merged(counts: Counter[str], names_list: str | None) -> list[str]:
    typed = [text for text, _ in counts.most_common(_VALUES)]
    names = built_in.names_list(names_list) if names_list else ()
    return [*typed, *(name for name in names if name not in counts)]
