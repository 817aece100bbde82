"""Double keying: another person keys the short set of columns without seeing the first values, a machine compares.

The short set is what slips: names, dates, codes and numbers; texts of places and reasons are keyed once. What differs
is decided by a third person, see :mod:`station.rows.decisions`; a row in which nothing differs has been looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from station.catalogue import event_log
from station.catalogue.models import Entry, EntryRow, Ledger, SecondKeying
from station.context import Station
from station.domain.checks import CheckVerdict, SecondLook
from station.errors import Refused
from station.ledger import entry_queries, ledgers
from station.ledger.entries import Act
from station.rows import office_templates, row_checks, values
from station.rows.columns import Column, ColumnKind, Template
from station.rows.value_differences import DifferenceKind, difference


@dataclass(frozen=True)
class BlindRow:
    """What was keyed a second time: its ``revision``, and the values by column."""

    revision: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class ColumnDifference:
    """A column in which the two keyings differ, with what each says: ``second`` what was decided, if it was."""

    column: Column
    first: str
    second: str
    kind: DifferenceKind


def short_columns(template: Template) -> list[Column]:
    """The columns that are keyed twice."""
    return [one for one in template.columns.values() if one.is_keyed and one.kind != ColumnKind.TEXT]


def of_entry(session: Session, entry_id: int) -> SecondKeying | None:
    """What was keyed a second time of an entry, if anything."""
    return session.scalars(select(SecondKeying).where(SecondKeying.entry_id == entry_id)).one_or_none()


def of_ledger(session: Session, ledger: Ledger) -> dict[int, SecondKeying]:
    """The same of all living entries of a ledger, by entry."""
    query = select(SecondKeying).join(Entry, Entry.id == SecondKeying.entry_id)
    return {one.entry_id: one for one in session.scalars(query.where(Entry.ledger_id == ledger.id, Entry.living))}


def kept_values(session: Session, ledger: Ledger, template: Template, entry: Entry) -> dict[str, str]:
    """What the nearest entry before holds that was keyed twice, in the columns that are kept until they are changed."""
    before = select(SecondKeying).join(Entry, Entry.id == SecondKeying.entry_id)
    before = before.where(*entry_queries.beside(behind=False)).order_by(*(one.desc() for one in entry_queries.ORDER))
    parameters = entry_queries.key_parameters(ledger, entry_queries.order_key(entry))
    nearest = session.scalars(before.limit(1), parameters).first()
    texts = {} if nearest is None else {name: values.cell(value) for name, value in nearest.values.items()}
    return {one.name: text for one in short_columns(template) if one.keep and (text := texts.get(one.name, ""))}


def key(
    station: Station,
    act: Act,
    entry_id: int,
    typed: Mapping[str, str],
    *,
    shown_revision: int | None = None,
    done: bool = False,
) -> BlindRow:
    """Store what a second person typed into short columns; with ``done`` the row is keyed, and compared.

    ``Refused`` where the ledger's type is not keyed twice, the first keying is not complete, the person keyed it
    ("row-look-own", on the same day), the row was done already, or somebody else typed meanwhile.
    """
    with station.catalogue.writing() as session:
        ledger = ledgers.find(session, act.ledger)
        entry = entry_queries.living_entry(session, ledger, entry_id)
        if station.settings.second_look(ledger.type) != SecondLook.DOUBLE:
            raise Refused("row-second-not-set", type=ledger.type)
        template = office_templates.import_template(session, ledger.type)
        row = session.scalars(select(EntryRow).where(EntryRow.entry_id == entry.id)).one_or_none()
        if row is None or row.completed_at is None:
            raise Refused("row-second-early", number=entry.number)
        alone = row_checks.looks_alone(act.who, row.keyers, row.completed_at)
        new = dict(_read(template, typed))
        second = of_entry(session, entry.id)
        if second is None:
            second = SecondKeying(entry_id=entry.id, revision=0, values={}, decided={}, keyers=[], alone=False)
            session.add(second)
        if second.done_at is not None:
            raise Refused("row-second-done", number=entry.number)
        if shown_revision is not None and second.revision > shown_revision and second.keyers[-1] != act.who:
            raise Refused("row-second-meanwhile", who=second.keyers[-1])
        second.values = {name: value for name, value in {**second.values, **new}.items() if value}
        second.keyers = [*(one for one in second.keyers if one != act.who), act.who]
        second.revision, second.alone = second.revision + 1, second.alone or alone
        second.done_at = datetime.now(UTC) if done else None
        session.flush()
        facts = {"entries": [f"{entry.year}/{entry.number}"], "columns": sorted(new), "done": done}
        event_log.record(session, act.who, "row-keyed-again", ledgers.reference(ledger), **facts)
        settle(session, ledger, act, template, row)
        return BlindRow(second.revision, dict(second.values))


def differences(template: Template, first: Mapping[str, str], second: SecondKeying) -> list[ColumnDifference]:
    """Where the two keyings differ, or the first by now from what was decided: by the columns of the template."""
    return list(_differences(template, first, second))


def is_agreed(template: Template, first: Mapping[str, str], second: SecondKeying) -> bool:
    """Whether nothing is to be decided any more: a slip of a sign in a name is told, and no more."""
    return all(one.kind != DifferenceKind.VALUE for one in _differences(template, first, second))


def settle(session: Session, ledger: Ledger, act: Act, template: Template, row: EntryRow) -> None:
    """Say that a row has been looked at, where both keyings agree in it as it is now.

    The look is that of who decided about it last, or of who keyed it a second time, at the time when they did it.
    """
    second = of_entry(session, row.entry_id)
    if second is None or second.done_at is None or not is_agreed(template, row.values, second):
        return
    if row_checks.of_row(session, row) is not None:
        return
    before = row_checks.newest(session, row.entry_id)
    if before is None or before.at < second.done_at:
        who, alone, at = second.keyers[-1], second.alone, second.done_at
    else:
        who, alone, at = before.who, before.alone, before.at
    row_checks.record(session, ledger, act, row, CheckVerdict.RIGHT, who=who, alone=alone, at=at)


def _differences(template: Template, first: Mapping[str, str], second: SecondKeying) -> Iterator[ColumnDifference]:
    for column in short_columns(template):
        one = first.get(column.name, "")
        other = second.decided.get(column.name, second.values.get(column.name, ""))
        if (kind := difference(column, one, other)) is not None:
            yield ColumnDifference(column, one, other, kind)


def _read(template: Template, typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    short = {column.name for column in short_columns(template)}
    for name, text in typed.items():
        column = template.column(name)
        if column.name not in short:
            raise Refused("row-second-column", name=column.name, column=column.title)
        yield column.name, values.read(column, text)
