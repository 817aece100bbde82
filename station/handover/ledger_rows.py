"""All rows of one ledger, copied from one catalogue into another: their ids are new, what hangs together stays so.

The same copying makes the catalogue of one ledger that a hand-over's file holds, and takes it into the other station's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, func, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from station.catalogue.models import (
    Attachment,
    Base,
    Capture,
    CarriedLine,
    Check,
    Closing,
    Entry,
    EntryPage,
    EntryRegion,
    EntryRevision,
    EntryRow,
    Finding,
    Fingerprint,
    HandOver,
    LearnedPlace,
    Ledger,
    Package,
    PackagedEntry,
    PackageFile,
    Page,
    Place,
    Reading,
    ReadValue,
    Region,
    Reservation,
    RowRevision,
    ScanSession,
    SecondKeying,
)

Row = dict[str, Any]
#: By table, how a row is to be changed on its way.
Changes = Mapping[type[Base], Callable[[Row], Row]]

#: The tables of a ledger, each behind those that it refers to, with the columns that lead from it to its ledger. PDFs
#: of entries are made anew; deliveries, and the files of watched folders, are the station's own.
TABLES: dict[type[Base], tuple[InstrumentedAttribute[Any], ...]] = {
    Closing: (Closing.ledger_id,),
    HandOver: (HandOver.ledger_id,),
    CarriedLine: (CarriedLine.ledger_id,),
    LearnedPlace: (LearnedPlace.ledger_id,),
    ScanSession: (ScanSession.ledger_id,),
    Reservation: (Reservation.ledger_id,),
    Capture: (Capture.ledger_id,),
    Fingerprint: (Fingerprint.capture_id,),
    Finding: (Finding.capture_id,),
    Reading: (Reading.capture_id,),
    ReadValue: (ReadValue.reading_id,),
    Page: (Page.ledger_id,),
    Region: (Region.page_id,),
    Entry: (Entry.ledger_id,),
    EntryPage: (EntryPage.entry_id,),
    EntryRevision: (EntryRevision.entry_id,),
    EntryRegion: (EntryRegion.entry_id,),
    EntryRow: (EntryRow.entry_id,),
    RowRevision: (RowRevision.entry_row_id,),
    SecondKeying: (SecondKeying.entry_id,),
    Attachment: (Attachment.entry_id,),
    Check: (Check.entry_id, Check.page_id),
    Package: (Package.ledger_id,),
    PackageFile: (PackageFile.package_id,),
    PackagedEntry: (PackagedEntry.package_id,),
}
#: The catalogue keeps these itself, by triggers or as they are computed.
_KEPT = frozenset(
    {
        *("ledger.page_count", "ledger.entry_count", "ledger.attached_count", "capture.asks"),
        *("page.first_verdict", "page.second_verdict", "entry.number_value", "entry.number_length"),
    }
)
#: References that no constraint of the catalogue tells.
_REFERENCES = {"check.image": "capture"}
#: So many rows are written at once.
_BATCH = 500


def copy(source: Session, target: Session, ledger_id: int, place_id: int, changes: Changes) -> int:
    """Copy a ledger of ``source`` with all that belongs to it; gives its id in ``target``, where its place has an id.

    ``ValueError`` where a row refers to one that does not belong to the ledger: no catalogue of ours.
    """
    (place,) = source.execute(select(Ledger.place_id).where(Ledger.id == ledger_id)).one()
    ids: dict[str, dict[int, int]] = {Place.__tablename__: {place: place_id}}
    _copy_table(source, target, Ledger, Ledger.id == ledger_id, ids, changes)
    for table, columns in TABLES.items():
        whose = or_(*(_of_ledger(column, ledger_id) for column in columns))
        _copy_table(source, target, table, whose, ids, changes)
    return ids[Ledger.__tablename__][ledger_id]


def _of_ledger(column: InstrumentedAttribute[Any], ledger_id: int) -> ColumnElement[bool]:
    (key,) = column.property.columns[0].foreign_keys
    if key.column.table is Ledger.__table__:
        return column == ledger_id
    owner = next(table for table in TABLES if table.__table__ is key.column.table)
    return column.in_(select(owner.id).where(or_(*(_of_ledger(above, ledger_id) for above in TABLES[owner]))))


def _copy_table(
    source: Session,
    target: Session,
    model: type[Base],
    whose: ColumnElement[bool],
    ids: dict[str, dict[int, int]],
    changes: Changes,
) -> None:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(table)
    columns = [column for column in table.columns if f"{table.name}.{column.name}" not in _KEPT]
    new_ids = ids[table.name] = {}
    first = (target.scalar(select(func.max(model.id))) or 0) + 1
    change = changes.get(model, dict)
    rows = source.execute(select(*columns).where(whose).order_by(model.id))
    for part in rows.mappings().partitions(_BATCH):
        new_rows = []
        for row in part:
            new_ids[row["id"]] = first + len(new_ids)
            references = dict(_references(table, dict(row), ids))
            new_rows.append(change({**row, **references, "id": new_ids[row["id"]]}))
        target.execute(insert(table), new_rows)


def _references(table: Table, row: Row, ids: Mapping[str, Mapping[int, int]]) -> Iterator[tuple[str, int]]:
    """The columns of a row that name other rows, with the ids that these have now."""
    for column in table.columns:
        names = [key.column.table.name for key in column.foreign_keys]
        extra = _REFERENCES.get(f"{table.name}.{column.name}")
        for name in [*names, *([extra] if extra else [])]:
            if row[column.name] is None:
                continue
            if row[column.name] not in ids[name]:
                raise ValueError(f"{table.name} {row['id']}: {column.name} leads out of the ledger")
            yield column.name, ids[name][row[column.name]]
