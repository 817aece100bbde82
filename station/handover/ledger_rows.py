"""All rows of one ledger, copied from one catalogue into another: their ids are new, what hangs together stays so.

The same copying makes the catalogue of one ledger that a hand-over's file holds, and takes it into the other station's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select
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
    KeptAppearance,
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
#: By table, the ids that rows have now by those that they had.
Ids = dict[str, dict[int, int]]
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
    KeptAppearance: (KeptAppearance.capture_id,),
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


def copy(
    source: Session,
    target: Session,
    ledger_id: int,
    place_id: int,
    changes: Changes,
    highest: Mapping[type[Base], int] | None = None,
) -> int:
    """Copy a ledger of ``source`` with all that belongs to it; gives its id in ``target``, where its place has an id.

    Ids begin behind the ``highest`` ones that were ever used, or that are there. ``ValueError`` or ``TypeError`` where
    a row is none of a ledger's: see :func:`prove`.
    """
    (place,) = source.execute(select(Ledger.place_id).where(Ledger.id == ledger_id)).one()
    ids: Ids = {Place.__tablename__: {place: place_id}}
    for model, whose in of_ledger(ledger_id):
        used = (highest or {}).get(model, 0)
        first = max(target.scalar(select(func.max(model.id))) or 0, used) + 1
        change = changes.get(model, dict)
        for part in _new_rows(source, model, whose, first, ids):
            target.execute(insert(model), [change(row) for row in part])
    return ids[Ledger.__tablename__][ledger_id]


def prove(source: Session, ledger_id: int) -> None:
    """Read all rows of a ledger as they would be copied.

    ``ValueError`` or ``TypeError`` where one cannot be read, or refers to what does not belong to the ledger: no
    station wrote it.
    """
    (place,) = source.execute(select(Ledger.place_id).where(Ledger.id == ledger_id)).one()
    ids: Ids = {Place.__tablename__: {place: place}}
    for model, whose in of_ledger(ledger_id):
        for part in _new_rows(source, model, whose, 1, ids):
            times = (value for row in part for value in row.values() if isinstance(value, datetime))
            if any(time.tzinfo is None for time in times):
                raise ValueError(f"{model.__tablename__}: a time without an offset")


def of_ledger(ledger_id: int) -> Iterator[tuple[type[Base], ColumnElement[bool]]]:
    """The tables, each behind those that it refers to, and which of their rows are the ledger's."""
    yield Ledger, Ledger.id == ledger_id
    for model, columns in TABLES.items():
        yield model, or_(*(_of_ledger(column, ledger_id) for column in columns))


def _of_ledger(column: InstrumentedAttribute[Any], ledger_id: int) -> ColumnElement[bool]:
    (key,) = column.property.columns[0].foreign_keys
    if key.column.table is Ledger.__table__:
        return column == ledger_id
    owner = next(table for table in TABLES if table.__table__ is key.column.table)
    return column.in_(select(owner.id).where(or_(*(_of_ledger(above, ledger_id) for above in TABLES[owner]))))


def _new_rows(
    source: Session, model: type[Base], whose: ColumnElement[bool], first: int, ids: Ids
) -> Iterator[list[Row]]:
    """The rows of a table as they are to be written, part by part; ``ids`` gets theirs, which begin at ``first``."""
    table = model.__table__
    columns = [column for column in table.c if f"{model.__tablename__}.{column.name}" not in _KEPT]
    new_ids = ids[model.__tablename__] = {}
    rows = source.execute(select(*columns).where(whose).order_by(model.id))
    for part in rows.mappings().partitions(_BATCH):
        new_rows = []
        for row in part:
            new_ids[row["id"]] = first + len(new_ids)
            references = dict(_references(model, dict(row), ids))
            new_rows.append({**row, **references, "id": new_ids[row["id"]]})
        yield new_rows


def _references(model: type[Base], row: Row, ids: Ids) -> Iterator[tuple[str, int]]:
    """The columns of a row that name other rows, with the ids that these have now."""
    for column in model.__table__.c:
        named = [key.column.table.name for key in column.foreign_keys]
        if (beside := _REFERENCES.get(f"{model.__tablename__}.{column.name}")) is not None:
            named.append(beside)
        for table in named:
            if (old := row[column.name]) is None:
                continue
            if old not in ids[table]:
                raise ValueError(f"{model.__tablename__} {row['id']}: {column.name} leads out of the ledger")
            yield column.name, ids[table][old]
